import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeTable } from '../../src/manifest/encode-table.ts';
import { tableHash } from '../../src/schema/fingerprint.ts';
import { shareElements, shareEqualElements } from '../../src/schema/same-elements.ts';
import type { Table } from '../../src/schema/snapshot.ts';
import { anyTable } from '../support/arbitraries.ts';

/** A table of the same hash: other names of constraints, another order. */
const likened = (table: Table): Table => {
  const copy = structuredClone(table);
  return {
    ...copy,
    columns: copy.columns.toReversed(),
    uniques: copy.uniques.map((one, at) => (at === 0 ? { ...one, name: 'renamed' } : one)),
    indexes: copy.indexes.map((one) => ({ ...one, name: 'renamed' })).toReversed(),
  };
};

/** A model that has some of a table, some of another, and some of it in other places. */
const mixed = (table: Table, other: Table): Table => ({
  ...structuredClone(table),
  columns: [...structuredClone(table.columns).slice(1), ...other.columns],
  indexes: [...other.indexes, ...structuredClone(table.indexes)],
  checks: other.checks,
});

/** A model whose every column differs in one attribute. */
const altered = (table: Table): Table => ({
  ...structuredClone(table),
  columns: table.columns.map((one, at) =>
    at % 2 === 0 ? { ...one, nullable: !one.nullable } : { ...one, extra: `${one.extra} once more` },
  ),
});

describe('a table that shares elements', () => {
  test('is written as before, name by name and in its own order, whatever the model', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), (table, other) => {
        for (const model of [
          other,
          altered(table),
          mixed(table, other),
          likened(table),
          structuredClone(table),
        ]) {
          const shared = shareElements(table, model);
          expect(encodeTable(shared)).toEqual(encodeTable(table));
          expect(tableHash(shared)).toBe(tableHash(table));
        }
      }),
    );
  });

  test('is written as before where both are of one hash, and little is looked at', () => {
    fc.assert(
      fc.property(anyTable('cats'), (table) => {
        for (const model of [likened(table), structuredClone(table)]) {
          expect(tableHash(model)).toBe(tableHash(table));
          expect(encodeTable(shareEqualElements(table, model))).toEqual(encodeTable(table));
        }
      }),
    );
  });

  test('holds the lists of a model that is the same', () => {
    fc.assert(
      fc.property(anyTable('cats'), (table) => {
        const model = structuredClone(table);
        for (const shared of [shareElements(table, model), shareEqualElements(table, model)]) {
          for (const list of ['columns', 'uniques', 'foreignKeys', 'checks', 'indexes'] as const)
            if (table[list].length > 0) expect(shared[list]).toBe(model[list]);
        }
      }),
    );
  });
});
