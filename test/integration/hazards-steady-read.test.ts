/**
 * `hazards.md` Part 2 (h), findings 7 and 8: what is read was there all at one time, or nothing is said. Nobody who changes a schema meanwhile
 * makes a verdict wrong, and nobody is waited for without an end.
 */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dialect } from '../../src/database/dialect.ts';
import { detectIn, detectState } from '../../src/detect.ts';
import { dialectOf } from '../../src/dialects/dialect-of.ts';
import { observeDatabase } from '../../src/gather.ts';
import { adopt } from '../../src/library.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type Family, type TestDatabase } from '../support/database.ts';
import { meddleWith } from '../support/meddle.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { useDatabase } from '../support/use-database.ts';

/** Whether a watch over these schemas notices what is done. */
async function notices(
  knex: Knex,
  schemas: readonly string[],
  work: () => Promise<unknown>,
): Promise<boolean> {
  const dialect: Dialect = dialectOf(knex);
  const counter = { queries: 0 };
  const watch = await dialect.read(knex, counter, (session) => dialect.watchCatalog(session, schemas));
  await work();
  return dialect.glance(knex, counter, (session) => watch.hasChanged(session));
}

/** Waits until no transaction is left, on the whole server, that was running when this was called. */
async function settle(knex: Knex): Promise<void> {
  const now = async () =>
    (await knex.raw('select txid_snapshot_xmin(txid_current_snapshot())::text as oldest')).rows[0].oldest;
  const {
    rows: [{ own }],
  } = await knex.raw('select txid_current()::text as own');
  while (BigInt(await now()) <= BigInt(own)) await new Promise((resolve) => setTimeout(resolve, 20));
}

const POSTGRES_CHANGES = [
  'alter table cats add column age integer',
  'alter table cats rename column age to years',
  'alter table cats alter column years type bigint',
  'alter table cats alter column years set not null',
  'alter table cats alter column years drop not null',
  'alter table cats alter column years set default 1',
  'alter table cats alter column years set default 2',
  'alter table cats alter column years drop default',
  'alter table cats drop column years',
  'alter table cats add constraint named check (id > 0) not valid',
  'alter table cats validate constraint named',
  'alter table cats rename constraint named to renamed',
  'alter table cats drop constraint renamed',
  'create index by_name on cats (name)',
  'alter index by_name rename to by_its_name',
  'drop index by_its_name',
  'alter table cats add constraint only_one unique (name)',
  'alter table cats drop constraint only_one',
  'create table dogs (id integer primary key, cat integer)',
  'alter table dogs add constraint chases foreign key (cat) references cats (id)',
  'alter table dogs drop constraint chases',
  'alter table dogs rename to hounds',
  'alter table hounds alter column id add generated always as identity',
  'alter table hounds inherit parents',
  'alter table hounds no inherit parents',
  'drop table hounds',
  "create type mood as enum ('sad')",
  "alter type mood add value 'glad'",
  "alter type mood rename value 'glad' to 'merry'",
  'drop type mood',
  'create domain word as text',
  "alter domain word set default ''",
  'alter domain word add check (length(value) < 10)',
  'drop domain word',
  "create function nothing() returns trigger language plpgsql as 'begin return new; end'",
  "create or replace function nothing() returns trigger language plpgsql as 'begin return null; end'",
  'create trigger watched before insert on cats for each row execute function nothing()',
  'alter table cats disable trigger watched',
  'drop trigger watched on cats',
  'drop function nothing()',
  'create view all_cats as select id from cats',
  'create or replace view all_cats as select id from cats where id > 0',
  'drop view all_cats',
  'create rule silent as on delete to cats do instead nothing',
  'drop rule silent on cats',
  'create policy own on cats using (true)',
  'drop policy own on cats',
  'alter table cats enable row level security',
  'alter table cats disable row level security',
  'create sequence counting',
  'alter sequence counting increment by 2',
  'drop sequence counting',
  'alter schema app rename to application',
];

const MYSQL_CHANGES = [
  'alter table cats add column age integer',
  'alter table cats rename column age to years',
  'alter table cats modify column years bigint not null default 1',
  'alter table cats drop column years',
  'create index by_name on cats (name)',
  'drop index by_name on cats',
  'create table dogs (id integer primary key, cat integer)',
  'alter table dogs add constraint chases foreign key (cat) references cats (id)',
  'rename table dogs to hounds',
  'drop table hounds',
  'create view all_cats as select id from cats',
  'alter view all_cats as select id from cats where id > 0',
  'drop view all_cats',
  'create trigger watched before insert on cats for each row set new.name = 1',
  'drop trigger watched',
  'create function nothing() returns int deterministic return 1',
  'drop function nothing',
];

