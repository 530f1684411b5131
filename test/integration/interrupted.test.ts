/** A migration that was interrupted where its statements commit one by one: told apart from drift, with what is there and what to do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { repairHistory } from '../../src/repair-history.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const CATS = rawMigration(['create table cats (id int primary key)'], ['drop table cats']);
const UP = [
  'create table dogs (id int primary key)',
  'insert into cats (id) values (100)',
  'create table birds (id int primary key)',
  'alter table cats add column age int',
] as const;
const DOWN = ['drop table dogs', 'drop table birds', 'alter table cats drop column age'];
/** Stops after its first statement, in the process and not in the server, for as long as it is told to. */
const PAUSED = `exports.up = async (knex) => {
  await knex.raw(${JSON.stringify(UP[0])});
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.PAUSE_MS ?? 0)));
  for (const sql of ${JSON.stringify(UP.slice(2))}) await knex.raw(sql);
};
exports.down = async (knex) => {
  for (const sql of ${JSON.stringify(DOWN)}) await knex.raw(sql);
};`;

describe.each([
  ['mysql', '', /each of its statements commits by itself/],
  ['postgres', 'exports.config = { transaction: false };', /ran without a transaction/],
] as const)('on %s', (family, config, why) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject({ '001_cats.js': CATS, '002_zoo.js': rawMigration(UP, DOWN, config) });
    const server = await createDatabase(family);
    await project.record(server.knex());
    await server.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await adopt({ knex, migrations: project.migrations, to: '001_cats' });
    await knex('cats').insert({ id: 100 });
    await expect(adopt({ knex, migrations: project.migrations })).rejects.toMatchObject({
      code: 'MIGRATIONS.FAILED',
    });
    await knex('cats').delete();
  });
  afterEach(() => database?.dispose());

  const again = () => adopt({ knex, migrations: project.migrations });
  const recorded = () => knex('knex_migrations').orderBy('id').pluck('name');

  test('a migration that failed half-way is refused with its pieces, and runs once they are undone by hand', async () => {
    const { outcome, plan } = await again();
    expect(outcome).toBe('refused');
    const [refusal] = plan?.refused ?? [];
    expect(refusal?.code).toBe('REFUSED.INTERRUPTED');
    expect(refusal?.message).toMatch(
      /^Migration 002_zoo was interrupted, or begun by hand: of what it makes, there is \S+\.dogs; and there is not /,
    );
    expect(refusal?.message).toMatch(/\S+\.birds/);
    expect(refusal?.message).toMatch(/\S+\.cats\.columns\.age/);
    expect(refusal?.message).toMatch(why);
    expect(refusal?.hint).toMatch(/^Undo by hand/);
    expect(await recorded()).toEqual(['001_cats.js']);
    expect(await knex.schema.hasTable('birds')).toBe(false);

    await knex.schema.dropTable('dogs');
    expect(await again()).toMatchObject({ outcome: 'upgraded', ran: ['002_zoo.js'] });
  });

  test('a migration that is there in full and not recorded is recorded only when a human says so by name', async () => {
    await knex.raw(UP[2]);
    await knex.raw(UP[3]);
    const [refusal] = (await again()).plan?.refused ?? [];
    expect(refusal).toMatchObject({
      code: 'REFUSED.INTERRUPTED',
      hint: expect.stringContaining('--only unrecorded:002_zoo'),
    });
    const at = { knex, migrations: project.migrations };
    expect(await repairHistory(at)).toMatchObject({
      outcome: 'refused',
      plan: { refused: [{ code: 'REFUSED.INTERRUPTED' }], available: ['unrecorded:002_zoo'] },
    });
    expect(await recorded()).toEqual(['001_cats.js']);
    const report = await repairHistory({ ...at, only: ['unrecorded:002_zoo'] });
    expect(report).toMatchObject({ outcome: 'mended', after: { standing: 'upToDate', drift: false } });
    expect(await recorded()).toEqual(['001_cats.js', '002_zoo.js']);
    await knex.raw(report.undo[0] ?? '');
    expect(await recorded()).toEqual(['001_cats.js']);
  });

  test('a first migration that fails at its rows is not taken for a database to adopt, until a human says that it was finished', async () => {
    const failing = [
      'create table cats (id int primary key)',
      'insert into cats (id) values (1), (2)',
      'insert into cats (id) values (2), (3)',
    ];
    const sound = await createProject({
      '001_cats.js': rawMigration(failing.slice(0, 2), ['drop table cats'], config),
    });
    const broken = await createProject({ '001_cats.js': rawMigration(failing, ['drop table cats'], config) });
    const empty = await createDatabase(family);
    const plain = empty.knex();
    try {
      const scratch = await createDatabase(family);
      await sound.record(scratch.knex());
      await scratch.dispose();
      const manifests = path.join(sound.migrations, 'manifests');
      const at = { knex: plain, migrations: broken.migrations, manifests };
      await expect(adopt(at)).rejects.toMatchObject({ code: 'MIGRATIONS.FAILED' });
      const { outcome, plan } = await adopt(at);
      expect(outcome).toBe('refused');
      expect(plan?.refused).toMatchObject([
        { code: 'REFUSED.INTERRUPTED', hint: expect.stringContaining('--accept interrupted:001_cats') },
      ]);
      expect(await plain('knex_migrations').select()).toEqual([]);
      await plain('cats').insert({ id: 3 });
      expect(await adopt({ ...at, accept: ['interrupted:001_cats'] })).toMatchObject({
        outcome: 'adopted',
        stamped: ['001_cats'],
      });
    } finally {
      await empty.dispose();
      await broken.remove();
      await sound.remove();
    }
  });

  test('what an install wrote down says nothing once something is recorded: the rest is run, and it is gone', async () => {
    const nowhere = rawMigration(['insert into nowhere values (1)'], [], config);
    const broken = await createProject({ '001_cats.js': CATS, '002_zoo.js': nowhere });
    const empty = await createDatabase(family);
    const plain = empty.knex();
    const open = () => plain('knex_adoption').whereNotNull('journal').pluck('strategy');
    try {
      const manifests = path.join(project.migrations, 'manifests');
      const at = { knex: plain, manifests };
      await expect(adopt({ ...at, migrations: broken.migrations })).rejects.toMatchObject({
        code: 'MIGRATIONS.FAILED',
      });
      expect(await plain('knex_migrations').pluck('name')).toEqual(['001_cats.js']);
      expect(await open()).toHaveLength(1);
      expect(await adopt({ ...at, migrations: project.migrations })).toMatchObject({
        outcome: 'upgraded',
        ran: ['002_zoo.js'],
      });
      expect(await open()).toEqual([]);
    } finally {
      await empty.dispose();
      await broken.remove();
    }
  });

  test('drift that no pending migration explains is drift', async () => {
    await knex.schema.dropTable('dogs');
    await knex.raw('alter table cats add column legs int not null default 4');
    await knex.raw('alter table cats drop column legs');
    await knex.raw(
      family === 'mysql' ? 'alter table cats modify id bigint' : 'alter table cats alter id type bigint',
    );
    expect((await again()).plan?.refused).toMatchObject([{ code: 'REFUSED.DRIFT' }]);
  });
});

