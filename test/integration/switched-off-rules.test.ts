/** Equivalence rules that are switched off, and texts that nobody can judge, on real databases. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/classify/verdict.ts';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

interface Example {
  /** What the chain makes. */
  readonly chain: readonly string[];
  /** The same, as somebody else made it. */
  readonly live: readonly string[];
  /** For each rule, the differences that switching it off shows. */
  readonly shown: Readonly<Record<string, readonly string[]>>;
  /** Rules that the example takes on MariaDB, and not on MySQL. */
  readonly mariadbOnly?: readonly string[];
}

const EXAMPLES: Readonly<Record<'postgres' | 'mysql', Example>> = {
  postgres: {
    chain: [
      `create table cats (
         id integer primary key,
         born timestamp with time zone default current_timestamp,
         coat text default 'red',
         weight numeric default 0,
         owner varchar(50),
         kind varchar(9),
         constraint cats_kind_check check (kind = any (array['tame'::varchar::text, 'wild'::varchar::text])),
         constraint cats_born_check check (timezone('utc', born) > '2000-01-01')
       )`,
      'create index cats_owner_index on cats (owner)',
      'create view tame as select id, born from cats c where kind is null',
    ],
    live: [
      `create table cats (
         id integer primary key,
         born timestamp with time zone default now(),
         weight numeric default 0.00,
         coat text default 'red'::varchar,
         owner varchar(50) default null,
         kind varchar(9),
         constraint cats_kind_check check (kind in ('tame', 'wild')),
         constraint cats_born_check check ((born at time zone 'utc') > '2000-01-01')
       )`,
      'create index by_owner on cats (owner)',
      'create view tame as select c.id, c.born from cats c where c.kind is null',
    ],
    shown: {
      'constraint-and-index-names': ['public.cats.indexes.cats_owner_index'],
      'column-order': ['public.cats.columns.coat', 'public.cats.columns.owner', 'public.cats.columns.weight'],
      'current-timestamp': ['public.cats.columns.born'],
      'numeric-literal': ['public.cats.columns.weight'],
      'literal-cast': ['public.cats.columns.coat'],
      'null-default': ['public.cats.columns.owner'],
      'at-time-zone': ['public.cats.checks.cats_born_check'],
      // The server prints the prefix, as all before release 16 do.
      'view-prefix': ['public.tame'],
      // The chain makes the form that such a thing has after a reload.
      'array-cast': ['public.cats.checks.cats_kind_check'],
    },
  },
  mysql: {
    chain: [
      'create table owners (id int primary key)',
      `create table cats (
         id int primary key,
         born timestamp null default current_timestamp,
         coat varchar(20) default 'red',
         weight decimal(5, 2) default 0,
         mark varbinary(3) default 'abc',
         notes json,
         facts json,
         owner int,
         constraint cats_owner_foreign foreign key (owner) references owners (id) on delete restrict,
         constraint cats_weight_check check (weight > 1 and (weight < 9 or ucase(coat) = 'RED'))
       )`,
      'create index cats_coat_index on cats (coat)',
    ],
    live: [
      'alter database character set utf8mb4 collate utf8mb4_unicode_ci',
      'create table owners (id int primary key)',
      `create table cats (
         id int primary key,
         born timestamp null default now(),
         weight decimal(5, 2) default '0.00',
         coat varchar(20) default 'red',
         mark varbinary(3) default 0x616263,
         notes json,
         facts longtext character set utf8mb4 collate utf8mb4_bin,
         owner int,
         constraint cats_chk_1 check (json_valid(facts)),
         constraint cats_owner_foreign foreign key (owner) references owners (id) on delete no action,
         constraint cats_weight_check check (((weight > 1) and ((weight < 9) or (upper(coat) = 'RED'))))
       )`,
      'create index by_coat on cats (coat)',
    ],
    shown: {
      'constraint-and-index-names': ['cats.indexes.cats_coat_index'],
      'column-order': ['cats.columns.coat', 'cats.columns.mark', 'cats.columns.weight'],
      'default-collation': ['cats.columns.coat'],
      'current-timestamp': ['cats.columns.born'],
      // Printed as the server prints every such thing, and not as the manifest has it.
      'integer-display-width': ['cats.columns.id', 'cats.columns.owner', 'owners.columns.id'],
      'numeric-literal': ['cats.columns.weight'],
      'binary-literal': ['cats.columns.mark'],
      'mariadb-json': ['cats.columns.notes'],
      'checked-json-text': ['cats.columns.facts'],
      'expression-form': ['cats.checks.cats_weight_check'],
      'no-action-restrict': ['cats.foreignKeys.cats_owner_foreign'],
    },
    mariadbOnly: ['integer-display-width', 'mariadb-json', 'no-action-restrict'],
  },
};

