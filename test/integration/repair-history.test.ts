/**
 * Histories in trouble, each made on a real server: it is told, what is proved is mended and nothing else, what is not proved is refused with
 * nothing written, and what was done can be undone.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { type RepairOptions, type RepairReport, repairHistory } from '../../src/repair-history.ts';
import { upgrade } from '../../src/upgrade.ts';
import { openWorkspace } from '../../src/workspace.ts';
import {
  createDatabase,
  createReader,
  type Family,
  runSql,
  statementsDuring,
  type TestDatabase,
} from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const table = (name: string) =>
  rawMigration([`create table ${name} (id int primary key)`], [`drop table ${name}`]);

const FILES = {
  '001_cats.js': table('cats'),
  '002_fill.js': rawMigration(['insert into cats (id) values (1)'], ['delete from cats']),
  '003_dogs.js': table('dogs'),
  '004_birds.js': table('birds'),
};

describe.each(['postgres', 'mysql'] as const)('on %s', (family: Family) => {
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
    await adopt({ knex, migrations: project.migrations });
  });
  afterEach(() => database?.dispose());

  const repair = (options: Partial<RepairOptions> = {}) =>
    repairHistory({ knex, migrations: project.migrations, ...options });
  const detect = () => detectState({ knex, migrations: project.migrations });
  const rows = () => knex('knex_migrations').select('id', 'name', 'batch').orderBy('id');
  const names = async () => (await rows()).map((row: { name: string }) => row.name);
  const locks = () => knex('knex_migrations_lock').pluck('is_locked');
  const everything = async () => [
    await knex('knex_migrations').select('*').orderBy('id'),
    await locks(),
    await knex.schema.hasTable('dogs'),
  ];
  const problem = async () => (await detect()).history.problem;

  /** Runs what a report says undoes it, and expects the rows that it says were there. */
  async function expectUndone(report: RepairReport, before: unknown): Promise<void> {
    await runSql(database, report.undo.map((statement) => `${statement};`).join('\n'));
    expect(await everything()).toEqual(before);
  }

  /** Expects a refusal by these codes, that nothing was written for it, and that it says what to do. */
  async function expectRefused(codes: readonly string[], options: Partial<RepairOptions> = {}) {
    const before = await everything();
    const statements = await statementsDuring(database, () => repair(options));
    expect(
      statements.filter((sql) => /^\s*(?:insert|update|delete|alter|lock|select setval)/i.test(sql)),
    ).toEqual([]);
    const report = await repair(options);
    expect(report).toMatchObject({ outcome: 'refused', mended: [] });
    expect(report.plan.refused.map(({ code }) => code)).toEqual(codes);
    expect(report.plan.refused.every(({ hint }) => hint.length > 20)).toBe(true);
    expect(await everything()).toEqual(before);
    return report;
  }

  /** Expects that one step mends what is wrong, can be undone, and leaves a history that Knex goes on with. */
  async function expectMended(step: string, options: Partial<RepairOptions> = {}): Promise<RepairReport> {
    const before = await everything();
    const planned = await repair({ ...options, dryRun: true });
    expect(planned.outcome).toBe('planned');
    expect(await everything()).toEqual(before);
    const report = await repair(options);
    expect(report).toMatchObject({ outcome: 'mended', mended: [step], plan: { steps: [{ name: step }] } });
    expect(await problem()).toBeNull();
    await expectUndone(report, before);
    // A server goes on naming the connection that undid it for a moment, and whoever is connected may hold the lock.
    await expect.poll(() => repair(options), { timeout: 60_000 }).toMatchObject({ outcome: 'mended' });
    expect(await repair()).toMatchObject({ outcome: 'healthy', plan: { steps: [], refused: [] } });
    return report;
  }

  test('a history in order has nothing to mend', async () => {
    const before = await everything();
    expect(await problem()).toBeNull();
    expect(await repair()).toMatchObject({ outcome: 'healthy', undo: [], plan: { available: [] } });
    expect(await everything()).toEqual(before);
  });

  test('names recorded with another extension are renamed, in either direction', async () => {
    for (const extension of ['.ts', '.mjs']) {
      await knex('knex_migrations')
        .where({ name: '001_cats.js' })
        .update({ name: `001_cats${extension}` });
      await knex('knex_migrations')
        .where({ name: '003_dogs.js' })
        .update({ name: `003_dogs${extension}` });
      expect(await problem()).toContain(`records "001_cats${extension}", "003_dogs${extension}"`);
      const report = await expectMended('extensions');
      expect(report.plan.notices).toHaveLength(1);
      expect(await names()).toEqual(Object.keys(FILES));
    }
    expect(await knex.migrate.list({ directory: project.migrations })).toMatchObject([{ length: 4 }, []]);
  });

  test('one migration that is recorded with two extensions may have run twice, and is refused', async () => {
    await knex('knex_migrations').insert({ name: '003_dogs.ts', batch: 9 });
    await expectRefused(['HISTORY.EXTENSION']);
  });

  test('of rows that are recorded twice the first stays, whatever their batch', async () => {
    await knex('knex_migrations').insert([
      { name: '001_cats.js', batch: 7, migration_time: new Date('2026-01-02T03:04:05Z') },
      { name: '001_cats.js', batch: null },
    ]);
    expect(await problem()).toContain('"001_cats.js", "001_cats.js" more than once');
    const first = (await rows()).slice(0, 4);
    const report = await expectMended('duplicates');
    expect(report.plan.steps[0]?.proof).toMatch(/001_cats\.js \(id 5\), 001_cats\.js \(id 6\)/);
    expect(report.before.history).toHaveLength(6);
    expect(await rows()).toEqual(first);
  });

  test('a name that differs only in case is another name, also where the server compares without it', async () => {
    await knex('knex_migrations').insert({ name: '001_CATS.js', batch: 2 });
    await expectRefused(['HISTORY.UNKNOWN_NAMES']);
  });

  test('a renamed migration gets its new name where it is the one at its place and the schema shows it', async () => {
    await knex('knex_migrations').where({ name: '003_dogs.js' }).update({ name: '003_hounds.js' });
    expect(await problem()).toMatch(/"003_hounds\.js".*the chain has 003_dogs.*it was renamed/);
    await expectMended('renamed:003_dogs');
    expect(await names()).toEqual(Object.keys(FILES));
  });

  test('a renamed migration of which the schema shows nothing is not proved', async () => {
    await knex('knex_migrations').where({ name: '003_dogs.js' }).update({ name: '003_hounds.js' });
    await knex.schema.dropTable('dogs');
    expect(await problem()).not.toContain('renamed');
    await expectRefused(['HISTORY.UNKNOWN_NAMES', 'HISTORY.GAP']);
  });

  test('two names that nobody knows are not matched by guessing', async () => {
    await knex('knex_migrations').where({ name: '003_dogs.js' }).update({ name: '003_hounds.js' });
    await knex('knex_migrations').where({ name: '004_birds.js' }).update({ name: '004_fowl.js' });
    await expectRefused(['HISTORY.UNKNOWN_NAMES']);
  });

  test('a database that is newer than the code is refused, with what to do', async () => {
    await knex('knex_migrations').insert({ name: '005_fish.js', batch: 2 });
    const { plan } = await expectRefused(['HISTORY.UNKNOWN_NAMES']);
    expect(plan.refused[0]?.hint).toMatch(/Deploy the code.*--table NAME/);
  });

  test('a gap is filled where the schema shows the migration, and the row is marked as adopted', async () => {
    await knex('knex_migrations').where({ name: '003_dogs.js' }).delete();
    expect(await problem()).toContain('"003_dogs" is not recorded');
    await expectMended('gap:003_dogs');
    expect((await rows()).at(-1)).toMatchObject({ name: '003_dogs.js', batch: null });
    expect((await adopt({ knex, migrations: project.migrations })).outcome).toBe('up-to-date');
  });

  test('a gap whose migration the schema does not show is refused: Knex has to run it', async () => {
    await knex('knex_migrations').where({ name: '003_dogs.js' }).delete();
    await knex.schema.dropTable('dogs');
    const { plan } = await expectRefused(['HISTORY.GAP']);
    expect(plan.refused[0]?.hint).toContain('npx knex migrate:up 003_dogs.js');
  });

  test.each([
    ['a probe', 'probes/002_fill.sql', 'select exists (select 1 from cats where id = 1)'],
    ['a policy', 'decisions.json', '{ "format": 1, "policies": { "002_fill": "skip" } }'],
  ])(
    'a gap whose migration leaves no trace is refused until %s says that it has run',
    async (_what, file, text) => {
      await knex('knex_migrations').where({ name: '002_fill.js' }).delete();
      const { plan } = await expectRefused(['HISTORY.GAP']);
      expect(plan.refused[0]?.hint).toMatch(/probe.*policy.*npx knex migrate:up 002_fill\.js/);
      const path = join(project.migrations, 'manifests', file);
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
        await knex('cats').delete();
        if (file.endsWith('.sql')) await expectRefused(['HISTORY.GAP']);
        await knex('cats').insert({ id: 1 });
        await expectMended('gap:002_fill');
      } finally {
        await rm(path);
      }
    },
  );

  test('one step can be chosen by name where another trouble is refused', async () => {
    await knex('knex_migrations').insert([{ name: '001_cats.js' }, { name: '005_fish.js', batch: 2 }]);
    const { plan } = await expectRefused(['HISTORY.UNKNOWN_NAMES']);
    expect(plan.available).toEqual(['duplicates']);
    const report = await repair({ only: ['duplicates'] });
    expect(report).toMatchObject({ outcome: 'mended', mended: ['duplicates'] });
    expect(report.plan.notices).toEqual([expect.stringContaining('005_fish.js')]);
    expect(await names()).toEqual([...Object.keys(FILES), '005_fish.js']);
    await expect(repair({ only: ['duplicates'] })).rejects.toMatchObject({ code: 'USAGE.INVALID' });
  });

  test.each([
    ['no row', []],
    ['two free rows', [0, 0]],
    ['a row that says nothing', [null]],
    ['a taken row beside a free one', [0, 1]],
  ])('a lock table with %s gets exactly one, free row', async (_what, values) => {
    await knex('knex_migrations_lock').delete();
    if (values.length > 0)
      await knex('knex_migrations_lock').insert(values.map((is_locked) => ({ is_locked })));
    expect(await problem()).toContain('lock table');
    await expectMended('lock');
    expect(await locks()).toEqual([0]);
  });

  test('a lock that a killed migration or a dump left is freed when nobody is connected who could hold it', async () => {
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    expect((await detect()).history).toMatchObject({
      lock: 'stale',
      problem: expect.stringContaining('nobody'),
    });
    await expectMended('lock');
    expect(await locks()).toEqual([0]);
  });

  test.each([1, null])(
    'a lock of %s that somebody may hold is freed only by --force-unlock',
    async (value) => {
      await knex('knex_migrations_lock').update({ is_locked: value });
      const other = await database.connect();
      try {
        const { plan } = await expectRefused(['LOCK.KNEX_HELD']);
        expect(plan.refused[0]?.message).toMatch(/not proved: (?:backend|connection) \d+/);
        expect(plan.refused[0]?.hint).toContain('--force-unlock');
        await expectRefused(['LOCK.KNEX_HELD'], { only: [] });
        expect(await repair({ forceUnlock: true })).toMatchObject({ outcome: 'mended', mended: ['lock'] });
        expect(await locks()).toEqual([0]);
      } finally {
        await other.close();
      }
    },
  );

  test('nothing else is mended either while somebody may be migrating', async () => {
    await knex('knex_migrations').insert({ name: '001_cats.js' });
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    const other = await database.connect();
    try {
      await expectRefused(['LOCK.KNEX_HELD'], { only: ['duplicates'] });
    } finally {
      await other.close();
    }
  });

  test.each([
    ['a history', () => knex('knex_migrations').insert({ name: '002_fill.js', batch: 3 })],
    ['a schema', () => knex.raw('alter table dogs add column age int')],
  ])('a plan is not carried out on %s that changed since', async (_what, change) => {
    await knex('knex_migrations').insert({ name: '001_cats.js' });
    const confirm = async () => {
      await change();
      return true;
    };
    await expect(repair({ confirm })).rejects.toMatchObject({ code: 'PLAN.STALE' });
    expect(await knex('knex_migrations').where({ name: '001_cats.js' })).toHaveLength(2);
  });

  test('a Knex that is writing at that moment is not written over', async () => {
    await knex('knex_migrations').insert({ name: '001_cats.js' });
    const trx = await database.knex().transaction();
    try {
      await trx('knex_migrations_lock').where({ is_locked: 0 }).update({ is_locked: 1 });
      await expect(repair()).rejects.toMatchObject({ code: 'LOCK.KNEX_HELD' });
    } finally {
      await trx.rollback();
    }
    expect(await names()).toHaveLength(5);
    expect(await repair()).toMatchObject({ outcome: 'mended' });
  });

  test('of two repairs at once one mends, and the other finds that its plan is void', async () => {
    await knex('knex_migrations').insert({ name: '001_cats.js' });
    let ready = 0;
    const both = [knex, database.knex()].map((one) =>
      repair({
        knex: one,
        // Neither begins before both have looked.
        confirm: async () => {
          ready += 1;
          await expect.poll(() => ready, { timeout: 30_000 }).toBe(2);
          return true;
        },
      }),
    );
    const [done, lost] = (await Promise.allSettled(both)).sort((a, b) => (a.status < b.status ? -1 : 1));
    expect(done).toMatchObject({ status: 'fulfilled', value: { outcome: 'mended' } });
    expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'PLAN.STALE' } });
    expect(await names()).toEqual(Object.keys(FILES));
  });

  test('asked and told no, nothing is done', async () => {
    await knex('knex_migrations').insert({ name: '001_cats.js' });
    const before = await everything();
    expect(await repair({ confirm: async () => false })).toMatchObject({ outcome: 'declined', mended: [] });
    expect(await everything()).toEqual(before);
  });

  test('a role that may only read sees the plan, and a role that may not write is told so', async () => {
    await knex('knex_migrations').insert({ name: '001_cats.js' });
    const url = await createReader(database);
    const reader = (await import('knex')).default({
      client: family === 'mysql' ? 'mysql2' : 'pg',
      connection: url,
      pool: { min: 0, max: 2 },
    });
    try {
      const as = { knex: reader, migrations: project.migrations };
      const statements = await statementsDuring(database, async () => {
        expect(await repairHistory({ ...as, dryRun: true })).toMatchObject({ outcome: 'planned' });
      });
      expect(
        statements.filter((sql) =>
          /^\s*(?:insert|update|delete|alter|lock table)|for update|setval/i.test(sql),
        ),
      ).toEqual([]);
      await expect(repairHistory(as)).rejects.toMatchObject({ code: 'PLAN.FORBIDDEN' });
    } finally {
      await reader.destroy();
    }
    expect(await names()).toHaveLength(5);
  });
});

