/** `hazards.md` Part 2 on PostgreSQL: what lies beside, above or inside a schema and must not change what is said of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import createKnex from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/classify/verdict.ts';
import { detectState } from '../../src/detect.ts';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { adopt } from '../../src/library.ts';
import type { WorkspaceOptions } from '../../src/workspace.ts';
import {
  createBlindRole,
  createDatabase,
  createReader,
  runSql,
  type TestDatabase,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { MIGRATIONS as migrations } from '../support/reference-chain.ts';

let database: TestDatabase;
let knex: Knex;
const opened: Knex[] = [];

beforeEach(async () => {
  database = await createDatabase('postgres');
  knex = database.knex({ pool: { min: 0, max: 1 } });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.destroy()));
  await database?.dispose();
});

const load = async (fixture: string) => runSql(database, await loadFixture('postgres', fixture));
const detect = async (one: Knex, more: Partial<WorkspaceOptions> = {}): Promise<Omit<Report, 'timing'>> => {
  const { timing: _, ...report } = await detectState({ knex: one, migrations, ...more });
  return report;
};
/** As a role of its own, by URL. */
const as = (url: string) => {
  const one = createKnex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  opened.push(one);
  return one;
};
const AT_2 = { state: 'legacy', revision: '002_cat_recognition', differences: [], unmanaged: [] };

describe('privileges (hazard a) (pain 27)', () => {
  test('a role that may read some columns only is blind, and told what to grant', async () => {
    await load('legacy-002');
    const url = await createReader(database);
    const role = new URL(url).username;
    await knex.raw(`revoke select on feedback from ${role}; grant select (id) on feedback to ${role}`);
    await expect(detect(as(url))).rejects.toMatchObject({
      code: 'DETECT.BLIND',
      details: { hidden: ['feedback'] },
      hint: expect.stringContaining('GRANT SELECT ON ALL TABLES IN SCHEMA "public"'),
    });
  });

  test('a role without USAGE on the schema is blind to it, not in an empty one', async () => {
    await knex.raw('create schema app; create table app.feedback (id int)');
    const url = await createBlindRole(database);
    await expect(detect(as(url), { schemas: ['app'] })).rejects.toMatchObject({
      code: 'DETECT.BLIND',
      hint: expect.stringContaining('GRANT USAGE ON SCHEMA "app"'),
    });
  });

  test('a role without USAGE on the schema is blind to it even where there is no table to be seen', async () => {
    await knex.raw("create schema app; create type app.mood as enum ('x')");
    const url = await createBlindRole(database);
    for (const attempt of [detectState, adopt]) {
      await expect(attempt({ knex: as(url), migrations, schemas: ['app'] })).rejects.toMatchObject({
        code: 'DETECT.BLIND',
        details: { hidden: [], grants: [expect.stringContaining('GRANT USAGE ON SCHEMA "app"')] },
      });
    }
  });
});

describe('search path, schemas and case (hazard b)', () => {
  beforeEach(() => load('legacy-002'));

  test('a schema of the search path that does not exist is passed over', async () => {
    const one = database.knex({ searchPath: ['nowhere', 'public'] });
    expect(await detect(one)).toMatchObject(AT_2);
  });

  test('a search path of which no schema exists is no empty database', async () => {
    const one = database.knex({ searchPath: ['nowhere', 'neither'] });
    await expect(detect(one)).rejects.toMatchObject({ code: 'DETECT.NO_SCHEMA' });
    await expect(adopt({ knex: one, migrations })).rejects.toMatchObject({ code: 'DETECT.NO_SCHEMA' });
  });

  test('temporary tables of the session shadow neither a table nor the history', async () => {
    const expected = await detect(knex);
    await knex.raw(`create temporary table feedback (other int); create temporary table cat_profiles (other int);
      create temporary table knex_migrations (id int, name text, batch int); insert into knex_migrations values (1, '001_initial_schema.ts', 1)`);
    expect(await detect(knex)).toEqual(expected);
    expect(expected).toMatchObject(AT_2);
  });

  test('tables of the same names in another schema change nothing, wherever that is in the search path', async () => {
    const expected = await detect(knex);
    await knex.raw(
      'create schema other; create table other.feedback (other int); create table other.cat_features (id int)',
    );
    expect(await detect(knex)).toEqual(expected);
    expect(await detect(database.knex({ searchPath: ['public', 'other'] }))).toEqual(expected);
  });

  test('a twin that differs in case is another table', async () => {
    await knex.raw('create table "Feedback" (other int); create table "FEEDBACK" (other int)');
    const report = await detect(knex);
    expect(report).toMatchObject({
      ...AT_2,
      differences: expect.anything(),
      unmanaged: ['public.FEEDBACK', 'public.Feedback'],
    });
    expect(report.differences.map(({ path, grade }) => [path[1], grade])).toEqual([
      ['public.FEEDBACK', 'harmless'],
      ['public.Feedback', 'harmless'],
    ]);
  });

  test('a table renamed in case only is missing, and not found by its other case', async () => {
    await knex.raw('alter table feedback rename to "Feedback"');
    expect(await detect(knex)).toMatchObject({ state: 'partial', unmanaged: ['public.Feedback'] });
  });
});

