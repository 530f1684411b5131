/** Seeds once: after a fresh install and nothing else, whoever starts next and whatever was killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { observeHistory } from '../../src/gather.ts';
import { adopt } from '../../src/library.ts';
import { planScript } from '../../src/plan-script.ts';
import { unadopt } from '../../src/unadopt.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf } from '../support/failure.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const CATS = ['create table cats (id int primary key, name varchar(20))'];
const DOGS = ['create table dogs (id int primary key)'];
const SEEDS = {
  '01_cats.ts': `import type { Knex } from 'knex';
export async function seed(knex: Knex): Promise<void> {
  await knex('cats').insert({ id: 1, name: 'Minka' });
}`,
  '02_dogs.js': `exports.seed = async (knex) => { await knex('dogs').insert({ id: 1 }); };`,
  'readme.md': 'no seed',
};

test('on pglite a fresh database is installed and seeded, and a restart does neither', async () => {
  const project = await createProject({ '001_cats.js': rawMigration(CATS, ['drop table cats']) });
  const database = await createDatabase('pglite');
  const knex = database.knex();
  try {
    await project.record(knex);
    const seeds = path.join(project.directory, 'seeds');
    await mkdir(seeds);
    await writeFile(path.join(seeds, '01_cats.ts'), SEEDS['01_cats.ts']);
    knex.client.config.seeds = { directory: seeds };
    const options = { knex, migrations: project.migrations, seed: 'when-fresh' } as const;
    expect(await adopt(options)).toMatchObject({ outcome: 'installed', seeded: ['01_cats.ts'] });
    expect(await adopt(options)).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    expect(await knex('cats').pluck('name')).toEqual(['Minka']);
  } finally {
    await database.dispose();
    await project.remove();
  }
});

/** Brings the database under Knex in a process of its own, which can be killed. */
const ADOPTER = `
import knexFactory from 'knex';
const { adopt } = await import(process.env.ROOT + 'dist/index.js');
const knex = knexFactory({ client: process.env.CLIENT, connection: process.env.URL, seeds: { directory: process.env.SEEDS } });
await adopt({ knex, migrations: process.env.MIGRATIONS, seed: 'when-fresh', lockWaitMs: 60000 });
await knex.destroy();
`;

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  let project: Project;
  let seeds: string;
  let database: TestDatabase;
  let knex: Knex;

  const writeSeeds = async (files: Readonly<Record<string, string>>) => {
    await rm(seeds, { recursive: true, force: true });
    await mkdir(seeds);
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(seeds, name), text);
  };

  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration(CATS, ['drop table cats']),
      '002_dogs.js': rawMigration(DOGS, ['drop table dogs']),
    });
    seeds = path.join(project.directory, 'seeds');
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    await project.write('002_dogs.js', rawMigration(DOGS, ['drop table dogs']));
    await writeSeeds(SEEDS);
    database = await createDatabase(family);
    knex = database.knex();
    knex.client.config.seeds = { directory: seeds };
  });
  afterEach(() => database?.dispose());

  const options = (instance: Knex = knex) =>
    ({ knex: instance, migrations: project.migrations, seed: 'when-fresh' }) as const;
  const rows = async () => [await knex('cats').pluck('name'), await knex('dogs').pluck('id')];
  const sent = async (work: () => Promise<unknown>): Promise<string[]> => {
    const queries: string[] = [];
    const listen = ({ sql }: { readonly sql: string }) => queries.push(sql);
    knex.on('query', listen);
    await work();
    knex.removeListener('query', listen);
    return queries;
  };

  test('a fresh database is installed and seeded, in order, and a restart does neither', async () => {
    expect(await adopt(options())).toMatchObject({
      outcome: 'installed',
      ran: ['001_cats.js', '002_dogs.js'],
      seeded: ['01_cats.ts', '02_dogs.js'],
    });
    expect(await rows()).toEqual([['Minka'], [1]]);
    const [receipt] = await knex('knex_adoption').select('strategy', 'receipt', 'journal');
    expect(receipt).toMatchObject({ strategy: 'seed', journal: null });
    expect(JSON.parse(receipt.receipt)).toMatchObject({ seeds: ['01_cats.ts', '02_dogs.js'] });
    await knex('cats').delete();
    expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    expect(await knex('cats').select()).toEqual([]);
  });

  test('a start-up asks nothing more where no seeds are asked for', async () => {
    await adopt(options());
    const without = await sent(() => adopt({ ...options(), seed: 'never' }));
    const asked = await sent(() => adopt(options()));
    expect(asked.length - without.length).toBe(1);
    expect(without.join('\n')).not.toContain('journal');
  });

  test('of several replicas that start at once, one seeds', async () => {
    const replicas = [1, 2, 3, 4].map(() => {
      const replica = database.knex();
      replica.client.config.seeds = { directory: seeds };
      return replica;
    });
    const reports = await Promise.all(replicas.map((replica) => adopt(options(replica))));
    expect(reports.flatMap(({ seeded }) => seeded)).toEqual(['01_cats.ts', '02_dogs.js']);
    expect(await rows()).toEqual([['Minka'], [1]]);
  });

  test('a legacy database is adopted, a managed one brought up, and neither is seeded', async () => {
    await knex.raw(CATS[0] ?? '');
    expect(await adopt({ ...options(), to: '001_cats' })).toMatchObject({ outcome: 'adopted', seeded: [] });
    expect(await adopt(options())).toMatchObject({ outcome: 'upgraded', seeded: [] });
    expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    expect(await rows()).toEqual([[], []]);
  });

  test('an install that stops before the end of the chain is not seeded, and says so', async () => {
    const report = await adopt({ ...options(), to: '001_cats' });
    expect(report).toMatchObject({ outcome: 'installed', seeded: [] });
    expect(report.plan?.notices.join()).toContain('Seeds are not run');
    expect(await adopt(options())).toMatchObject({ outcome: 'upgraded', seeded: [] });
  });

  test('a database that was emptied, receipts and all but them, is installed and seeded anew', async () => {
    await adopt(options());
    for (const table of ['cats', 'dogs', 'knex_migrations', 'knex_migrations_lock'])
      await knex.schema.dropTable(table);
    expect(await adopt(options())).toMatchObject({
      outcome: 'installed',
      seeded: ['01_cats.ts', '02_dogs.js'],
    });
    expect(await knex('knex_adoption').pluck('strategy')).toEqual(['seed', 'seed']);
  });

  test('a seed that does not load, or is not there, is told before anything is written', async () => {
    const files = await sent(async () => {
      await writeSeeds({ '01.js': 'syntax error' });
      expect(await failureOf(adopt(options()))).toMatchObject({ code: 'SEEDS.LOAD' });
      await writeSeeds({ '02.js': 'exports.up = 1;' });
      expect(await failureOf(adopt(options()))).toMatchObject({ code: 'SEEDS.LOAD' });
      await writeSeeds({ 'readme.md': '' });
      expect(await failureOf(adopt(options()))).toMatchObject({ code: 'SEEDS.MISSING' });
      await rm(seeds, { recursive: true });
      expect(await failureOf(adopt(options()))).toMatchObject({ code: 'SEEDS.MISSING' });
    });
    expect(files.filter((sql) => /^\s*(?:create|insert)/i.test(sql))).toEqual([]);
  });

  test('a seed that fails is named and leaves no row; mended, the seeds run once', async () => {
    const nowhere = 'exports.seed = async (knex) => { await knex.raw("insert into nowhere values (1)"); };';
    await writeSeeds({ ...SEEDS, '03_nowhere.js': nowhere });
    const error = await failureOf(adopt(options()));
    expect(error).toMatchObject({
      code: 'SEEDS.FAILED',
      message: expect.stringContaining('Seed 03_nowhere.js'),
    });
    if (family === 'postgres') expect(await knex.schema.hasTable('cats')).toBe(false);
    else expect(await knex('cats').select()).toEqual([]);
    await writeSeeds(SEEDS);
    const report = await adopt(options());
    expect(report).toMatchObject({ outcome: family === 'postgres' ? 'installed' : 'seeded' });
    expect(report.seeded).toEqual(['01_cats.ts', '02_dogs.js']);
    expect(await rows()).toEqual([['Minka'], [1]]);
    expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date', seeded: [] });
  });

  test('a seedSource of the host is asked in place of files', async () => {
    knex.client.config.seeds = {
      seedSource: {
        getSeeds: async () => [{ cat: 7 }],
        getSeed: async ({ cat }: { readonly cat: number }) => ({
          seed: (trx: Knex) => trx('cats').insert({ id: cat, name: 'Seven' }),
        }),
      },
    };
    expect(await adopt(options())).toMatchObject({ outcome: 'installed', seeded: ['1'] });
    expect(await knex('cats').pluck('name')).toEqual(['Seven']);
  });

  test('the plan says so beforehand, and no script is written of it', async () => {
    const { plan } = await adopt({ ...options(), dryRun: true });
    expect(plan?.steps.map(({ kind }) => kind)).toEqual([
      'create-history',
      'intend-seeds',
      'migrate',
      'seed',
    ]);
    const workspace = await openWorkspace(options());
    if (plan === null) return expect.unreachable();
    const history = await observeHistory(workspace, knex);
    expect(await failureOf(planScript(workspace, plan, history, new Date()))).toMatchObject({
      code: 'PLAN.NOT_SCRIPTABLE',
      hint: expect.stringContaining('--no-seed'),
    });
  });

  test('that seeds have run is no adoption that could be taken back', async () => {
    await adopt(options());
    const workspace = await openWorkspace(options());
    const error = await failureOf(unadopt(workspace, { confirm: async () => {} }));
    expect(error).toMatchObject({ code: 'REFUSED.NO_RECEIPT' });
  });

  describe('a process that is killed', () => {
    const client = family === 'postgres' ? 'pg' : 'mysql2';
    /** Kills an adopting process once `seen` is so. */
    const killWhen = async (seen: () => Promise<boolean>) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', ADOPTER], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          PATH: process.env.PATH,
          ROOT,
          CLIENT: client,
          URL: database.url,
          SEEDS: seeds,
          MIGRATIONS: project.migrations,
        },
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const exited = once(child, 'exit');
      try {
        await expect.poll(async () => (await seen()) || said, { timeout: 60_000 }).toBe(true);
      } finally {
        child.kill('SIGKILL');
      }
      await exited;
    };
    /** Stays where it is, once it has told that it got there. */
    const waits = () =>
      `require('node:fs').writeFileSync(${JSON.stringify(reached())}, ''); await new Promise((resolve) => setTimeout(resolve, 600000));`;
    const reached = () => path.join(project.directory, 'reached');
    const isReached = () =>
      access(reached()).then(
        () => true,
        () => false,
      );
    beforeEach(() => rm(reached(), { force: true }));

    test('in the middle of the seeds leaves none of their rows, and the next start runs them', async () => {
      const paused = `exports.seed = async (knex) => { await knex('dogs').insert({ id: 1 }); ${waits()} };`;
      await writeSeeds({ ...SEEDS, '02_dogs.js': paused });
      await killWhen(isReached);
      await writeSeeds(SEEDS);
      const report = await adopt({ ...options(), lockWaitMs: 30_000 });
      expect(report.outcome).toBe(family === 'postgres' ? 'installed' : 'seeded');
      expect(await rows()).toEqual([['Minka'], [1]]);
      expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    });

    test('where its migrations cannot be rolled back, before anything is recorded: what it made is recorded once a human says that it is whole, then the seeds run', async () => {
      const config = 'exports.config = { transaction: false };';
      const paused = `exports.up = async (knex) => { await knex.raw(${JSON.stringify(CATS[0])}); ${waits()} };
exports.down = async () => {};
${config}`;
      await project.write('001_cats.js', paused);
      try {
        await killWhen(isReached);
      } finally {
        await project.write('001_cats.js', rawMigration(CATS, ['drop table cats'], config));
      }
      await knex('knex_migrations_lock').update({ is_locked: 0 });
      expect(await knex('knex_migrations').select()).toEqual([]);
      const at = { ...options(), lockWaitMs: 30_000 };
      expect((await adopt(at)).plan?.refused).toMatchObject([{ code: 'REFUSED.INTERRUPTED' }]);
      const report = await adopt({ ...at, accept: ['interrupted:001_cats'] });
      expect(report).toMatchObject({
        outcome: 'adopted',
        stamped: ['001_cats'],
        seeded: ['01_cats.ts', '02_dogs.js'],
      });
      expect(await rows()).toEqual([['Minka'], [1]]);
      expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    });

    test('where its migrations cannot be rolled back, before they end: they are run to their end, then the seeds', async () => {
      const paused = `exports.up = async (knex) => { ${waits()} };
exports.down = async () => {};
exports.config = { transaction: false };`;
      await project.write('002_dogs.js', paused);
      await killWhen(isReached);
      await project.write(
        '002_dogs.js',
        rawMigration(DOGS, ['drop table dogs'], 'exports.config = { transaction: false };'),
      );
      // A killed Knex leaves its lock taken where it is no part of a transaction.
      await knex('knex_migrations_lock').update({ is_locked: 0 });
      const report = await adopt({ ...options(), lockWaitMs: 30_000 });
      expect(report.seeded).toEqual(['01_cats.ts', '02_dogs.js']);
      expect(await rows()).toEqual([['Minka'], [1]]);
      expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    });
  });

  test('rows that are older than an interrupted install are somebody’s: they are not seeded over', async () => {
    await adopt({ ...options(), seed: 'never' });
    await knex('cats').insert({ id: 9, name: 'Somebody’s' });
    await knex('knex_migrations').update({ migration_time: new Date('2026-01-01T00:00:00Z') });
    await knex.schema.createTable('knex_adoption', (t) => {
      t.increments();
      for (const name of ['history', 'strategy', 'revision', 'adopted_at', 'undone_at']) t.string(name);
      t.text('receipt');
      t.text('journal');
    });
    const intention = {
      history: 'knex_migrations',
      strategy: 'seed',
      adopted_at: '2026-02-01T00:00:00.000Z',
      receipt: '',
      journal: '{}',
    };
    await knex('knex_adoption').insert(intention);
    const report = await adopt(options());
    expect(report).toMatchObject({ outcome: 'up-to-date', seeded: [] });
    expect(report.plan?.notices.join()).toContain('they are not run');
    expect(await rows()).toEqual([['Somebody’s'], []]);
    // The same where its rows are younger: that was its own install.
    await knex('knex_adoption').update({ adopted_at: '2026-01-01T00:30:00.000Z' });
    expect(await adopt(options())).toMatchObject({ outcome: 'seeded', seeded: ['01_cats.ts', '02_dogs.js'] });
  });
});
