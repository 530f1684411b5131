import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDatabase, runSql } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { serverUrls } from '../support/server-urls.ts';
import { withConnection } from '../support/sql-connection.ts';
import { withDatabase } from '../support/test-database.ts';
import { createProject, failureOf, ROOT, run, runProcess, start } from './command-line.ts';

const REVISIONS = ['001_initial_schema', '002_cat_recognition', '003_activity_features'] as const;

/** A database that is always there, on which a scratch database is made. */
async function maintenanceUrl(family: 'postgres' | 'mysql'): Promise<string> {
  const server = (await serverUrls())[family];
  return withDatabase(server, family === 'postgres' ? 'postgres' : 'mysql');
}

async function scratchDatabases(family: 'postgres' | 'mysql'): Promise<readonly unknown[]> {
  const sql =
    family === 'postgres'
      ? `SELECT datname FROM pg_database WHERE datname LIKE 'knex_adopt_scratch%'`
      : `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'knex_adopt_scratch%'`;
  return withConnection(await maintenanceUrl(family), ({ query }) => query(sql));
}

/** Other tests have scratch databases on the same server, which come and go; one that was left behind never goes. */
async function expectNoneLeft(family: 'postgres' | 'mysql'): Promise<void> {
  const found = (await scratchDatabases(family)).map((row) => JSON.stringify(row));
  await expect
    .poll(
      async () => {
        const still = (await scratchDatabases(family)).map((row) => JSON.stringify(row));
        return found.filter((one) => still.includes(one));
      },
      { timeout: 120_000, interval: 250 },
    )
    .toEqual([]);
}

function manifest(folder: string, family: string, revision: string): Promise<string> {
  return readFile(join(folder, 'migrations/manifests', family, `${revision}.json`), 'utf8');
}

describe('manifests in an embedded database, with no server at all', () => {
  test('are built, the same bytes as those committed, then checked, then found stale', async () => {
    const project = await createProject({}, { chain: true });
    await rm(join(project.folder, 'migrations/manifests'), { recursive: true });
    const built = await project.run(['manifest', 'build', '--json']);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(JSON.parse(built.stdout)).toEqual({
      format: 1,
      dialect: 'postgres',
      changes: REVISIONS.map((revision) => ({ revision, change: 'added' })),
    });
    for (const [index, revision] of REVISIONS.entries()) {
      expect(built.stderr).toContain(`replayed ${revision} (${index + 1} of 3)`);
      const without = (text: string) => text.replace(/"recordedOn": "[^"]*"/, '');
      const committed = await readFile(join(ROOT, `migrations/manifests/postgres/${revision}.json`), 'utf8');
      expect(without(await manifest(project.folder, 'postgres', revision))).toBe(without(committed));
    }
    await project.write({
      'migrations/004_toys.js': `export const up = (knex) => knex.schema.createTable('toys', (t) => { t.increments(); });
        export const down = (knex) => knex.schema.dropTable('toys');`,
    });
    const stale = await project.run(['manifest', 'check']);
    expect(stale.exitCode).toBe(4);
    expect(failureOf(stale)).toMatchObject({
      code: 'MANIFEST.STALE',
      message: expect.stringContaining('004_toys'),
    });
    expect(await readdir(join(project.folder, 'migrations/manifests/postgres'))).toHaveLength(3);
  });
});

