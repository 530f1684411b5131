/**
 * What carrying out a plan promises when something is in the way: somebody else, a failure half-way, a lock, a changed database.
 */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyInWorkspace } from '../../src/carry-out.ts';
import { detectIn } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../src/plan/plan.ts';
import { planFor } from '../../src/plan-for.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type Family, type TestDatabase, tableChecksums } from '../support/database.ts';
import { failureOf } from '../support/failure.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const SERVERS: readonly Family[] = ['postgres', 'mysql'];

const FILES = {
  '001_cats.js': rawMigration(
    ['create table cats (id int primary key, name varchar(20))'],
    ['drop table cats'],
  ),
  '002_dogs.js': rawMigration(
    ['create table dogs (id int primary key)', "insert into cats (id, name) values (100, 'made by 002')"],
    ['drop table dogs'],
  ),
};

describe.each(SERVERS)('on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject(FILES);
    const server = await createDatabase(family);
    await project.record(server.knex());
    await server.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(() => database?.dispose());

  const legacyAt1 = async () => {
    await knex.raw('create table cats (id int primary key, name varchar(20))');
    await knex('cats').insert({ id: 1, name: 'Minka' });
  };
  const tables = async () => Object.keys(await tableChecksums(knex)).sort();

  test('a plan for a database that changed since is not begun', async () => {
    await legacyAt1();
    const workspace = await openWorkspace({ knex, migrations: project.migrations });
    const findings = await detectIn(workspace);
    const plan = await planFor(workspace, findings, DEFAULT_PLAN_OPTIONS, new Date());
    await knex.raw('alter table cats add column age int');
    const error = await failureOf(applyInWorkspace(workspace, findings, plan, {}));
    expect(error.code).toBe('PLAN.STALE');
    expect(await tables()).toEqual(['cats']);
  });

  test('a plan for a history that changed since is not begun either', async () => {
    await legacyAt1();
    const workspace = await openWorkspace({ knex, migrations: project.migrations });
    const findings = await detectIn(workspace);
    const plan = await planFor(workspace, findings, DEFAULT_PLAN_OPTIONS, new Date());
    await adopt({ knex, migrations: project.migrations, to: '001_cats' });
    const error = await failureOf(applyInWorkspace(workspace, findings, plan, {}));
    expect(error.code).toBe('PLAN.STALE');
    expect(await knex('knex_migrations').select('name')).toEqual([{ name: '001_cats.js' }]);
  });

  test('a migration that fails is named, keeps nothing it should not, and the next run converges', async () => {
    await legacyAt1();
    await knex('cats').insert({ id: 100, name: 'in the way' });
    const error = await failureOf(adopt({ knex, migrations: project.migrations }));
    expect(error.code).toBe('MIGRATIONS.FAILED');
    expect(error.message).toContain('002_dogs.js');
    if (family === 'postgres') {
      // One transaction: not even the stamp stays.
      expect(await tables()).toEqual(['cats']);
    } else {
      // DDL commits by itself; what was proved before stays recorded, what failed is not.
      expect(await knex('knex_migrations').select('name', 'batch')).toEqual([
        { name: '001_cats.js', batch: null },
      ]);
      await knex.raw('drop table dogs');
    }
    await knex('cats').where({ id: 100 }).delete();
    const report = await adopt({ knex, migrations: project.migrations });
    expect(report.after).toMatchObject({ state: 'managed', standing: 'upToDate', drift: false });
    expect(await knex('cats').select('id').orderBy('id')).toEqual([{ id: 1 }, { id: 100 }]);
  });

  test('processes that start at the same moment share the work: each migration runs once, nobody fails (pain 17) (pain 19)', async () => {
    for (const legacy of [false, true]) {
      if (legacy) await legacyAt1();
      const starters = Array.from({ length: 8 }, () => database.knex({ pool: { min: 0, max: 2 } }));
      const reports = await Promise.all(
        starters.map((one) => adopt({ knex: one, migrations: project.migrations })),
      );
      expect(reports.flatMap((report) => report.ran)).toEqual(
        legacy ? ['002_dogs.js'] : ['001_cats.js', '002_dogs.js'],
      );
      expect(await knex('knex_migrations').select('name').orderBy('id')).toEqual([
        { name: '001_cats.js' },
        { name: '002_dogs.js' },
      ]);
      expect(await knex('knex_migrations_lock').select('is_locked')).toEqual([{ is_locked: 0 }]);
      for (const table of ['dogs', 'cats', 'knex_migrations', 'knex_migrations_lock'])
        await knex.schema.dropTable(table);
    }
  });

  test('waits for another adoption only so long', async () => {
    await legacyAt1();
    const workspace = await openWorkspace({ knex: database.knex(), migrations: project.migrations });
    const findings = await detectIn(workspace);
    const { facts, history } = findings.observation;
    const request = {
      name: `${history.table.schema}.${history.table.name}`,
      mode: 'session',
      waitMs: 1000,
    } as const;
    await workspace.dialect.withLock(workspace.knex, facts, request, async () => {
      const error = await failureOf(adopt({ knex, migrations: project.migrations, lockWaitMs: 300 }));
      expect(error.code).toBe('LOCK.TIMEOUT');
      expect(error.exitCode).toBe(6);
    });
    expect(await tables()).toEqual(['cats']);
    expect(await adopt({ knex, migrations: project.migrations, lockWaitMs: 300 })).toMatchObject({
      outcome: 'adopted',
    });
  });

  test("waits for Knex's own lock, and says who may hold it, or that nobody can", async () => {
    await adopt({ knex, migrations: project.migrations, to: '001_cats' });
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    const other = await database.connect();
    const held = await failureOf(adopt({ knex, migrations: project.migrations, lockWaitMs: 300 }));
    await other.close();
    expect(held).toMatchObject({ code: 'LOCK.KNEX_HELD', exitCode: 6 });
    expect(held.message).toMatch(/It may be held: (?:backend|connection) \d+ \(/);
    const stale = await failureOf(adopt({ knex, migrations: project.migrations, lockWaitMs: 300 }));
    expect(stale).toMatchObject({ code: 'LOCK.KNEX_STALE', exitCode: 4 });
    expect(stale.hint).toContain('repair-history');
    expect(await knex('knex_migrations').pluck('name')).toEqual(['001_cats.js']);
    setTimeout(() => void knex('knex_migrations_lock').update({ is_locked: 0 }).then(), 300);
    expect(await adopt({ knex, migrations: project.migrations })).toMatchObject({ outcome: 'upgraded' });
  });

  test('a lock table that Knex could never use is refused before anything is written (pain 17)', async () => {
    await adopt({ knex, migrations: project.migrations, to: '001_cats' });
    await knex('knex_migrations_lock').insert({ is_locked: 0 });
    const report = await adopt({ knex, migrations: project.migrations });
    expect(report.plan?.refused).toMatchObject([{ code: 'LOCK.KNEX_BROKEN' }]);
    expect(report.ran).toEqual([]);
  });

  test('a lock table that has its row, and no history beside it, gets no second row (pain 17)', async () => {
    await legacyAt1();
    await knex.schema.createTable('knex_migrations_lock', (table) => {
      table.increments('index');
      table.integer('is_locked');
    });
    await knex('knex_migrations_lock').insert({ is_locked: 0 });
    await adopt({ knex, migrations: project.migrations, to: '001_cats' });
    expect(await knex('knex_migrations_lock').pluck('is_locked')).toEqual([0]);
    // With two rows plain Knex would be locked out for ever.
    expect(await knex.migrate.latest({ directory: project.migrations })).toEqual([1, ['002_dogs.js']]);
  });

  test('what Knex records next gets an id and a batch of its own', async () => {
    await legacyAt1();
    await adopt({ knex, migrations: project.migrations });
    const rows = await knex('knex_migrations').select('id', 'name', 'batch').orderBy('id');
    expect(rows).toEqual([
      { id: 1, name: '001_cats.js', batch: null },
      { id: 2, name: '002_dogs.js', batch: 1 },
    ]);
  });

  test("the host's instance stays open and as found", async () => {
    await legacyAt1();
    const before = structuredClone({ ...knex.client.config.migrations });
    await adopt({ knex, migrations: project.migrations });
    expect({ ...knex.client.config.migrations }).toEqual(before);
    expect(await knex('cats').count({ n: '*' })).toHaveLength(1);
    expect(knex.client.pool.numUsed()).toBe(0);
  });
});

