/** Names that a server of the MySQL family takes for one name though they are spelled in two ways. */
import knexFactory, { type Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { RunningServer } from '../support/processes.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { startMariadb } from '../support/server-mariadb.ts';

const run = async (knex: Knex, statements: readonly string[]) => {
  for (const statement of statements) await knex.raw(statement);
};

const FIRST = [
  'create table Owners (Id int primary key, `FullName` varchar(80) not null)',
  `create table CatFood (id int primary key, ownerId int not null, Title varchar(50), kind varchar(20) default (concat('a', 'B')), Size int check (Size > 0), doubled int as (Size * 2) stored,
    unique key one_title (Title(10), Size), key by_owner (ownerId), constraint food_owner foreign key (ownerId) references Owners (Id) on delete cascade)`,
  "create view WellFed as select o.FullName, 'Is `FED`' as state from Owners o join CatFood on CatFood.ownerId = o.Id",
];
const SECOND = ['alter table CatFood add column addedLater int'];

let project: Project;
beforeEach(async () => {
  project = await createProject({
    '001_food.js': rawMigration(FIRST),
    '002_more.js': rawMigration(SECOND),
  });
});
afterEach(() => project?.remove());

/** Every statement with all that is not a constant in another case. */
const otherCase = (statements: readonly string[]) =>
  statements.map((text) =>
    text.replace(/'[^']*'|[^']+/g, (part) => (part.startsWith("'") ? part : part.toUpperCase())),
  );

describe('columns, on every server', () => {
  let database: TestDatabase;
  let knex: Knex;
  beforeEach(async () => {
    database = await createDatabase('mysql');
    knex = database.knex();
    await project.record(knex);
  });
  afterEach(() => database?.dispose());
  const detect = () => detectState({ knex, migrations: project.migrations });
  const spelled = (statements: readonly string[]) =>
    statements.map((text) =>
      text.replaceAll(/\b(?:ownerId|Title|Size|doubled|kind|Id|id)\b/g, (name) => name.toUpperCase()),
    );

  test('in another case are the same, in keys and expressions too', async () => {
    await run(knex, spelled(FIRST));
    const report = await detect();
    expect(report).toMatchObject({ state: 'legacy', revision: '001_food', differences: [] });
    expect(report.rulesUsed).toContain('column-name-case');
    expect(report.rulesUsed).not.toContain('table-name-case');
    expect(await adopt({ knex, migrations: project.migrations })).toMatchObject({
      outcome: 'adopted',
      ran: ['002_more.js'],
    });
  });

  test('in the case of the chain take no rule', async () => {
    await run(knex, FIRST);
    expect((await detect()).rulesUsed).not.toContain('column-name-case');
  });

  test('in another case are others where the rule is switched off', async () => {
    await run(knex, spelled(FIRST));
    const report = await detectState({
      knex,
      migrations: project.migrations,
      withoutRules: ['column-name-case'],
    });
    expect(report.state).toBe('partial');
  });

  test('whose case a migration changes tell whether it has run', async () => {
    const renaming = await createProject({
      '001_cats.js': rawMigration(['create table cats (id int primary key, Name varchar(20))']),
      '002_name.js': rawMigration(['alter table cats change Name name varchar(20)']),
    });
    try {
      await renaming.record(knex);
      const candidates = async () =>
        (await detectState({ knex, migrations: renaming.migrations })).candidates;
      await run(knex, ['create table cats (id int primary key, Name varchar(20))']);
      expect(await candidates()).toEqual(['001_cats']);
      await run(knex, ['alter table cats change Name name varchar(20)']);
      expect(await candidates()).toEqual(['002_name']);
    } finally {
      await renaming.remove();
    }
  });

  test('tables in another case are other tables where the server says so', async () => {
    const [[{ folds }]] = await knex.raw('select @@lower_case_table_names as folds');
    expect(folds).toBe(0);
    await run(knex, otherCase(FIRST));
    expect(await detect()).toMatchObject({
      state: 'fresh',
      unmanaged: expect.arrayContaining([`${database.name}.OWNERS`]),
    });
  });
});

describe('tables, on a server that keeps their names in lower case', () => {
  let server: RunningServer;
  let recorder: TestDatabase;
  let knex: Knex;
  beforeAll(async () => {
    server = await startMariadb(['--lower-case-table-names=1']);
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    recorder = await createDatabase('mysql');
    await project.record(recorder.knex());
    const admin = knexFactory({ client: 'mysql2', connection: server.url });
    await run(admin, ['drop database if exists App', 'create database App character set utf8mb4']);
    await admin.destroy();
    knex = knexFactory({ client: 'mysql2', connection: `${server.url}App`, pool: { min: 0, max: 5 } });
  });
  afterEach(async () => {
    await knex?.destroy();
    await recorder?.dispose();
  });
  const detect = () => detectState({ knex, migrations: project.migrations });

  test('are those of a chain that was recorded where names keep their case', async () => {
    expect(await detect()).toMatchObject({ state: 'fresh', unmanaged: [] });
    await run(knex, otherCase(FIRST));
    const report = await detect();
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ state: 'legacy', revision: '001_food', unmanaged: [] });
    expect(report.rulesUsed).toEqual(expect.arrayContaining(['column-name-case', 'table-name-case']));
    expect(await adopt({ knex, migrations: project.migrations })).toMatchObject({
      outcome: 'adopted',
      ran: ['002_more.js'],
    });
    expect(await detect()).toMatchObject({ state: 'managed', standing: 'upToDate', drift: false });
  });

  test('that Knex made there are not adrift', async () => {
    expect(await adopt({ knex, migrations: project.migrations })).toMatchObject({ outcome: 'installed' });
    expect(await detect()).toMatchObject({
      state: 'managed',
      standing: 'upToDate',
      drift: false,
      differences: [],
    });
  });

  test('of the history are found by a name with capitals', async () => {
    const options = { knex, migrations: project.migrations, tableName: 'Knex_History' };
    expect(await adopt(options)).toMatchObject({ outcome: 'installed' });
    expect(await detectState(options)).toMatchObject({
      state: 'managed',
      standing: 'upToDate',
      unmanaged: [],
    });
    expect(
      await knex.migrate.list({
        directory: project.migrations,
        tableName: 'Knex_History',
        loadExtensions: ['.js'],
      }),
    ).toMatchObject([[{ name: '001_food.js' }, { name: '002_more.js' }], []]);
  });
});
