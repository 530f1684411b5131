import { describe, expect, test } from 'vitest';
import type { RuleName } from '../../../../src/dialects/mysql/context.ts';
import { createSpeller } from '../../../../src/dialects/mysql/spelling.ts';
import { objectIdentity } from '../../../../src/schema/elements.ts';
import type { SchemaObject, Snapshot, Table } from '../../../../src/schema/snapshot.ts';
import { column, index, snapshot, table } from '../../../support/builders.ts';

const view = (key: string, definition: string, name = key): SchemaObject => ({
  kind: 'view',
  key,
  schema: 'public',
  name,
  definition,
});

interface Situation {
  readonly chain: readonly Table[];
  readonly views?: readonly SchemaObject[];
  readonly foldsTables?: boolean;
  readonly off?: readonly RuleName[];
}

/** What is read, spelled for a chain that knows these versions; the rules that it took. */
function spell(read: Snapshot, { chain, views = [], foldsTables = false, off = [] }: Situation) {
  const used = new Set<string>();
  const keys = [...new Set(chain.map(({ key }) => key))];
  const known = {
    tables: new Map(keys.map((key) => [key, chain.filter((one) => one.key === key)])),
    objects: new Map(views.map((one) => [objectIdentity(one), [one]])),
  };
  const speller = createSpeller(known, foldsTables, {
    applies: (rule) => !off.includes(rule),
    use: (rule) => used.add(rule),
  });
  return { ...speller.snapshot(read), rules: [...used], key: speller.key };
}

const check = (canonical: string) => ({
  name: 'c',
  expression: { raw: canonical, canonical },
  validated: true,
});

const CATS = table('Cats', [column('Id'), column('fullName')], {
  primaryKey: { name: null, columns: ['Id'] },
  uniques: [{ name: 'u', columns: ['fullName(10)', 'Id'], deferrable: 'no', nullsNotDistinct: false }],
  indexes: [index('i', ['fullName'])],
  checks: [check("`fullName` <> 'Full`Name`'")],
});
const LOWER_COLUMNS: Table = {
  ...CATS,
  columns: [column('id'), column('fullname')],
  primaryKey: { name: null, columns: ['id'] },
  uniques: [{ name: 'u', columns: ['fullname(10)', 'id'], deferrable: 'no', nullsNotDistinct: false }],
  indexes: [index('i', ['fullname'])],
  checks: [check("`fullname` <> 'Full`Name`'")],
};

describe('columns', () => {
  test('have the spelling of the chain wherever they are named', () => {
    const made = spell(snapshot([LOWER_COLUMNS]), { chain: [CATS] });
    const raw = "`fullname` <> 'Full`Name`'";
    const canonical = "`fullName` <> 'Full`Name`'";
    expect(made.tables).toEqual([{ ...CATS, checks: [{ ...check(raw), expression: { raw, canonical } }] }]);
    expect(made.rules).toEqual(['column-name-case']);
  });

  test('stay as they are where a constant differs too, and the check is another one', () => {
    const other = { ...LOWER_COLUMNS, checks: [check("`fullname` <> 'full`name`'")] };
    const [made] = spell(snapshot([other]), { chain: [CATS] }).tables;
    expect(made?.checks[0]?.expression.canonical).toBe("`fullname` <> 'full`name`'");
  });

  test('of which some revision spells the name so are left', () => {
    const renamed = table('Cats', [column('Id'), column('FULLNAME')]);
    const versions = [CATS, renamed];
    expect(spell(snapshot([CATS]), { chain: versions })).toMatchObject({ tables: [CATS], rules: [] });
    expect(spell(snapshot([renamed]), { chain: versions })).toMatchObject({ tables: [renamed], rules: [] });
    const [made] = spell(snapshot([LOWER_COLUMNS]), { chain: versions }).tables;
    expect(made?.columns.map(({ name }) => name)).toEqual(['Id', 'FULLNAME']);
  });

  test('that a foreign key refers to have the spelling that their own table has', () => {
    const to = (referencedColumns: string[], columns: string[]) =>
      table(
        'toys',
        columns.map((name) => column(name)),
        {
          foreignKeys: [
            {
              name: 'f',
              columns,
              referencedTable: 'Cats',
              referencedColumns,
              onUpdate: 'no-action',
              onDelete: 'no-action',
              match: 'simple',
              deferrable: 'no',
              validated: true,
            },
          ],
        },
      );
    const made = spell(snapshot([LOWER_COLUMNS, to(['id'], ['CAT'])]), {
      chain: [CATS, to(['Id'], ['cat'])],
    });
    expect(made.tables[1]?.foreignKeys).toEqual(to(['Id'], ['cat']).foreignKeys);
  });

  test('of a table that no revision knows are left, and so are all without the rule', () => {
    const stranger = { ...LOWER_COLUMNS, key: 'dogs', name: 'dogs' };
    expect(spell(snapshot([stranger]), { chain: [CATS] })).toMatchObject({ tables: [stranger], rules: [] });
    expect(spell(snapshot([LOWER_COLUMNS]), { chain: [CATS], off: ['column-name-case'] })).toMatchObject({
      tables: [LOWER_COLUMNS],
      rules: [],
    });
  });
});