describe('a migration that opts out of transactions, on PostgreSQL', () => {
  let project: Project;
  let database: TestDatabase;

  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration(['create table cats (id int primary key, name text)'], ['drop table cats']),
      '002_index.js': rawMigration(
        [
          'create index concurrently cats_name on cats (name)',
          'insert into cats (id) select coalesce(max(id), 0) + 1 from cats',
        ],
        ['drop index cats_name'],
        'exports.config = { transaction: false };',
      ),
    });
    database = await createDatabase('postgres');
    await project.record(database.knex());
  });
  afterAll(async () => {
    await project?.remove();
    await database?.dispose();
  });

  test('runs once among processes that start together, and leaves a valid index (pain 20)', async () => {
    const starters = Array.from({ length: 6 }, () => database.knex({ pool: { min: 0, max: 1 } }));
    const reports = await Promise.all(
      starters.map((knex) => adopt({ knex, migrations: project.migrations })),
    );
    expect(reports.flatMap((report) => report.ran)).toEqual(['001_cats.js', '002_index.js']);
    const knex = database.knex();
    expect(await knex('cats').select('id')).toEqual([{ id: 1 }]);
    expect(
      (await knex.raw("select indisvalid from pg_index where indexrelid = 'cats_name'::regclass")).rows,
    ).toEqual([{ indisvalid: true }]);
  });
});

describe('a history in another schema, on PostgreSQL', () => {
  test('is a question, not a fresh database', async () => {
    const database = await createDatabase('postgres');
    const project = await createProject(FILES);
    try {
      const knex = database.knex();
      await project.record(knex);
      await knex.raw('create schema app');
      const inApp = database.knex({ searchPath: ['app'] });
      await adopt({ knex: inApp, migrations: project.migrations });
      const error = await failureOf(adopt({ knex, migrations: project.migrations }));
      expect(error.code).toBe('HISTORY.SEVERAL');
      expect(await adopt({ knex: inApp, migrations: project.migrations, schemas: ['app'] })).toMatchObject({
        outcome: 'up-to-date',
      });
    } finally {
      await database.dispose();
      await project.remove();
    }
  });
});