describe('on postgres', () => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject(FILES);
    const server = await createDatabase('postgres');
    await project.record(server.knex());
    await server.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase('postgres');
    knex = database.knex();
  });
  afterEach(() => database?.dispose());

  test.each([
    ['serial', 'id serial primary key'],
    ['identity', 'id int generated by default as identity primary key'],
  ])(
    'explicit ids ahead of a %s: told, nothing is run on it, and the sequence goes on after them',
    async (_kind, id) => {
      const at = { knex, migrations: project.migrations };
      await adopt({ ...at, to: '001_cats' });
      await runSql(
        database,
        `drop table knex_migrations;
       create table knex_migrations (${id}, name varchar(255), batch int, migration_time timestamptz);
       insert into knex_migrations (id, name, batch) values (1, '001_cats.js', 1);`,
      );
      expect((await detectState(at)).history.problem).toMatch(
        /would give the id 1 next, and ids up to 1 are taken/,
      );
      const refused = await adopt(at);
      expect(refused.plan?.refused).toMatchObject([
        { code: 'HISTORY.SEQUENCE', hint: expect.stringContaining('repair-history') },
      ]);
      await expect(upgrade(await openWorkspace(at), 'head', at)).rejects.toMatchObject({
        code: 'HISTORY.SEQUENCE',
      });
      expect(await knex.schema.hasTable('dogs')).toBe(false);
      const report = await repairHistory(at);
      expect(report).toMatchObject({ outcome: 'mended', mended: ['ids'] });
      expect(report.undo).toEqual([
        expect.stringMatching(/^select setval\('.*knex_migrations_id_seq', 1, false\)$/),
      ]);
      expect((await detectState(at)).history.problem).toBeNull();
      expect((await adopt(at)).outcome).toBe('upgraded');
      expect(await knex('knex_migrations').max('id as id')).toEqual([{ id: 4 }]);
    },
  );

  test('an id without anything that gives it numbers is refused', async () => {
    const at = { knex, migrations: project.migrations };
    await adopt(at);
    await knex.raw('alter table knex_migrations alter column id drop default');
    expect((await repairHistory(at)).plan.refused).toMatchObject([{ code: 'HISTORY.SEQUENCE' }]);
  });

  test('histories in two schemas are for a human to choose between', async () => {
    const at = { knex, migrations: project.migrations };
    await adopt(at);
    await runSql(
      database,
      'create schema app; create table app.knex_migrations (like public.knex_migrations);',
    );
    await expect(repairHistory(at)).rejects.toMatchObject({
      code: 'HISTORY.SEVERAL',
      message: expect.stringMatching(/app and public|public and app/),
      hint: expect.stringContaining('--schema'),
    });
    expect(await knex('knex_migrations').pluck('name')).toHaveLength(4);
    expect(await repairHistory({ ...at, schemas: ['public'] })).toMatchObject({ outcome: 'healthy' });
  });

  test('a session whose role may not write the lock is no holder', async () => {
    const at = { knex, migrations: project.migrations };
    await adopt(at);
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    const reader = (await import('knex')).default({ client: 'pg', connection: await createReader(database) });
    try {
      await reader.raw('select 1');
      expect((await detectState(at)).history.lock).toBe('stale');
      // And it is itself told of those that may.
      const asReader = await detectState({ ...at, knex: reader });
      expect(asReader.history.lock).toBe('held');
    } finally {
      await reader.destroy();
    }
  });
});

