import { expect, test } from 'vitest';
import { withCheckedJson } from '../../../../src/dialects/mysql/checked-json.ts';
import type { Column, Table } from '../../../../src/schema/snapshot.ts';
import { column, snapshot, table } from '../../../support/builders.ts';

const typed = (canonical: string, changes: Partial<Column> = {}) =>
  column('facts', { type: { raw: canonical, canonical }, ...changes });
const bin = { name: 'utf8mb4_bin', databaseDefault: false, charsetDefault: false };
const TEXT = typed('longtext', { collation: bin });
const check = (canonical: string, validated = true) => ({
  name: 'cats_chk_1',
  expression: { raw: canonical, canonical },
  validated,
});
const VALID = check('json_valid(`facts`)');
const AS_JSON = table('cats', [typed('json')]);

/** What a chain of these versions reads for this table, and the rules that it took. */
function read(live: Table, ...versions: readonly Table[]) {
  const used: string[] = [];
  const known = { tables: new Map([['cats', versions]]), objects: new Map() };
  const rules = { applies: () => true, use: (rule: string) => used.push(rule) };
  return { table: withCheckedJson(snapshot([live]), known, rules).tables[0], used };
}

test('checked text is what the chain has as JSON, and other checks stay', () => {
  const other = check("`facts` <> '{}'");
  const live = table('cats', [TEXT, column('id')], { checks: [other, VALID] });
  expect(read(live, table('cats', []), AS_JSON, AS_JSON)).toEqual({
    table: {
      ...live,
      columns: [{ ...TEXT, type: { raw: 'longtext', canonical: 'json' }, collation: null }, column('id')],
      checks: [other],
    },
    used: ['checked-json-text'],
  });
});

test.each([
  ['the chain has it as text at some revision', [TEXT], [VALID], [AS_JSON, table('cats', [TEXT])]],
  ['the chain does not know the column', [TEXT], [VALID], [table('cats', [column('id')])]],
  ['the chain does not know the table', [TEXT], [VALID], []],
  ['nothing checks it', [TEXT], [], [AS_JSON]],
  ['the check is not enforced', [TEXT], [check('json_valid(`facts`)', false)], [AS_JSON]],
  ['the check says more', [TEXT], [check('json_valid(`facts`) or `id` > 1')], [AS_JSON]],
  ["the check has the column's name", [TEXT], [{ ...VALID, name: 'facts' }], [AS_JSON]],
  ['the check is of another column', [TEXT], [check('json_valid(`others`)')], [AS_JSON]],
  [
    'it compares texts in another way',
    [typed('longtext', { collation: { ...bin, name: 'utf8mb4_general_ci' } })],
    [VALID],
    [AS_JSON],
  ],
  ['it is shorter', [typed('text', { collation: bin })], [VALID], [AS_JSON]],
])('it stays text where %s', (_why, columns, checks, versions) => {
  const live = table('cats', columns, { checks });
  expect(read(live, ...versions)).toEqual({ table: live, used: [] });
});