describe('names (hazard b)', () => {
  test('longer than 63 bytes are cut by the server, in bytes, and met as they were cut', async () => {
    const long = `${'x'.repeat(40)}${'ü'.repeat(20)}`;
    const project = await createProject({
      '001_long.js': rawMigration(
        [`create table "${long}" (id int primary key, "${long}" int unique)`],
        [`drop table "${long}"`],
      ),
    });
    try {
      await project.record(knex);
      await knex.raw(`create table "${long}" (id int primary key, "${long}" int unique)`);
      expect(await detect(knex, { migrations: project.migrations })).toMatchObject({
        state: 'legacy',
        revision: '001_long',
        differences: [],
      });
    } finally {
      await project.remove();
    }
  });
});

describe('findings 2 and 3: histories', () => {
  test('in two schemas are a question, and each is found when it is named', async () => {
    await load('managed-002');
    await knex.raw(`create schema app; create table app.knex_migrations (like public.knex_migrations including all);
      create table app.knex_migrations_lock (like public.knex_migrations_lock including all)`);
    await expect(detect(knex)).rejects.toMatchObject({
      code: 'HISTORY.SEVERAL',
      details: { schemas: ['app', 'public'] },
    });
    expect(await detect(knex, { schemas: ['public'] })).toMatchObject({ state: 'managed' });
    expect(await detect(knex, { schemas: ['app'] })).toMatchObject({ state: 'fresh', history: { rows: 0 } });
  });

  test('are not lost when a schema named like the role comes before theirs', async () => {
    await load('managed-002');
    await knex.raw('create schema postgres');
    await expect(detect(database.knex())).rejects.toMatchObject({ code: 'HISTORY.SEVERAL' });
    await expect(adopt({ knex: database.knex(), migrations })).rejects.toMatchObject({
      code: 'HISTORY.SEVERAL',
    });
  });

  test('are not made by looking', async () => {
    await load('legacy-002');
    await detect(knex);
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
  });
});

describe('finding 6: row security', () => {
  test.each([
    ['no policy at all', ''],
    ['a policy that shows some rows', 'create policy partly on knex_migrations using (id = 1)'],
  ])('on the history, with %s, is a failure and never fewer rows', async (_what, policy) => {
    await load('managed-head');
    await knex.raw(`alter table knex_migrations enable row level security; ${policy}`);
    const reader = as(await createReader(database));
    for (const attempt of [() => detect(reader), () => adopt({ knex: reader, migrations })]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'HISTORY.UNREADABLE',
        message: expect.stringContaining('Row security'),
        hint: expect.stringContaining('BYPASSRLS'),
      });
    }
    // The owner, whom it does not concern, is not bothered.
    expect(await detect(knex)).toMatchObject({ state: 'managed', standing: 'upToDate' });
  });

  test("on another migrator's history is a failure and never fewer versions", async () => {
    await load('tracked-by-alembic');
    await knex.raw('alter table alembic_version enable row level security');
    const reader = as(await createReader(database));
    await expect(detect(reader)).rejects.toMatchObject({
      code: 'DETECT.BLIND',
      message: expect.stringContaining('alembic_version'),
    });
  });

  test('on other tables hides no structure', async () => {
    await load('legacy-002');
    const before = await detect(knex);
    await knex.raw('alter table feedback enable row level security');
    const reader = as(await createReader(database));
    expect(before).toMatchObject(AT_2);
    // It is a fact of the table, seen by everybody alike.
    expect(await detect(reader)).toEqual(await detect(knex));
  });
});

describe('what is not ours (hazard e) (hazard k) (pain 8)', () => {
  test.each(['citext', 'pg_trgm', 'pg_stat_statements', 'hstore'])(
    'the extension %s in the schema makes an empty database no less fresh',
    async (extension) => {
      await knex.raw(`create extension ${extension} schema public`);
      expect(await detect(knex)).toMatchObject({ state: 'fresh', unmanaged: [] });
      expect(await adopt({ knex, migrations })).toMatchObject({ outcome: 'installed' });
    },
  );

  test('the schemas of providers, with tables and histories of their own, are not looked at', async () => {
    await load('legacy-002');
    const expected = await detect(knex);
    await knex.raw(
      [
        'auth',
        'storage',
        'realtime',
        'supabase_functions',
        'hdb_catalog',
        'graphile_worker',
        'cron',
        'topology',
      ]
        .map(
          (
            schema,
          ) => `create schema ${schema}; create table ${schema}.schema_migrations (version varchar primary key);
            create table ${schema}.migrations (id int primary key, name text); create table ${schema}.feedback (id int)`,
        )
        .join(';'),
    );
    expect(await detect(knex)).toEqual(expected);
  });

  test('partitions, sequences that columns own, and row types are no strangers', async () => {
    await knex.raw(`create table events (id serial, at date not null, primary key (id, at)) partition by range (at);
      create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01')`);
    expect((await detect(knex)).unmanaged).toEqual(['public.events', 'public.events_2024']);
  });
});