test('on pglite, where nobody else can be, a taken lock is stale and what is wrong is mended', async () => {
  const project = await createProject(FILES);
  const server = await createDatabase('postgres');
  await project.record(server.knex());
  await server.dispose();
  const database = await createDatabase('pglite');
  try {
    const knex = database.knex();
    const at = { knex, migrations: project.migrations };
    await adopt(at);
    await knex('knex_migrations').where({ name: '003_dogs.js' }).update({ name: '003_dogs.ts' });
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    await knex.raw("select setval('knex_migrations_id_seq', 2)");
    expect((await detectState(at)).history.lock).toBe('stale');
    const report = await repairHistory(at);
    expect(report).toMatchObject({ outcome: 'mended', mended: ['extensions', 'lock', 'ids'] });
    expect((await detectState(at)).history).toMatchObject({ lock: 'free', problem: null });
    for (const statement of report.undo) await knex.raw(statement);
    expect((await repairHistory({ ...at, dryRun: true })).plan.available).toEqual([
      'extensions',
      'lock',
      'ids',
    ]);
  } finally {
    await database.dispose();
    await project.remove();
  }
});

describe('on mysql', () => {
  test('a user who does not see the sessions of others cannot prove that a lock is stale', async () => {
    const project = await createProject(FILES);
    const database = await createDatabase('mysql');
    const knex = database.knex();
    const at = { knex, migrations: project.migrations };
    await project.record(knex);
    await adopt(at);
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    const reader = (await import('knex')).default({
      client: 'mysql2',
      connection: await createReader(database),
    });
    try {
      expect((await detectState({ ...at, knex: reader })).history.lock).toBe('held');
      const report = await repairHistory({ ...at, knex: reader, dryRun: true });
      expect(report.plan.refused).toMatchObject([
        { code: 'LOCK.KNEX_HELD', message: expect.stringContaining('PROCESS') },
      ]);
      expect((await detectState(at)).history.lock).toBe('held');
    } finally {
      await reader.destroy();
    }
    await expect.poll(async () => (await detectState(at)).history.lock, { timeout: 10_000 }).toBe('stale');
    await database.dispose();
    await project.remove();
  });

  test('an id that has lost its AUTO_INCREMENT is told and refused', async () => {
    const project = await createProject(FILES);
    const database = await createDatabase('mysql');
    const knex = database.knex();
    const at = { knex, migrations: project.migrations };
    await project.record(knex);
    await adopt({ ...at, to: '001_cats' });
    await knex.raw('alter table knex_migrations modify id int unsigned not null');
    expect((await detectState(at)).history.problem).toContain('AUTO_INCREMENT');
    expect((await adopt(at)).plan?.refused).toMatchObject([{ code: 'HISTORY.SEQUENCE' }]);
    expect((await repairHistory(at)).plan.refused).toMatchObject([{ code: 'HISTORY.SEQUENCE' }]);
    expect(await knex.schema.hasTable('dogs')).toBe(false);
    await database.dispose();
    await project.remove();
  });
});
