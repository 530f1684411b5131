import { describe, expect, test } from 'vitest';
import { changesFor } from '../../../src/compare/changes.ts';
import { compareObjects } from '../../../src/compare/compare-object.ts';
import { compareTables } from '../../../src/compare/compare-table.ts';
import { gradeDifference } from '../../../src/compare/grade.ts';
import { canonicalExpression } from '../../../src/dialects/postgres/normalize.ts';
import { canonicalQuery } from '../../../src/dialects/postgres/views.ts';
import { decodeTable } from '../../../src/manifest/decode-table.ts';
import { encodeTable } from '../../../src/manifest/encode-table.ts';
import type { SchemaObject, Table } from '../../../src/schema/snapshot.ts';
import { markUnread } from '../../../src/schema/unread.ts';
import { column, index, table } from '../../support/builders.ts';

const text = (canonical: string) => ({ raw: canonical, canonical });
const check = (name: string, expression: string) => ({ name, expression: text(expression), validated: true });

/** A table whose check is this text, which could not be taken apart. */
const unread = (made: Table, ...texts: string[]): Table => markUnread(made, new Set(texts));
const checked = (expression: string, name = 'ck') =>
  table('t', [column('a')], { checks: [check(name, expression)] });

const outcomes = (expected: Table, actual: Table) =>
  compareTables('t', expected, actual).map(({ kind, outcome }) => `${kind} ${outcome}`);

describe('two texts of which one could not be taken apart', () => {
  test('are equal where they are the same word for word', () => {
    expect(outcomes(unread(checked('a ?? 1'), 'a ?? 1'), unread(checked('a ?? 1'), 'a ?? 1'))).toEqual([]);
  });

  test.each([
    ['the one there', checked('`a` > 1'), unread(checked('a ?? 1'), 'a ?? 1')],
    ['the one expected', unread(checked('a ?? 1'), 'a ?? 1'), checked('`a` > 1')],
    ['both', unread(checked('a ?? 1'), 'a ?? 1'), unread(checked('a ??? 1'), 'a ??? 1')],
  ])('are neither equal nor different where they are not: %s', (_which, expected, actual) => {
    expect(outcomes(expected, actual)).toEqual(['check cannot-tell']);
  });

  test('are that too where server and manifest call the check otherwise', () => {
    const actual = unread(checked('a ?? 1', 'CONSTRAINT_1'), 'a ?? 1');
    expect(outcomes(checked('`a` > 1', 't_chk_1'), actual)).toEqual(['check cannot-tell']);
  });

  test('are that in a default, a generated column, an index and its predicate', () => {
    const made = (a: string) => [
      table('t', [column('a', { default: { kind: 'expression', ...text(a) } })]),
      table('t', [column('a', { generated: { kind: 'stored', expression: text(a) } })]),
      table('t', [column('a')], {
        indexes: [
          index('i', ['a'], {
            parts: index('i', ['a']).parts.map((part) => ({ ...part, column: null, expression: text(a) })),
          }),
        ],
      }),
      table('t', [column('a')], { indexes: [index('i', ['a'], { predicate: text(a) })] }),
    ];
    const [expected, actual] = [made('f(a)'), made('f ?? a')];
    expect(expected.map((one, at) => outcomes(one, unread(actual[at] as Table, 'f ?? a')))).toEqual([
      ['column cannot-tell'],
      ['column cannot-tell'],
      ['index cannot-tell'],
      ['index cannot-tell'],
    ]);
  });
});

