/** Histories that other migrators keep in schemas of their own, which nobody names and which are not read: `hazards.md` Part 2 (l). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { FOREIGN_NAMES, findForeignHistories } from '../../src/history/foreign-histories.ts';
import { detectState } from '../../src/library.ts';
import { createReader, runSql } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { useDatabase } from '../support/use-database.ts';

const CATS = 'create table cats (id int primary key)';

/** As each tool makes it where it is told nothing, with what it would have recorded. */
const HOMES: readonly (readonly [tool: string, table: string, versions: readonly string[], sql: string])[] = [
  [
    'atlas',
    'atlas_schema_revisions.atlas_schema_revisions',
    ['20240101000000'],
    `create schema atlas_schema_revisions;
     create table atlas_schema_revisions.atlas_schema_revisions (version varchar primary key, description varchar not null,
       type bigint not null default 2, applied bigint not null default 0, total bigint not null default 0, executed_at timestamptz not null, error text);
     insert into atlas_schema_revisions.atlas_schema_revisions values ('20240101000000', 'cats', 2, 1, 1, now())`,
  ],
  [
    'drizzle',
    'drizzle.__drizzle_migrations',
    ['abc'],
    `create schema drizzle;
     create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
     insert into drizzle.__drizzle_migrations (hash, created_at) values ('abc', 1704067200000)`,
  ],
  [
    'graphile-migrate',
    'graphile_migrate.migrations',
    ['000001.sql'],
    `create schema graphile_migrate;
     create table graphile_migrate.migrations (hash text primary key, previous_hash text references graphile_migrate.migrations,
       filename text not null, date timestamptz not null default now());
     create table graphile_migrate.current (filename text primary key default 'current.sql', content text not null, date timestamptz not null default now());
     insert into graphile_migrate.migrations values ('sha1:1', null, '000001.sql')`,
  ],
  [
    'pgroll',
    'pgroll.migrations',
    ['01_cats', '02_coats'],
    `create schema pgroll;
     create table pgroll.migrations (schema name not null, name text not null, migration jsonb not null, created_at timestamptz default now(),
       updated_at timestamptz default now(), parent text, done boolean not null default false, resulting_schema jsonb not null default '{}');
     insert into pgroll.migrations (schema, name, migration, parent, done) values ('public', '01_cats', '{}', null, true), ('public', '02_coats', '{}', '01_cats', false)`,
  ],
  [
    'sqitch',
    'sqitch.changes',
    ['cats'],
    `create schema sqitch;
     create table sqitch.changes (change_id text primary key, script_hash text, change text not null, project text not null, note text not null default '',
       committed_at timestamptz not null default now(), planned_at timestamptz not null);
     insert into sqitch.changes (change_id, change, project, planned_at) values ('c0ffee', 'cats', 'cats', now())`,
  ],
];
const FOUND = HOMES.map(([tool, table, versions]) => ({
  tool,
  table,
  versions,
  failed: tool === 'pgroll' ? '02_coats' : null,
  ofThisChain: false,
}));

describe('on postgres', () => {
  const database = useDatabase('postgres');
  let project: Project;
  beforeAll(async () => {
    project = await createProject({ '001_cats.js': rawMigration([CATS], ['drop table cats']) });
    await project.record(database.knex());
    await runSql(database, CATS);
  });
  afterAll(() => project?.remove());
  const detect = (options = {}) =>
    detectState({ knex: database.knex(), migrations: project.migrations, ...options });
  /** All that is known of them. */
  const find = () =>
    postgresDialect.read(database.knex(), { queries: 0 }, async (session) => {
      const facts = await postgresDialect.readServer(session);
      const { tables } = await postgresDialect.locateTables(session, FOREIGN_NAMES);
      const seen = await postgresDialect.introspect(session, facts, { schemas: ['public'], exclude: [] });
      return findForeignHistories(session, postgresDialect, seen, tables);
    });

  test('a table of that name elsewhere, or there with other columns, is none: a provider keeps its own', async () => {
    const before = await detect();
    await runSql(
      database,
      `create schema auth; create table auth.schema_migrations (version varchar primary key); create table auth.__drizzle_migrations (hash text, created_at bigint);
       create schema sqitch; create table sqitch.changes (note text); create table sqitch.migrations (hash text, previous_hash text, filename text)`,
    );
    const after = await detect();
    expect(after).toMatchObject({ state: 'legacy', foreignHistories: [] });
    expect(after.timing.queries).toBe(before.timing.queries);
    await runSql(database, 'drop schema sqitch cascade');
  });

  test('each is found where its tool keeps it, by one query more for each that is there (hazard l)', async () => {
    const before = await detect();
    for (const [, , , sql] of HOMES) await runSql(database, sql);
    const after = await detect();
    expect(after).toMatchObject({ state: 'legacy', revision: '001_cats', foreignHistories: FOUND });
    expect(after.timing.queries).toBe(before.timing.queries + FOUND.length);
  });

  test('and once where its schema is named', async () => {
    const { foreignHistories } = await detect({ schemas: ['public', 'drizzle'] });
    expect([...foreignHistories].sort((a, b) => a.tool.localeCompare(b.tool))).toEqual(FOUND);
  });

  test('one that has a migration under way says nothing', async () => {
    const problems = (await find()).map(({ tool, problem }) => [tool, problem]);
    expect(Object.fromEntries(problems)).toEqual({
      ...Object.fromEntries(FOUND.map(({ tool }) => [tool, null])),
      pgroll: expect.stringContaining('02_coats'),
    });
  });

  test('one that this role may not read is named', async () => {
    const url = await createReader(database);
    const role = new URL(url).username;
    await runSql(
      database,
      `revoke all on schema drizzle from ${role}; revoke all on sqitch.changes from ${role};
       alter table pgroll.migrations enable row level security`,
    );
    const { foreignHistories } = await detect({ knex: database.knex({ connection: url }) });
    const unread = new Set(['drizzle', 'pgroll', 'sqitch']);
    expect(foreignHistories).toEqual(
      FOUND.map((one) => (unread.has(one.tool) ? { ...one, versions: [], failed: null } : one)),
    );
  });
});