describe('tables', () => {
  /** As a server that folds names has it: the key in lower case, the name as it is kept. */
  const kept = (name: string) => ({ ...CATS, key: 'cats', name });

  test.each([
    ['in lower case', 'cats', ['table-name-case']],
    ['as the chain has it, which is compared without its case', 'Cats', []],
    ['in a third way', 'CATS', ['table-name-case']],
  ])('that are kept %s are those of the chain', (_, name, rules) => {
    const made = spell(snapshot([kept(name)]), { chain: [CATS], foldsTables: true });
    expect(made.tables).toEqual([{ ...CATS, name }]);
    expect(made.rules).toEqual(rules);
    expect(made.key('cats')).toBe('Cats');
    expect(made.key('dogs')).toBe('dogs');
  });

  test('are others where the server says so, or the rule is switched off', () => {
    expect(spell(snapshot([kept('cats')]), { chain: [CATS] }).tables[0]?.key).toBe('cats');
    const off = spell(snapshot([kept('cats')]), {
      chain: [CATS],
      foldsTables: true,
      off: ['table-name-case'],
    });
    expect(off.tables[0]?.key).toBe('cats');
  });

  test('of which the chain has two that the server cannot tell apart are the one that is spelled so', () => {
    const both = { chain: [CATS, table('cats', [])], foldsTables: true };
    expect(spell(snapshot([kept('cats')]), both).tables[0]?.key).toBe('cats');
  });
});

describe('views', () => {
  const expected = view('Tame', "select `c`.`fullName` as `Name`, 'A `b`' as `x` from `Cats` as `c`");

  test('differ in the case of columns on every server', () => {
    const read = snapshot([CATS], {
      objects: [view('Tame', "select `c`.`FULLNAME` as `name`, 'A `b`' as `x` from `Cats` as `c`")],
    });
    const made = spell(read, { chain: [CATS], views: [expected] });
    expect(made.objects).toEqual([expected]);
    expect(made.rules).toEqual(['column-name-case']);
  });

  test.each([
    ['a constant', "select `c`.`fullName` as `Name`, 'a `b`' as `x` from `Cats` as `c`"],
    ['more than case', "select `c`.`fullNames` as `Name`, 'A `b`' as `x` from `Cats` as `c`"],
    ['what there is', "select `c`.`fullName` as `Name`, 'A `b`' as `x` from `Cats` as `c` where true"],
    ['a table, which is another one', "select `c`.`fullName` as `Name`, 'A `b`' as `x` from `cats` as `c`"],
  ])('that differ in %s are others', (_, definition) => {
    const read = snapshot([CATS], { objects: [view('Tame', definition)] });
    expect(spell(read, { chain: [CATS], views: [expected] })).toMatchObject({
      objects: [{ definition }],
      rules: [],
    });
  });

  test('differ in the case of tables where the server folds them', () => {
    const read = snapshot([{ ...CATS, key: 'cats', name: 'cats' }], {
      objects: [view('tame', "select `c`.`fullName` as `Name`, 'A `b`' as `x` from `cats` as `c`")],
    });
    const made = spell(read, { chain: [CATS], views: [expected], foldsTables: true });
    expect(made.objects).toEqual([{ ...expected, name: 'tame' }]);
    expect(made.rules).toEqual(['table-name-case']);
  });
});
