/** What the command line adds to seeds and to what a rebuild set aside: where they are found, and what must be said. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { dropPlaces, placesBeside } from '../support/partial.ts';
import { failureOf } from './command-line.ts';
import { runInProcess } from './in-process.ts';

const CATS = `exports.up = (knex) => knex.schema.createTable('cats', (t) => { t.integer('id').primary(); t.string('name'); });
exports.down = (knex) => knex.schema.dropTable('cats');`;
const DOGS = `exports.up = (knex) => knex.schema.createTable('dogs', (t) => { t.integer('id').primary(); });
exports.down = (knex) => knex.schema.dropTable('dogs');`;
const SEED = `import type { Knex } from 'knex';
export const seed = async (knex: Knex) => { await knex('cats').insert({ id: 1, name: 'Minka' }); };`;

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  let database: TestDatabase;
  let folder: string;

  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
  };
  const knexfile = (adopt: string, seeds: string) =>
    `module.exports = { client: '${family === 'mysql' ? 'mysql2' : 'pg'}', connection: ${JSON.stringify(database.url)}, migrations: { directory: './migrations' }, ${seeds} adopt: ${adopt} };`;
  const command = (...args: string[]) => runInProcess(args, folder);
  const json = async (...args: string[]) => JSON.parse((await command(...args, '--json')).stdout);

  beforeEach(async () => {
    database = await createDatabase(family);
    folder = await mkdtemp(path.join(tmpdir(), 'knex-adopt-seeds-'));
    await write({
      'migrations/001_cats.js': CATS,
      'migrations/002_dogs.js': DOGS,
      'seeds/01_cats.ts': SEED,
      'elsewhere/02_more.js': `exports.seed = (knex) => knex('dogs').insert({ id: 1 });`,
      'knexfile.js': knexfile('{}', ''),
      // Under a name of its own: a module is loaded once in a process.
      'seeded.js': knexfile("{ seed: 'when-fresh' }", "seeds: { directory: ['./seeds', './elsewhere'] },"),
    });
    expect(await command('manifest', 'build')).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringContaining('code:'),
    });
  });
  afterEach(async () => {
    await dropPlaces(database, database.knex()).finally(() => database.dispose());
    await rm(folder, { recursive: true, force: true });
  });

  test('--seed runs the seeds beside the knexfile, once, and the plan names them beforehand', async () => {
    const planned = await command('handle-legacy', '--seed', '--dry-run');
    expect(planned.stdout).toContain('then 1 seed');
    expect(planned.stdout).toContain('01_cats.ts');
    const done = await command('handle-legacy', '--seed', '--yes');
    expect(done).toMatchObject({ exitCode: 0 });
    expect(done.stdout).toContain('2 migrations run on a fresh database, then 1 seed');
    expect(await database.knex()('cats').pluck('name')).toEqual(['Minka']);
    expect(await json('handle-legacy', '--seed', '--yes')).toMatchObject({
      outcome: 'up-to-date',
      seeded: [],
    });
    expect(await command('startup', '--seed')).toMatchObject({ exitCode: 0 });
    expect(await database.knex()('cats').pluck('name')).toEqual(['Minka']);
  });

  test('the knexfile may say so for every start-up, and where the seeds are', async () => {
    expect(await command('startup', '--knexfile', 'seeded.js')).toMatchObject({ exitCode: 0 });
    expect(await database.knex()('cats').pluck('id')).toEqual([1]);
    expect(await database.knex()('dogs').pluck('id')).toEqual([1]);
  });

  test('--no-seed goes before the knexfile; a script is written only without seeds', async () => {
    const seeded = ['--knexfile', 'seeded.js'];
    const refused = await command('handle-legacy', '--sql', '-', ...seeded);
    expect(refused.exitCode).toBe(4);
    expect(failureOf(refused)).toMatchObject({
      code: 'PLAN.NOT_SCRIPTABLE',
      hint: expect.stringContaining('--no-seed'),
    });
    const written = await command('handle-legacy', '--sql', '-', '--no-seed', ...seeded);
    expect(written).toMatchObject({ exitCode: 0, stderr: '' });
    expect(written.stdout).toContain('dogs');
    expect(await json('handle-legacy', '--no-seed', '--yes', ...seeded)).toMatchObject({
      outcome: 'installed',
      seeded: [],
    });
    expect(await database.knex()('cats').pluck('id')).toEqual([]);
  });

  test('a plan with seeds survives its file', async () => {
    const file = path.join(folder, 'plan.json');
    expect(await command('handle-legacy', '--seed', '--plan', file)).toMatchObject({ exitCode: 0 });
    expect(await json('handle-legacy', '--apply', file, '--yes')).toMatchObject({ seeded: ['01_cats.ts'] });
    expect(await database.knex()('cats').pluck('id')).toEqual([1]);
  });

  test('what a rebuild set aside is named by history, and dropped when the database is named', async () => {
    const knex = database.knex();
    await knex.schema.createTable('cats', (t) => {
      t.integer('id').primary();
      t.text('stray');
    });
    expect(await command('handle-legacy', '--on-partial', 'rebuild', '--yes')).toMatchObject({ exitCode: 0 });
    const [place = ''] = await placesBeside(database, knex);
    expect((await command('history')).stdout.replaceAll(/\s+/g, ' ')).toContain(`set aside in ${place}`);
    const unsaid = await command('drop-set-aside', place);
    expect(unsaid.exitCode).toBe(3);
    expect(failureOf(unsaid).hint).toContain('--database NAME');
    expect((await command('drop-set-aside', place, '--database', 'another')).exitCode).toBe(3);
    expect((await command('drop-set-aside', 'nowhere', '--database', database.name)).exitCode).toBe(4);
    expect(await placesBeside(database, knex)).toEqual([place]);
    const dropped = await command('drop-set-aside', place, '--database', database.name);
    expect(dropped).toMatchObject({ exitCode: 0, stdout: `dropped: ${place}, with 1 table\n` });
    expect(await placesBeside(database, knex)).toEqual([]);
    expect((await command('history')).stdout.replaceAll(/\s+/g, ' ')).toContain(`${place} dropped`);
  });
});
