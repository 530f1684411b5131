import type { Knex } from 'knex';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/database/ddl.ts';
import { postgresDialect as dialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { columnValue } from '../../src/schema/elements.ts';
import type { Column, Index, SchemaObject, Table } from '../../src/schema/snapshot.ts';
import { runSql, type TestDatabase } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { POSTGRES_PIECES } from '../support/postgres-pieces.ts';
import {
  attempt,
  dropAndMakeEach,
  lines,
  makeAll,
  snapshotOf,
  throughManifest,
  without,
} from '../support/self-check.ts';
import { useDatabase } from '../support/use-database.ts';

const { ddl } = dialect;

const SCHEMAS = ['public', 'other'];

/** Fixtures with tables of different makes; the others have the same ones. */
const FIXTURES = [
  'legacy-002-with-strangers',
  'managed-head',
  'partial-critical-column',
  'tracked-by-alembic',
  'unrelated-application',
];

/** Makes the database empty again, which is quicker than another one. */
async function clear(knex: Knex): Promise<void> {
  for (const schema of SCHEMAS) {
    await knex.raw('drop schema if exists ?? cascade', [schema]);
    await knex.raw('create schema ??', [schema]);
  }
}

describe('a database is made again from its manifest', () => {
  const database = useDatabase('postgres');
  let knex: Knex;

  beforeAll(() => {
    knex = database.knex({ pool: { min: 0, max: 1 } });
  });

  /** Writes all of what a script makes into the emptied database. */
  async function makeAgain(script: string) {
    await clear(knex);
    await runSql(database, script);
    const expectation = throughManifest(await snapshotOf(dialect, knex, SCHEMAS));
    await clear(knex);
    const failures = await makeAll(dialect, knex, expectation);
    const [wanted, made] = [lines(expectation), lines(await snapshotOf(dialect, knex, SCHEMAS))];
    return { failures, missing: without(wanted, made), extra: without(made, wanted), things: wanted.length };
  }

  const EQUAL = { failures: [], missing: [], extra: [] };

  test('with one of every kind of piece, and each dropped and made again, but for what the server keeps and what words do not say', async () => {
    const result = await makeAgain(`drop schema other; ${POSTGRES_PIECES}`);
    expect(result).toMatchObject(EQUAL);
    expect(result.things).toBeGreaterThan(300);
    const outcomes = await dropAndMakeEach(dialect, knex, SCHEMAS);
    const linesOf = (became: string) => outcomes.filter((one) => one.became === became);
    expect(linesOf('unlike')).toEqual([]);
    // What a partition has from its parent, a table from the one it inherits from, and a table from its type.
    const kept = /inherited|partition key|typed table|requires it/;
    expect(linesOf('kept').filter(({ detail }) => !kept.test(detail))).toEqual([]);
    // The parent's foreign key comes to a partition with the parent.
    expect(linesOf('refused').map(({ line }) => line)).toEqual(
      ['measure_2020', 'measure_2021', 'measure_2021_x', 'measure_rest'].map((name) => `table ${name}`),
    );
    const unwritten = linesOf('unwritten').map(({ line }) => / unmodelled (\w+)/.exec(line)?.[1]);
    expect(unwritten).toEqual([
      ...['check', 'check', 'exclusion', 'exclusion', 'partitioned', 'primary', 'partitioned', 'partitioned'],
      ...['primary', 'unique', 'sequence', 'sequence'],
    ]);
    expect(linesOf('again').length).toBeGreaterThan(280);
  });

  test.each(FIXTURES)(
    'as the fixture %s makes it, and each of its pieces dropped and made again',
    async (fixture) => {
      expect(await makeAgain(await loadFixture('postgres', fixture))).toMatchObject(EQUAL);
      const outcomes = await dropAndMakeEach(dialect, knex, SCHEMAS);
      expect(outcomes.filter(({ became }) => became !== 'again')).toEqual([]);
    },
  );
});

async function tableOf(knex: Knex, key: string): Promise<Table> {
  const { tables } = await snapshotOf(dialect, knex);
  const table = tables.find((one) => one.key === key);
  if (table === undefined) throw new Error(`There is no table ${key}.`);
  return table;
}

async function columnOf(knex: Knex, key: string, name = 'c'): Promise<Column> {
  const column = (await tableOf(knex, key)).columns.find((one) => one.name === name);
  if (column === undefined) throw new Error(`There is no column ${key}.${name}.`);
  return column;
}

/**
 * Rows that stand in the way: `setup` makes them in `t`, and the table `like` with what is to be added; `mend` takes them away.
 */
const OBSTACLES: readonly (readonly [
  situation: string,
  setup: string,
  change: (like: Table) => Change | null | undefined,
  count: number,
  mend: string,
])[] = [
  [
    'a NOT NULL column without default on a table with rows',
    `create table t (a int); insert into t values (1), (2); create table "like" (c int not null)`,
    ({ columns: [column] }) => column && { kind: 'add-column', table: 't', column },
    2,
    'delete from t',
  ],
  [
    'a column of a domain that takes no NULL',
    `create domain d as int not null; create table t (a int); insert into t values (1); create table "like" (c d)`,
    ({ columns: [column] }) => column && { kind: 'add-column', table: 't', column },
    1,
    'delete from t',
  ],
  [
    'a generated column that would have no value',
    `create table t (a int); insert into t values (1), (null); create table "like" (a int, c int not null generated always as (a + 1) stored)`,
    ({ columns: [, column] }) => column && { kind: 'add-column', table: 't', column },
    1,
    'update t set a = 2',
  ],
  [
    'NOT NULL over rows without a value',
    `create table t (c int); insert into t values (1), (null), (null); create table "like" (c int not null)`,
    ({ columns: [expected] }) =>
      expected && { kind: 'alter-column', table: 't', expected, actual: { ...expected, nullable: true } },
    2,
    'update t set c = 1',
  ],
  [
    'strings longer than the new type',
    `create table t (c text); insert into t values ('abc'), ('abcd'), (null), ('ab      '); create table "like" (c varchar(3))`,
    ({ columns: [expected] }) =>
      expected && {
        kind: 'alter-column',
        table: 't',
        expected,
        actual: { ...expected, type: { raw: 'text', canonical: 'text' } },
      },
    2,
    `update t set c = 'a'`,
  ],
  [
    'numbers that the new type does not hold as they are',
    `create table t (c numeric); insert into t values (1), (1.5), (40000), (-32768), (null), ('NaN'); create table "like" (c smallint)`,
    ({ columns: [expected] }) =>
      expected && {
        kind: 'alter-column',
        table: 't',
        expected,
        actual: { ...expected, type: { raw: 'numeric', canonical: 'numeric' } },
      },
    4,
    'update t set c = 1',
  ],
  [
    'digits that the new numeric does not hold',
    `create table t (c numeric(10,3)); insert into t values (1), (1.125), (999.99), (1000), (null); create table "like" (c numeric(5,2))`,
    ({ columns: [expected] }) =>
      expected && {
        kind: 'alter-column',
        table: 't',
        expected,
        actual: { ...expected, type: { raw: '', canonical: 'numeric(10,3)' } },
      },
    2,
    'delete from t where c in (1.125, 1000)',
  ],
  [
    'a primary key over repeated and missing values',
    `create table t (a int, b int); insert into t values (1, 1), (1, 1), (1, 2), (2, null), (null, null); create table "like" (a int, b int, primary key (a, b))`,
    ({ primaryKey }) => primaryKey && { kind: 'add-primary-key', table: 't', primaryKey },
    4,
    'delete from t where b is null or b = 1',
  ],
  [
    'a unique constraint over repeated values, nulls apart',
    `create table t (a int, b int); insert into t values (1, 1), (1, 1), (1, null), (1, null), (2, 2); create table "like" (a int, b int, unique (a, b))`,
    ({ uniques: [unique] }) => unique && { kind: 'add-unique', table: 't', unique },
    2,
    'delete from t where b = 1',
  ],
  [
    'a unique constraint for which nulls are the same',
    `create table t (a int); insert into t values (1), (null), (null); create table "like" (a int, unique nulls not distinct (a))`,
    ({ uniques: [unique] }) => unique && { kind: 'add-unique', table: 't', unique },
    2,
    'delete from t where a is null',
  ],
  [
    'a unique index on an expression, for some rows only',
    `create table t (a text, b bool); insert into t values ('x', true), ('X', true), ('x', false), (null, true), (null, true); create table "like" (a text, b bool); create unique index on "like" (lower(a)) where b`,
    ({ indexes: [index] }) => index && { kind: 'create-index', table: 't', index },
    2,
    `delete from t where a = 'X'`,
  ],
  [
    'a check that rows do not satisfy; one that cannot be told is satisfied',
    `create table t (a int); insert into t values (1), (0), (-1), (null); create table "like" (a int check (a > 0))`,
    ({ checks: [check] }) => check && { kind: 'add-check', table: 't', check },
    2,
    'delete from t where a <= 0',
  ],
  [
    'a foreign key over orphans, of which those with a null are none',
    `create table r (a int, b int, unique (a, b)); insert into r values (1, 1); create table t (x int, y int); insert into t values (1, 1), (1, 2), (null, 3), (null, null); create table "like" (x int, y int, foreign key (x, y) references r (a, b))`,
    ({ foreignKeys: [foreignKey] }) => foreignKey && { kind: 'add-foreign-key', table: 't', foreignKey },
    1,
    'delete from t where y = 2',
  ],
  [
    'a foreign key with MATCH FULL, which takes all nulls or none',
    `create table r (a int, b int, unique (a, b)); insert into r values (1, 1); create table t (x int, y int); insert into t values (1, 1), (1, 2), (null, 3), (null, null); create table "like" (x int, y int, foreign key (x, y) references r (a, b) match full)`,
    ({ foreignKeys: [foreignKey] }) => foreignKey && { kind: 'add-foreign-key', table: 't', foreignKey },
    2,
    'delete from t where y in (2, 3)',
  ],
  [
    'rows that exclude each other',
    `create table t (a int4range); insert into t values ('[1,3)'), ('[2,4)'); create table "like" (a int4range, exclude using gist (a with &&))`,
    ({ unmodelled: [words] }) =>
      words === undefined ? undefined : { kind: 'create-words', table: 't', words: words },
    2,
    'delete from t',
  ],
];

/** Gives a transaction that is undone in the end: quicker than a database for each case. */
function undone(database: TestDatabase, work: (trx: Knex.Transaction) => Promise<void>): Promise<void> {
  const knex = database.knex({ pool: { min: 0, max: 1 } });
  return knex.transaction().then(async (trx) => {
    try {
      await work(trx);
    } finally {
      await trx.rollback();
    }
  });
}

function run(trx: Knex.Transaction, sql: readonly string[]): Promise<string | null> {
  return dialect.glance(trx, { queries: 0 }, (session) => attempt(session, sql));
}

describe('what does not say enough is not written', () => {
  const column: Column = {
    ...{
      name: 'c',
      type: { raw: 'integer', canonical: 'integer' },
      nullable: true,
      default: { kind: 'none' },
    },
    ...{ identity: null, generated: null, collation: null, extra: '' },
  };
  const object = (kind: SchemaObject['kind'], definition: string, key = 'o'): Change => ({
    kind: 'create-object',
    object: { kind, key, schema: '', name: key, definition },
  });
  const index: Index = {
    ...{ name: 'i', unique: false, method: 'btree', include: [], predicate: null, nullsNotDistinct: false },
    ...{ parts: [], valid: false },
  };
  const date = `date_part('year'::text, at)`;

  test.each<readonly [string, Change]>([
    [
      'a default that only varies',
      { kind: 'add-column', table: 't', column: { ...column, default: { kind: 'varying', of: 'literal' } } },
    ],
    ['an invalid index', { kind: 'create-index', table: 't', index }],
    ['a base type', object('type', 'base type')],
    ['a range with a canonical function', object('type', 'range subtype integer canonical f')],
    ['a foreign table', object('foreign-table', 'server "s"')],
    [
      'a parameter of which name and type cannot be told apart',
      object(
        'function',
        'function (o a b double precision) returns x\nlanguage sql volatile\nselect 1',
        'o()',
      ),
    ],
    [
      'a part of a date, which may be of two types',
      {
        kind: 'add-check',
        table: 't',
        check: { name: 'k', validated: true, expression: { raw: date, canonical: `(${date} > 1)` } },
      },
    ],
    ['a text that was not understood', object('view', `SELECT 'a`)],
    [
      'a deferrable primary key, of words alone',
      { kind: 'create-words', table: 't', words: 'primary key ("a") deferrable' },
    ],
    [
      'a foreign key of words alone',
      { kind: 'create-words', table: 't', words: 'foreign key ("a") sets only ("a")' },
    ],
    ['words that nobody knows', { kind: 'create-words', table: 't', words: 'something new' }],
    [
      'a policy for a role of an odd name',
      { kind: 'create-words', table: 't', words: 'policy "p" permissive all to a role using true' },
    ],
  ])('%s', (_situation, change) => {
    expect(ddl.write(change)).toBeNull();
  });

  test('a name that the server would cut off is left for it to choose', () => {
    const write = (name: string) =>
      ddl.write({ kind: 'add-primary-key', table: 's.t', primaryKey: { name, columns: ['a'] } });
    expect(write('ü'.repeat(31))).toEqual([
      `ALTER TABLE "s"."t" ADD CONSTRAINT "${'ü'.repeat(31)}" PRIMARY KEY ("a")`,
    ]);
    expect(write('ü'.repeat(32))).toEqual(['ALTER TABLE "s"."t" ADD PRIMARY KEY ("a")']);
  });
});

describe('rows in the way', () => {
  const database = useDatabase('postgres');

  test.each(OBSTACLES)('%s', (_situation, setup, changeOf, count, mend) =>
    undone(database, async (trx) => {
      await trx.raw(setup);
      const change = changeOf(await tableOf(trx, 'like'));
      if (!change) throw new Error('The table "like" does not have it.');
      const sql = ddl.write(change) ?? [];
      const obstacle = ddl.obstacle(change);
      const counted = async () => Number(Object.values((await trx.raw(obstacle?.sql ?? '')).rows[0])[0]);
      expect(await counted()).toBe(count);
      await trx.raw(`drop table "like"; ${mend}`);
      expect(await counted()).toBe(0);
      expect(sql).not.toEqual([]);
      expect(await run(trx, sql)).toBeNull();
    }),
  );
});

/**
 * Columns altered: what `c` is, what it is to be, its values before, and after (where they are kept: the same, and `keepsValues` says so), and
 * the next value where the column counts.
 */
const ALTERATIONS: readonly (readonly [
  actual: string,
  expected: string,
  values: string,
  after: readonly unknown[] | 'kept',
  next?: string,
])[] = [
  ['varchar(20)', 'varchar(40)', `('a'), (null)`, 'kept'],
  ["varchar(20) default 'a'", "text not null default 'b'", `('a')`, 'kept'],
  ['smallint default 1', 'bigint default 2', '(1), (-5)', 'kept'],
  ['integer', 'numeric(12,2)', '(2147483647)', 'kept'],
  ['numeric(6,2)', 'numeric(10,4)', '(9999.99)', 'kept'],
  ['timestamp(3)', 'timestamp', `('2020-01-01 01:02:03.123')`, 'kept'],
  ["varchar(3)[] default '{a}'", "text[] default array['b'::text]", `('{abc,NULL}')`, 'kept'],
  ['text', 'text collate "C"', `('a')`, 'kept'],
  ['text collate "C" default now()::text', 'text', `('a')`, 'kept'],
  ['integer not null', 'serial', '(7), (3)', 'kept', '8'],
  ['integer not null', 'integer generated always as identity', '(7), (3)', 'kept', '8'],
  ['serial', 'integer generated by default as identity', '(default), (default)', 'kept', '3'],
  ['integer generated always as identity', 'serial', '(default), (default)', 'kept', '3'],
  [
    'integer generated always as identity',
    'bigint generated by default as identity',
    '(default)',
    'kept',
    '2',
  ],
  ['integer generated always as identity', 'integer', '(default)', 'kept'],
  ['serial', 'integer', '(default)', 'kept'],
  ['serial', 'bigserial', '(default)', 'kept', '2'],
  ["integer default nextval('counter') not null", 'serial', '(default), (default)', 'kept', '12'],
  [
    "integer default nextval('counter') not null",
    'integer generated always as identity',
    '(default)',
    'kept',
    '11',
  ],
  ['integer generated always as (1 + 1) stored', 'integer', '(default)', 'kept'],
  ["text default '1'", 'integer default 2', `('007'), (null)`, [7, null]],
  ['text', 'uuid', `('00000000-0000-0000-0000-000000000001')`, ['00000000-0000-0000-0000-000000000001']],
  ["mood default 'ok'", "text default 'ok'", `('ok')`, ['ok']],
  ['boolean default true', 'integer default 1', '(true), (false)', [1, 0]],
  ['json', 'jsonb', `('{"a":  1}')`, [{ a: 1 }]],
  ['bigint', 'smallint', '(5)', [5]],
];

describe('a column becomes another', () => {
  const database = useDatabase('postgres');

  test.each(
    ALTERATIONS.map(([actual, expected, values, after, next = null]) => ({
      actual,
      expected,
      values,
      after,
      next,
    })),
  )('$actual to $expected', ({ actual, expected, values, after, next }) =>
    undone(database, async (trx) => {
      await trx.raw(`create type mood as enum ('ok'); create sequence counter start 10`);
      await trx.raw(`create table "t t%s" (c ${actual}); create table wanted (c ${expected})`);
      await trx.raw(`insert into "t t%s" (c) values ${values}`);
      const before = (await trx('t t%s').select('c')).map(({ c }) => c);
      const is = await columnOf(trx, 't t%s');
      const wanted = await columnOf(trx, 'wanted');
      const sql = ddl.write({ kind: 'alter-column', table: 't t%s', expected: wanted, actual: is });
      expect(await run(trx, sql ?? ['nothing is written'])).toBeNull();
      expect(columnValue(await columnOf(trx, 't t%s'))).toBe(columnValue(wanted));
      const now = (await trx('t t%s').select('c')).map(({ c }) => c);
      // The driver hands on numeric values with as many digits as their type says.
      const same = (value: unknown) =>
        typeof value === 'string' && /^[\d.]+$/.test(value) ? Number(value) : value;
      expect(now.map(same).map(String)).toEqual((after === 'kept' ? before.map(same) : after).map(String));
      expect(ddl.keepsValues(wanted, is)).toBe(after === 'kept');
      if (next === null) return;
      await trx.raw('insert into "t t%s" default values');
      const [{ c }] = await trx('t t%s').orderBy('c', 'desc').limit(1).select('c');
      expect(String(c)).toBe(next);
    }),
  );

  test.each([
    ['text', 'mood'],
    ['mood', 'other_mood'],
    ['integer', 'integer generated always as (1) stored'],
    ['integer generated always as (1) stored', 'integer generated always as (2) stored'],
    ['integer', 'uuid'],
    ['text', 'varchar(3)[]'],
  ])('but %s not %s, of which it is not known how without loss', (actual, expected) =>
    undone(database, async (trx) => {
      await trx.raw(`create type mood as enum ('ok'); create type other_mood as enum ('no')`);
      await trx.raw(`create table t (c ${actual}); create table wanted (c ${expected})`);
      const [is, wanted] = [await columnOf(trx, 't'), await columnOf(trx, 'wanted')];
      const sql = ddl.write({ kind: 'alter-column', table: 't', expected: wanted, actual: is });
      expect([sql, ddl.keepsValues(wanted, is)]).toEqual([null, false]);
    }),
  );
});
