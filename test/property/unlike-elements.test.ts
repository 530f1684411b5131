import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWithin, unlikeElements } from '../../src/compare/unlike-elements.ts';
import type { Table } from '../../src/schema/snapshot.ts';
import { anyTable } from '../support/arbitraries.ts';

/** A table as another one adds to the ends of its lists. */
const addedTo = (table: Table, other: Table): Table => ({
  ...structuredClone(table),
  columns: [...structuredClone(table.columns), ...other.columns],
  uniques: [...structuredClone(table.uniques), ...other.uniques],
  foreignKeys: [...structuredClone(table.foreignKeys), ...other.foreignKeys],
  checks: [...structuredClone(table.checks), ...other.checks],
  indexes: [...structuredClone(table.indexes), ...other.indexes],
  unmodelled: [...table.unmodelled, ...other.unmodelled],
});

describe('a table that was only added to', () => {
  test('has the table before within it, nothing of which is unlike', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), (table, other) => {
        const more = addedTo(table, other);
        expect(isWithin(table, more)).toBe(true);
        expect(unlikeElements(table, more)[0]).toEqual([]);
      }),
    );
  });

  test('does not have it where one attribute, one name or one constraint is another', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), fc.nat(), (table, other, at) => {
        const more = addedTo(table, other);
        const position = at % table.columns.length;
        const column = table.columns[position] as Table['columns'][number];
        const columns = more.columns.with(position, { ...column, nullable: !column.nullable });
        expect(isWithin(table, { ...more, columns })).toBe(false);
        const named = { name: 'one that nothing else has', columns: ['id'] };
        expect(isWithin({ ...table, primaryKey: named }, more)).toBe(false);
        for (const list of ['uniques', 'foreignKeys', 'checks', 'indexes', 'unmodelled'] as const) {
          const gone = { ...more, [list]: more[list].slice(1) };
          if (isWithin(table, gone)) expect(unlikeElements(table, gone)[0]).toEqual([]);
          const renamed = table[list].map((one) =>
            typeof one === 'string' ? `${one}!` : { ...one, name: '?' },
          );
          if (table[list].length > 0) expect(isWithin(table, { ...more, [list]: renamed })).toBe(false);
        }
      }),
    );
  });
});