describe.each(['postgres', 'pglite'] as const)('a watch on %s', (family) => {
  const database = useDatabase(family);
  let knex: Knex;

  beforeAll(async () => {
    knex = database.knex();
    await knex.raw(`create schema app; create schema elsewhere; create table app.cats (id integer primary key, name text);
      create table app.parents (id integer); create table elsewhere.birds (id integer)`);
    await settle(knex);
  });

  test('notices every change of the structure, and only in the schemas that are read', async () => {
    const schemas = ['app'];
    const quiet = [
      "insert into app.cats values (1, 'Minka')",
      "update app.cats set name = 'Mia'",
      'create temporary table cats (id integer)',
      'drop table pg_temp.cats',
      'alter table elsewhere.birds add column name text',
      'vacuum app.cats',
      'analyze app.cats',
      'delete from app.cats',
    ];
    for (const sql of quiet)
      expect([sql, await notices(knex, schemas, () => knex.raw(sql))]).toEqual([sql, false]);
    const qualified = (sql: string) =>
      sql.startsWith('alter schema') ? sql : `set search_path = app; ${sql}; reset search_path`;
    for (const sql of POSTGRES_CHANGES) {
      expect([sql, await notices(knex, schemas, () => knex.raw(qualified(sql)))]).toEqual([sql, true]);
      await settle(knex);
    }
  });
});

describe('a watch on postgres among transactions', () => {
  const database = useDatabase('postgres');

  test('notices what a transaction did that began before and committed after, also in a savepoint', async () => {
    const knex = database.knex();
    await knex.raw('create table cats (id integer)');
    await settle(knex);
    const other = await knex.transaction();
    // It has an id, and no lock yet.
    await other.raw('select txid_current()');
    const changed = await notices(knex, ['public'], async () => {
      const savepoint = await other.transaction();
      await savepoint.raw('alter table cats rename column id to number');
      await savepoint.commit();
      await other.commit();
    });
    expect(changed).toBe(true);
  });

  test('takes nothing for unchanged where an old transaction hides what is new, and reading twice settles it', async () => {
    const knex = database.knex();
    const project = await createProject({
      '001_cats.js': rawMigration(['create table kittens (id integer)'], ['drop table kittens']),
    });
    const old = await knex.transaction();
    try {
      await project.record(database.knex());
      await old.raw('select txid_current()');
      await knex.raw('create table kittens (id integer)');
      // Something is committed meanwhile, so that the transactions are not simply the same.
      expect(await notices(knex, ['public'], () => knex.raw('select txid_current()'))).toBe(true);
      const workspace = await openWorkspace({ knex, migrations: project.migrations });
      const meddled = meddleWith(workspace, /pg_constraint k/, () => knex.raw('select txid_current()'));
      const { verdict } = await detectIn(meddled.workspace);
      expect(verdict).toMatchObject({ state: 'legacy', revision: '001_cats' });
      expect(meddled.reads()).toBe(2);
    } finally {
      await old.rollback();
      await project.remove();
    }
  });
});

describe('a watch on the MySQL family', () => {
  const database = useDatabase('mysql');
  const other = useDatabase('mysql');

  test('notices every change of the structure', async () => {
    const knex = database.knex();
    await knex.raw('create table cats (id integer primary key, name varchar(20))');
    const schemas = [database.name];
    for (const sql of MYSQL_CHANGES)
      expect([sql, await notices(knex, schemas, () => knex.raw(sql))]).toEqual([sql, true]);
    // The counters are the server's: what is done in another database is taken for a change, and reading twice settles it.
    const stranger = other.knex();
    expect(await notices(knex, schemas, () => stranger.raw('create table birds (id integer)'))).toBe(true);
  });
});