describe.each(['postgres', 'mysql'] as const)('rules switched off on %s', (family) => {
  const example = EXAMPLES[family];
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  let byEveryRule: Report;

  const detect = (...withoutRules: string[]) =>
    detectState({ knex, migrations: project.migrations, withoutRules });
  /** The rules that the example takes on this server. */
  const taken = () =>
    Object.keys(example.shown).filter(
      (rule) => byEveryRule.server.vendor !== 'mysql' || example.mariadbOnly?.includes(rule) !== true,
    );
  const found = (report: Report) =>
    report.differences
      .map(({ path, outcome, grade, rule }) => [path.slice(1).join('.'), outcome, grade, rule])
      .sort();

  beforeAll(async () => {
    const recorder = await createDatabase(family);
    project = await createProject({ '001_cats.js': rawMigration(example.chain) });
    await project.record(recorder.knex());
    await recorder.dispose();
    database = await createDatabase(family);
    await runSql(database, example.live.join(';\n'));
    knex = database.knex();
    byEveryRule = await detect();
  });
  afterAll(async () => {
    await database?.dispose();
    await project?.remove();
  });

  test('the example is met by the rules, all of which it takes', () => {
    expect(byEveryRule).toMatchObject({
      state: 'legacy',
      revision: '001_cats',
      differences: [],
      withoutRules: [],
    });
    expect(byEveryRule.rulesUsed).toEqual(taken().toSorted());
  });

  test.each(Object.entries(example.shown))('%s shows %j', async (rule, those) => {
    const report = await detect(rule);
    const names = taken().includes(rule) ? those : [];
    const qualified = names.map((name) => (family === 'mysql' ? `${database.name}.${name}` : name));
    expect(found(report)).toEqual(qualified.map((name) => [name, 'different', 'blocking', rule]));
    expect(report.state).toBe(names.length === 0 ? 'legacy' : 'partial');
    expect(report.withoutRules).toEqual([rule]);
    expect(report.rulesUsed).not.toContain(rule);
    expect(report.fingerprint).toBe(byEveryRule.fingerprint);
  });

  test('completing leaves what rests on one as it is', async () => {
    const [rule = ''] = Object.keys(example.shown);
    const adoption = await adopt({
      knex,
      migrations: project.migrations,
      withoutRules: [rule],
      onPartial: 'complete',
    });
    expect(adoption.plan?.refused).toMatchObject([
      {
        code: 'REFUSED.UNWRITABLE',
        message: expect.stringContaining(`only by what is switched off: ${rule}.`),
      },
    ]);
  });

  test('nothing is adopted that rests on one', async () => {
    const [rule = ''] = Object.keys(example.shown);
    const adoption = await adopt({ knex, migrations: project.migrations, withoutRules: [rule] });
    expect(adoption).toMatchObject({
      outcome: 'refused',
      before: { withoutRules: [rule] },
      plan: { refused: [{ code: 'REFUSED.PARTIAL' }] },
    });
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
  });

  test('all of them show all, each with its own', async () => {
    const report = await detect(...Object.keys(example.shown));
    const named = report.differences.map(({ path, outcome, rule }) => [
      path.at(-1)?.split('.').at(-1),
      outcome,
      rule !== null,
    ]);
    const shown = taken().flatMap((rule) => example.shown[rule] ?? []);
    const names = [...new Set(shown)].map((name) => name.split('.').at(-1));
    expect(named.toSorted()).toEqual(names.map((name) => [name, 'different', true]).toSorted());
    expect(report.rulesUsed).toEqual([]);
  });

  test('one that does not exist is a usage error with the names of all', async () => {
    await expect(detect('column-oder')).rejects.toMatchObject({
      code: 'USAGE.INVALID',
      hint: expect.stringContaining('column-order'),
    });
  });
});

describe('texts that are beyond our grammar, on the MySQL family', () => {
  // What the function INTERVAL and a window's frame are, it does not know.
  const table = (bound: number) => `create table cats (
    id int primary key,
    coat varchar(20),
    class int as (interval(id, 1, ${bound})) stored,
    constraint class_check check (interval(id, 1, ${bound}) > 0)
  )`;
  const view = (rows: number) =>
    `create view sums as select sum(id) over (order by id rows between ${rows} preceding and current row) as s from cats`;
  let project: Project;
  let database: TestDatabase;

  beforeAll(async () => {
    const recorder = await createDatabase('mysql');
    project = await createProject({ '001_cats.js': rawMigration([table(65), view(1)]) });
    await project.record(recorder.knex());
    await recorder.dispose();
  });
  beforeEach(async () => {
    database = await createDatabase('mysql');
  });
  afterEach(() => database?.dispose());
  afterAll(() => project?.remove());

  const detect = () => detectState({ knex: database.knex(), migrations: project.migrations });

  test('are as expected where they are the same word for word', async () => {
    await runSql(database, [table(65), view(1)].join(';\n'));
    expect(await detect()).toMatchObject({ state: 'legacy', revision: '001_cats', differences: [] });
  });

  test('are otherwise neither equal nor different, and no revision is met', async () => {
    await runSql(database, [table(66), view(2)].join(';\n'));
    const report = await detect();
    expect(report).toMatchObject({ state: 'partial', revision: null, candidates: [] });
    expect(
      report.differences.map(({ path, outcome, grade, rule }) => [path.at(-1), outcome, grade, rule]),
    ).toEqual([
      ['class', 'cannot-tell', 'blocking', null],
      ['class_check', 'cannot-tell', 'blocking', null],
      [`${database.name}.sums`, 'cannot-tell', 'blocking', null],
    ]);
    const adoption = await adopt({ knex: database.knex(), migrations: project.migrations });
    expect(adoption.outcome).toBe('refused');
    const completed = await adopt({
      knex: database.knex(),
      migrations: project.migrations,
      onPartial: 'complete',
    });
    expect(completed.plan?.refused.map(({ message }) => message)).toEqual(
      ['cats.columns.class', 'cats.checks.class_check', 'sums'].map(
        (name) =>
          `${database.name}.${name} is not word for word as expected, and nobody can tell whether it is the same.`,
      ),
    );
  });

  test('leave what is read certain', async () => {
    await runSql(database, [table(65).replace('id int', 'id bigint'), view(1)].join(';\n'));
    const { differences } = await detect();
    expect(differences.map(({ path, outcome }) => [path.at(-1), outcome])).toEqual([['id', 'different']]);
  });
});
