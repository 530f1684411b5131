import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementLines } from '../../../src/schema/element-lines.ts';
import { tableElements } from '../../../src/schema/elements.ts';
import type { Table } from '../../../src/schema/snapshot.ts';
import { anyTable } from '../../support/arbitraries.ts';

/** As they are defined: the JSON of kind, name of columns, and value. */
function asDefined(table: Table): string[] {
  return tableElements(table).map(({ kind, name, value }) =>
    JSON.stringify([kind, kind === 'column' ? name : '', value]),
  );
}

test('the lines put together by hand are those of the definition, for any table', () => {
  fc.assert(
    fc.property(anyTable('cats'), (table) => {
      expect(elementLines(table).sort()).toEqual(asDefined(table).sort());
    }),
    { numRuns: 300 },
  );
});

test('names with quotation marks, backslashes and lone surrogates are quoted as often as they are wrapped', () => {
  const odd = 'a "b" \\c\n\u0001\ud800 é';
  const table: Table = {
    key: 'odd',
    schema: 'public',
    name: 'odd',
    columns: [
      {
        name: odd,
        type: { raw: odd, canonical: odd },
        nullable: true,
        default: { kind: 'literal', raw: odd, canonical: odd },
        identity: null,
        generated: null,
        collation: null,
        extra: '',
      },
      {
        name: 'made',
        type: { raw: 'text', canonical: 'text' },
        nullable: false,
        default: { kind: 'varying', of: 'literal' },
        identity: 'always',
        generated: { kind: 'stored', expression: { raw: odd, canonical: odd } },
        collation: { name: odd, databaseDefault: false, charsetDefault: false },
        extra: odd,
      },
    ],
    primaryKey: { name: odd, columns: [odd, 'made'] },
    uniques: [{ name: odd, columns: [odd], deferrable: 'initially-deferred', nullsNotDistinct: true }],
    foreignKeys: [
      {
        name: odd,
        columns: [odd, 'made'],
        referencedTable: odd,
        referencedColumns: ['made', odd],
        onUpdate: 'cascade',
        onDelete: 'set-null',
        match: 'full',
        deferrable: 'no',
        validated: false,
      },
    ],
    checks: [{ name: odd, expression: { raw: odd, canonical: odd }, validated: true }],
    indexes: [
      {
        name: odd,
        unique: true,
        method: 'gin',
        parts: [
          {
            column: odd,
            expression: null,
            order: 'desc',
            nulls: 'last',
            operatorClass: odd,
            collation: odd,
            length: 10,
          },
          {
            column: null,
            expression: { raw: odd, canonical: odd },
            order: 'asc',
            nulls: null,
            operatorClass: null,
            collation: null,
            length: null,
          },
        ],
        include: [odd, 'made'],
        predicate: { raw: odd, canonical: odd },
        nullsNotDistinct: false,
        valid: false,
      },
    ],
    unmodelled: [odd],
  };
  expect(elementLines(table).sort()).toEqual(asDefined(table).sort());
});