describe.each(['postgres', 'mysql'] as const)('a schema that somebody changes, on %s', (family) => {
  let database: TestDatabase;
  let knex: Knex;
  let project: Project;
  /** Between the columns and what rests on them. */
  const midway = family === 'postgres' ? /from pg_constraint k/ : /information_schema\.statistics/;

  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration(
        ['create table cats (id int primary key, val int, check (val > 0))'],
        ['drop table cats'],
      ),
      '002_dogs.js': rawMigration(['create table dogs (id int primary key)'], ['drop table dogs']),
    });
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await knex.raw('create table cats (id int primary key, val int, check (val > 0))');
    if (family === 'postgres') await settle(knex);
  });
  afterEach(() => database?.dispose());

  const open = () => openWorkspace({ knex, migrations: project.migrations });
  const rename =
    family === 'postgres'
      ? 'alter table cats rename column val to value_'
      : 'alter table cats rename column val to value_, add index by_value (value_), drop constraint if exists CONSTRAINT_1, add check (value_ > 0)';

  test('is never read half before and half after the change', async () => {
    const meddled = meddleWith(await open(), midway, async (reading) => {
      if (reading === 1) await knex.raw(rename);
    });
    const seen = await observeDatabase(meddled.workspace, knex, { queries: 0 }, null);
    const afterwards = await observeDatabase(await open(), knex, { queries: 0 }, null);
    expect(seen.snapshot).toEqual(afterwards.snapshot);
    expect(seen.snapshot.tables[0]?.columns.map((column) => column.name)).toEqual(['id', 'value_']);
  });

  test('that does not come to rest gives no verdict', async () => {
    const meddled = meddleWith(await open(), midway, (reading) =>
      knex.raw(`alter table cats add column c${reading} int`),
    );
    await expect(detectIn(meddled.workspace)).rejects.toMatchObject({ code: 'DETECT.UNSTABLE' });
    expect(meddled.reads()).toBe(4);
  });

  test('gets its verdict when what is going on has nothing to do with its structure', async () => {
    const stranger = await createDatabase(family);
    const strange = stranger.knex();
    const meddled = meddleWith(await open(), midway, (reading) =>
      family === 'postgres' ? knex.raw('truncate cats') : strange.raw(`create table t${reading} (id int)`),
    );
    expect((await detectIn(meddled.workspace)).verdict).toMatchObject({
      state: 'legacy',
      revision: '001_cats',
    });
    expect(meddled.reads()).toBe(2);
    await stranger.dispose();
  });

  test('is no reason to read twice when nothing happened', async () => {
    const meddled = meddleWith(await open(), midway, () => knex('cats').insert({ id: 1, val: 1 }));
    expect((await detectIn(meddled.workspace)).verdict).toMatchObject({
      state: 'legacy',
      revision: '001_cats',
    });
    // On the MySQL family the counters are the server's, and other tests run on it.
    if (family === 'postgres') expect(meddled.reads()).toBe(1);
  });

  test('while a table vanishes is no failure of ours', async () => {
    await knex.raw('create table knex_migrations (id int primary key, name varchar(255), batch int)');
    const meddled = meddleWith(await open(), /from [`"].*knex_migrations[`"]/, (reading) =>
      reading === 1 ? knex.raw('drop table knex_migrations') : Promise.resolve(),
    );
    const { verdict } = await detectIn(meddled.workspace);
    expect(verdict).toMatchObject({ state: 'legacy', history: { present: false } });
  });
});

describe('a change that is not committed, on postgres (hazard h)', () => {
  const database = useDatabase('postgres');
  let project: Project;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration(
        ['create table cats (id int primary key, val int, check (val > 0))'],
        ['drop table cats'],
      ),
    });
    knex = database.knex();
    await project.record(knex);
    await knex.raw('create table cats (id int primary key, val int, check (val > 0))');
  });
  afterAll(() => project?.remove());

  test.each([
    ['an ALTER TABLE', 'alter table cats add column age int', 'AccessExclusiveLock on cats'],
    ['a new index', 'create index by_val on cats (val)', 'ShareLock on cats'],
    ['a new table', 'create table dogs (id int)', 'creating a relation'],
  ])('is waited for some seconds, and then named: %s', async (_what, sql, held) => {
    const other = database.knex({ connection: `${database.url}?application_name=the%20other` });
    const transaction = await other.transaction();
    try {
      const {
        rows: [{ pid }],
      } = await transaction.raw('select pg_backend_pid()::text as pid');
      await transaction.raw(sql);
      await expect(detectState({ knex, migrations: project.migrations })).rejects.toMatchObject({
        code: 'DETECT.UNSTABLE',
        message: expect.stringMatching(new RegExp(`backend ${pid}, application the other, .*${held}`)),
      });
    } finally {
      await transaction.rollback();
    }
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
      revision: '001_cats',
    });
  });

  test('does no harm when it is over in time', async () => {
    const transaction = await knex.transaction();
    await transaction.raw('alter table cats add column age int');
    const verdict = detectState({ knex, migrations: project.migrations });
    setTimeout(() => void transaction.rollback(), 300);
    expect(await verdict).toMatchObject({ revision: '001_cats', differences: [] });
  });

  test.each([
    ['a temporary table', 'create temporary table cats (other int)'],
    ['rows', 'insert into cats values (1, 1)'],
    ['a table elsewhere', 'create schema elsewhere; create table elsewhere.cats (other int)'],
  ])('is nothing to wait for when it is only %s', async (_what, sql) => {
    const transaction = await knex.transaction();
    try {
      await transaction.raw(sql);
      expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
        revision: '001_cats',
        differences: [],
      });
    } finally {
      await transaction.rollback();
    }
  });
});

describe.each(['postgres', 'mysql'] as const satisfies Family[])(
  'another adoption in the middle of its work, on %s',
  (family) => {
    const sleeping = family === 'postgres' ? 'select pg_sleep(4)' : 'do sleep(4)';
    const files = {
      '001_cats.js': rawMigration(
        ['create table cats (id int primary key)', sleeping, 'alter table cats add column name varchar(20)'],
        ['drop table cats'],
      ),
    };
    const database = useDatabase(family);
    let project: Project;
    beforeAll(async () => {
      project = await createProject(files);
      await project.record(database.knex());
    });
    afterAll(() => project?.remove());

    test('is waited for: what it has half done is neither refused nor a failure', async () => {
      const first = adopt({ knex: database.knex(), migrations: project.migrations });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const second = await adopt({ knex: database.knex(), migrations: project.migrations });
      expect(second).toMatchObject({ outcome: 'up-to-date', ran: [] });
      expect(await first).toMatchObject({ outcome: 'installed', ran: ['001_cats.js'] });
    });
  },
);