describe('a process that is killed in the middle of a migration, on mysql', () => {
  test('leaves pieces and a lock: the holder is told while it lives, and what is to be mended when it is gone (pain 18) (pain 22)', async () => {
    const project = await createProject({ '001_cats.js': CATS, '002_zoo.js': PAUSED });
    const database = await createDatabase('mysql');
    const knex = database.knex();
    const at = { knex, migrations: project.migrations, lockWaitMs: 300 };
    const script = `require('knex')({ client: 'mysql2', connection: process.env.URL })
      .migrate.latest({ directory: process.env.DIRECTORY, loadExtensions: ['.js'] })`;
    try {
      await project.record(knex);
      await adopt({ ...at, to: '001_cats' });
      const child = spawn(process.execPath, ['-e', script], {
        cwd: ROOT,
        stdio: 'ignore',
        env: { PATH: process.env.PATH, URL: database.url, DIRECTORY: project.migrations, PAUSE_MS: '600000' },
      });
      const exited = once(child, 'exit');
      try {
        await expect.poll(() => knex.schema.hasTable('dogs'), { timeout: 30_000 }).toBe(true);
        expect((await detectState(at)).history.lock).toBe('held');
        expect((await adopt(at)).plan?.refused).toMatchObject([
          {
            code: 'REFUSED.INTERRUPTED',
            message: expect.stringContaining('is being run at this moment, or'),
          },
        ]);
        expect((await repairHistory(at)).plan.refused).toMatchObject([{ code: 'LOCK.KNEX_HELD' }]);
      } finally {
        child.kill('SIGKILL');
      }
      await exited;
      await expect.poll(async () => (await detectState(at)).history.lock, { timeout: 10_000 }).toBe('stale');
      expect(await knex('knex_migrations_lock').pluck('is_locked')).toEqual([1]);

      const refused = await adopt(at);
      expect(refused.plan?.refused).toMatchObject([
        {
          code: 'REFUSED.INTERRUPTED',
          message: expect.stringMatching(/002_zoo was interrupted, or begun by hand: .*dogs.*birds/),
          hint: expect.stringContaining('knex-adopt repair-history'),
        },
      ]);
      expect(await repairHistory(at)).toMatchObject({ outcome: 'mended', mended: ['lock'] });
      await knex.schema.dropTable('dogs');
      expect(await adopt(at)).toMatchObject({
        outcome: 'upgraded',
        after: { standing: 'upToDate', drift: false },
      });
    } finally {
      await database.dispose();
      await project.remove();
    }
  });
});