describe.each(['postgres', 'mysql'] as const)('manifests on a %s server', (family) => {
  test('are checked on a scratch database that is gone afterwards', async () => {
    const ended = await run(['manifest', 'check', '--url', await maintenanceUrl(family)]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    await expectNoneLeft(family);
  });

  test('leave no scratch database behind when a migration fails, or when interrupted', async () => {
    const project = await createProject({}, { chain: true });
    await project.write({
      'migrations/004_toys.ts': `export const up = (knex) => knex.raw('nonsense'); export const down = async () => {};`,
    });
    const url = await maintenanceUrl(family);
    const failed = await project.run(['manifest', 'build', '--url', url]);
    expect(failed.exitCode).toBe(4);
    expect(failureOf(failed)).toMatchObject({
      code: 'MIGRATIONS.FAILED',
      message: expect.stringContaining('004_toys.ts'),
    });
    await project.write({
      'migrations/004_toys.ts': `export const up = () => new Promise((done) => setTimeout(done, 1500)); export const down = async () => {};`,
    });
    const building = start(['manifest', 'build', '--url', url], { cwd: project.folder });
    await building.saying('replayed 003');
    building.child.kill('SIGINT');
    expect((await building.ended).exitCode).toBe(130);
    await expectNoneLeft(family);
    expect(await readdir(join(project.folder, 'migrations/manifests', family))).toHaveLength(3);
  });
});

test('an extension that the embedded database does not have: the hint names a server', async () => {
  const project = await createProject({
    'migrations/001_ids.js': `exports.up = (knex) => knex.raw('create extension "no_such_extension"'); exports.down = async () => {};`,
  });
  const failed = await project.run(['manifest', 'build']);
  expect(failureOf(failed)).toMatchObject({
    code: 'MIGRATIONS.FAILED',
    hint: expect.stringMatching(/does not have that extension.* --url/),
  });
});

test('manifest record takes the expectation from a live database, upon what comes before', async () => {
  const database = await createDatabase('postgres');
  try {
    await runSql(database, await loadFixture('postgres', 'legacy-002'));
    const project = await createProject({}, { chain: true });
    const at = ['--url', database.url];
    const between = await project.run(['manifest', 'record', REVISIONS[1], ...at]);
    expect(between.exitCode).toBe(2);
    expect(failureOf(between)).toMatchObject({
      code: 'MANIFEST.CHAIN',
      message: expect.stringContaining('003'),
    });
    await rm(join(project.folder, `migrations/manifests/postgres/${REVISIONS[2]}.json`));
    const recorded = await project.run(['manifest', 'record', REVISIONS[1], '--json', ...at]);
    expect(recorded.exitCode, recorded.stderr).toBe(0);
    expect(JSON.parse(recorded.stdout)).toMatchObject({
      change: 'changed',
      details: { revision: REVISIONS[1], parent: REVISIONS[0] },
    });
    // The same structure, from another server: nothing that was expected is lost.
    expect(JSON.parse(recorded.stdout)).toMatchObject({ replaced: [] });
    expect(recorded.stderr).not.toContain('replaced');
    const fingerprint = (text: string) => (JSON.parse(text) as { fingerprint: string }).fingerprint;
    expect(fingerprint(await manifest(project.folder, 'postgres', REVISIONS[1]))).toBe(
      fingerprint(await manifest(ROOT, 'postgres', REVISIONS[1])),
    );
    await runSql(database, 'alter table feedback add column stray int; drop table cat_features');
    const again = await project.run(['manifest', 'record', REVISIONS[1], ...at]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toMatch(
      new RegExp(`expected of ${REVISIONS[1]} until now is replaced .*: cat_features, feedback\\n`),
    );
  } finally {
    await database.dispose();
  }
});

test('show and manifest show tell of one revision, and ask no database', async () => {
  const shown = await run(['show', REVISIONS[1], '--json']);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    format: 1,
    revision: REVISIONS[1],
    recordedName: `${REVISIONS[1]}.ts`,
    position: 2,
    of: 3,
    parent: REVISIONS[0],
    reversible: true,
    transactional: true,
    dialect: 'postgres',
  });
  const { tables } = JSON.parse(shown.stdout) as { tables: { table: string; change: string }[] };
  expect(tables.map(({ table, change }) => `${table} ${change}`)).toEqual([
    'cat_features created',
    'cat_recognition_models created',
    'detection_results changed',
  ]);
  const expectation = await run(['manifest', 'show', REVISIONS[1], '--dialect', 'mysql']);
  expect(JSON.parse(expectation.stdout)).toMatchObject({
    dialect: 'mysql',
    tables: { feedback: {}, cat_features: {}, detection_results: {} },
  });
  const unknown = await run(['show', '009_nothing']);
  expect([failureOf(unknown).code, unknown.exitCode]).toEqual(['USAGE.UNKNOWN_REVISION', 2]);
});