describe('column order (hazard f)', () => {
  test('with the gaps that dropped columns leave is no difference', async () => {
    const project = await createProject({
      '001_cats.js': rawMigration(['create table cats (a int, b int, c int)'], ['drop table cats']),
    });
    try {
      await project.record(knex);
      await knex.raw(`create table cats (c int, a int, gone int); alter table cats drop column gone, add column b int;
        alter table cats drop column a; alter table cats add column a int`);
      const report = await detect(knex, { migrations: project.migrations });
      expect(report).toMatchObject({ state: 'legacy', revision: '001_cats' });
      expect(report.differences.filter(({ grade }) => grade !== 'harmless')).toEqual([]);
    } finally {
      await project.remove();
    }
  });
});

describe('finding 8: what the server prints waits behind an ALTER TABLE (hazard i)', () => {
  test('a reader ends with a failure that says so, and does not wait for somebody who never commits', async () => {
    await knex.raw(
      'create table cats (id int check (id > 0), twice int generated always as (id * 2) stored); create index on cats ((id + 1))',
    );
    const altering = await database.knex().transaction();
    try {
      await altering.raw('lock table cats in access exclusive mode');
      const reading = postgresDialect.read(knex, { queries: 0 }, async (session) => {
        const facts = await postgresDialect.readServer(session);
        return postgresDialect.introspect(session, facts, { schemas: ['public'], exclude: [] });
      });
      // No time is expected of it; this ends what would wait for ever.
      const given = new AbortController();
      const waits = sleep(60_000, 'still waiting', { signal: given.signal });
      waits.catch(() => undefined);
      await expect(Promise.race([reading, waits])).rejects.toMatchObject({ code: 'DETECT.UNSTABLE' });
      given.abort();
    } finally {
      await altering.rollback();
    }
  });
});

describe('settings of the database (hazard h) (hazard i)', () => {
  let project: Project;
  beforeAll(async () => {
    // A migration of data only leaves no trace that would keep it from running twice.
    project = await createProject({
      '001_cats.js': rawMigration(['create table cats (id serial primary key)'], ['drop table cats']),
      '002_data.js': rawMigration(['insert into cats default values', 'select pg_sleep(0.2)']),
    });
    const scratch = await createDatabase('postgres');
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());

  test('transactions that are repeatable read by default make nothing run twice', async () => {
    await knex.raw(`alter database ${database.name} set default_transaction_isolation = 'repeatable read'`);
    for (let round = 0; round < 3; round += 1) {
      const starters = Array.from({ length: 6 }, () => database.knex({ pool: { min: 0, max: 1 } }));
      const reports = await Promise.all(
        starters.map((one) => adopt({ knex: one, migrations: project.migrations })),
      );
      expect(reports.flatMap(({ ran }) => ran)).toEqual(['001_cats.js', '002_data.js']);
      expect(await knex('cats').select('id')).toHaveLength(1);
      await knex.raw('drop table cats, knex_migrations, knex_migrations_lock');
    }
  });

  test('under the lock each statement sees what is committed by then, whatever the default isolation', async () => {
    await knex.raw(`alter database ${database.name} set default_transaction_isolation = 'serializable'`);
    const one = database.knex();
    const facts = await postgresDialect.read(one, { queries: 0 }, (session) =>
      postgresDialect.readServer(session),
    );
    const request = { name: 'isolation', mode: 'transaction', waitMs: 0 } as const;
    // The snapshot of a stricter one would be from before the lock was free, and show a database before another's work.
    await postgresDialect.withLock(one, facts, request, async (scope) => {
      expect((await scope.knex.raw('show transaction_isolation')).rows).toEqual([
        { transaction_isolation: 'read committed' },
      ]);
    });
  });

  test('a database that is read-only by default is read, and refused before any lock', async () => {
    await load('legacy-002');
    const expected = await detect(knex);
    await knex.raw(`alter database ${database.name} set default_transaction_read_only = on`);
    const one = database.knex({ pool: { min: 0, max: 2 } });
    expect(await detect(one)).toEqual(expected);
    const statements: string[] = [];
    one.on('query', ({ sql }: { sql: string }) => statements.push(sql));
    const report = await adopt({ knex: one, migrations });
    expect(report).toMatchObject({ outcome: 'refused', plan: { refused: [{ code: 'PLAN.READ_ONLY' }] } });
    expect(statements.filter((sql) => /advisory/.test(sql))).toEqual([]);
  });
});