describe('what is certainly different stays so', () => {
  test('where something else differs too', () => {
    const [expected, actual] = ['f(a)', 'f ?? a'].map((a, at) =>
      table('t', [column('a', { nullable: at === 0, default: { kind: 'expression', ...text(a) } })]),
    ) as [Table, Table];
    expect(outcomes(expected, unread(actual, 'f ?? a'))).toEqual(['column different']);
  });

  test('where no default was expected', () => {
    const actual = table('t', [column('a', { default: { kind: 'expression', ...text('f ?? a') } })]);
    expect(outcomes(table('t', [column('a')]), unread(actual, 'f ?? a'))).toEqual(['column different']);
  });

  test('where both texts were read, though another one of the table was not', () => {
    const checks = (a: string) => [check('one', a), check('two', 'a ?? 1')];
    const of = (a: string) => unread(table('t', [column('a')], { checks: checks(a) }), 'a ?? 1');
    expect(outcomes(of('`a` > 1'), of('`a` > 2'))).toEqual(['check different']);
  });

  test('where an index is on other columns', () => {
    const of = (name: string, predicate: string) =>
      table('t', [column('a')], { indexes: [index('i', [name], { predicate: text(predicate) })] });
    expect(outcomes(of('a', 'p(a)'), unread(of('b', 'p ?? a'), 'p ?? a'))).toEqual(['index different']);
  });
});

describe('what cannot be told', () => {
  const [found] = compareTables('t', checked('`a` > 1'), unread(checked('a ?? 1'), 'a ?? 1'));

  test('blocks', () => {
    expect(found && gradeDifference(found, false, null)).toBe('blocking');
  });

  test('is shown with both texts', () => {
    expect(found).toMatchObject({ expected: { expression: '`a` > 1' }, actual: { expression: 'a ?? 1' } });
  });

  test('is mended by nothing', () => {
    const sides = { expected: checked('`a` > 1'), actual: unread(checked('a ?? 1'), 'a ?? 1') };
    expect(found && changesFor(found, sides)).toBeNull();
  });
});

describe('an object that could not be taken apart', () => {
  const view = (definition: string, changes: Partial<SchemaObject> = {}): SchemaObject => ({
    kind: 'view',
    key: 'v',
    schema: 'public',
    name: 'v',
    definition,
    ...changes,
  });

  test.each([
    ['is equal to itself', view('select ??', { unread: true }), view('select ??', { unread: true }), []],
    ['is not told from another one', view('select 1'), view('select ??', { unread: true }), ['cannot-tell']],
    ['nor another one from it', view('select ??', { unread: true }), view('select 1'), ['cannot-tell']],
    ['while two that were read differ', view('select 1'), view('select 2'), ['different']],
  ])('%s', (_what, expected, actual, found) => {
    expect(compareObjects('view v', expected, actual).map(({ outcome }) => outcome)).toEqual(found);
  });
});

test('a manifest says what could not be read', () => {
  const made = unread(checked('a ?? 1'), 'a ?? 1');
  expect(encodeTable(made)).toMatchObject({ unread: ['a ?? 1'] });
  expect(decodeTable('t', encodeTable(made), '').unread).toEqual(['a ?? 1']);
  expect(encodeTable(checked('`a` > 1'))).not.toHaveProperty('unread');
});

describe('what PostgreSQL prints', () => {
  const unreadIn = (read: (rules: { add: () => void; unread: Set<string> }) => unknown) => {
    const texts = new Set<string>();
    read({ add: () => undefined, unread: texts });
    return [...texts];
  };

  test.each([
    `(((a)::text ~ '^[(]{2}"'::text) AND (b[1] = ANY (ARRAY['{x}'::text, E'\\\\']::text[])))`,
    `("odd ( name" @> '{}'::jsonb)`,
    '((data #>> $1) IS NOT NULL)',
  ])('is whole: %s', (raw) => {
    expect(unreadIn((rules) => canonicalExpression(raw, rules))).toEqual([]);
  });

  test.each(["(a = 'x)", '((a > 1)', '(a > 1))', '(a [ b ) ]', '(a > "b)', 'a { b'])(
    'is not whole: %s',
    (raw) => {
      expect(unreadIn((rules) => canonicalExpression(raw, rules))).toEqual([raw]);
      expect(unreadIn((rules) => canonicalQuery(`SELECT ${raw}`, rules))).toEqual([`SELECT ${raw}`]);
    },
  );
});