describe('create', () => {
  test('numbers and writes a migration as those before it are', async () => {
    const project = await createProject({}, { chain: true });
    const created = await project.run(['create', 'add cat weights']);
    expect(created).toMatchObject({ exitCode: 0, stdout: 'migrations/004_add_cat_weights.ts\n' });
    const again = await project.run(['create', 'add-cat-weights']);
    expect([failureOf(again).code, again.exitCode]).toEqual(['MIGRATIONS.EXISTS', 2]);
    const odd = await project.run(['create', '../escape']);
    expect([failureOf(odd).code, odd.exitCode]).toEqual(['USAGE.INVALID', 2]);
    const offline = await project.run(['validate', '--offline', '--json']);
    expect(offline.exitCode).toBe(2);
    expect(JSON.parse(offline.stdout)).toMatchObject({
      migrations: 4,
      replayed: null,
      problems: [{ code: 'MANIFEST.CHAIN' }, { code: 'MANIFEST.CHAIN' }],
    });
  });

  test.each([
    [
      '{"type":"module"}',
      '20240102030405_first.js',
      'export const up = 1;',
      /^\d{14}_next\.js$/,
      /export async function up/,
    ],
    ['{}', '20240102030405_first.js', 'exports.up = 1;', /^\d{14}_next\.js$/, /exports\.up = /],
    ['{}', '0009_first.mjs', 'export const up = 1;', /^0010_next\.mjs$/, /export async function up/],
    ['{"type":"module"}', '09_first.cjs', 'exports.up = 1;', /^10_next\.cjs$/, /exports\.up = /],
  ])('in a project with %s, after %s', async (packageJson, file, text, name, body) => {
    const project = await createProject({ 'package.json': packageJson, [`migrations/${file}`]: text });
    const created = await project.run(['create', 'next']);
    expect(created.exitCode, created.stderr).toBe(0);
    const [, made = ''] = (await readdir(join(project.folder, 'migrations'))).sort();
    expect(made).toMatch(name);
    expect(await readFile(join(project.folder, 'migrations', made), 'utf8')).toMatch(body);
  });
});

describe('validate', () => {
  test('passes this repository, replayed on a server', async () => {
    const ended = await run(['validate', '--json', '--url', await maintenanceUrl('mysql')]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      format: 1,
      migrations: 3,
      dialects: ['postgres', 'mysql'],
      replayed: 'mysql',
      problems: [],
    });
  });

  test('names what does not load, what has no down, and what changed since the manifests were made', async () => {
    const project = await createProject({}, { chain: true });
    const file = 'migrations/003_activity_features.ts';
    const text = await readFile(join(project.folder, file), 'utf8');
    await project.write({
      [file]: `${text}\nthrow new Error('no');`,
      'migrations/004_a.js': 'export const up = () => {};',
    });
    const files = await project.run(['validate', '--offline', '--json']);
    const { problems } = JSON.parse(files.stdout) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).toEqual([
      'MIGRATIONS.LOAD',
      'MIGRATIONS.INVALID',
      'MANIFEST.CHAIN',
      'MANIFEST.CHAIN',
    ]);
    await rm(join(project.folder, 'migrations/004_a.js'));
    expect(text).toContain("'movement_score'");
    await project.write({ [file]: text.replaceAll("'movement_score'", "'movement_mark'") });
    const stale = await project.run(['validate', '--url', await maintenanceUrl('postgres')]);
    expect(stale.exitCode).toBe(4);
    expect(stale.stdout).toContain('MANIFEST.STALE');
  });
});

test('what a migration does without waiting for it fails as the migration does, and leaves nothing', async () => {
  const database = await createDatabase('postgres');
  try {
    const project = await createProject({
      'package.json': '{ "type": "module" }',
      'migrations/001_cats.js': `export const up = (knex) => knex.schema.createTable('cats', (t) => { t.increments(); });
        export const down = (knex) => knex.schema.dropTable('cats');`,
      'migrations/002_dogs.js': `export const up = async (knex) => {
          await knex.schema.createTable('dogs', (t) => { t.increments(); });
          if (process.env.STRAY === 'yes') void knex('nowhere').select().then();
          await knex.raw('select pg_sleep(1)');
        };
        export const down = (knex) => knex.schema.dropTable('dogs');`,
    });
    expect((await project.run(['manifest', 'build', '--quiet', '--url', database.url])).exitCode).toBe(0);
    const ended = await runProcess(['handle-legacy', '--yes', '--url', database.url], {
      cwd: project.folder,
      env: { STRAY: 'yes' },
    });
    expect(ended.exitCode, ended.stderr).toBe(4);
    expect(failureOf(ended)).toMatchObject({ code: 'MIGRATIONS.FAILED' });
    expect(ended.stderr).toContain('Migration 002_dogs.js failed at what it does not wait for: ');
    expect(ended.stderr).toContain('relation "nowhere" does not exist');
    expect(ended.stderr).not.toContain('    at ');
    expect(await database.knex().schema.hasTable('cats')).toBe(false);
  } finally {
    await database.dispose();
  }
});
