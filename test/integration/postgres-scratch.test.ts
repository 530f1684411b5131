import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import knexFactory, { type Knex } from 'knex';
import { afterAll, describe, expect, test } from 'vitest';
import { lockDirectory } from '../../src/dialects/postgres/directory-lock.ts';
import { createPgliteScratch, openPglite, PGLITE_POOL } from '../../src/dialects/postgres/pglite.ts';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { useDatabase } from '../support/use-database.ts';

const EVERYTHING = `create schema extra; create table extra.a (id serial); create table a (id integer); create view v as select 1 as one;
  create type t as enum ('x'); create function f() returns integer language sql as 'select 1'`;

async function objects(knex: Knex): Promise<number> {
  const { snapshot, schemas } = await postgresDialect.read(knex, { queries: 0 }, async (session) => {
    const facts = await postgresDialect.readServer(session);
    const names = await session.query(
      `select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    );
    const options = { schemas: [facts.defaultSchema], exclude: [] };
    return { ...(await postgresDialect.introspect(session, facts, options)), schemas: names.length };
  });
  return snapshot.tables.length + snapshot.objects.length + schemas - 1;
}

describe('a scratch database on a server', () => {
  const database = useDatabase('postgres');

  test.each([
    ['an URL', (url: URL) => url.href],
    [
      'an object',
      (url: URL) => ({
        host: url.hostname,
        port: Number(url.port),
        user: url.username,
        password: 'secret',
        database: url.pathname.slice(1),
      }),
    ],
    ['an object with an URL', (url: URL) => ({ connectionString: url.href })],
    [
      'a function',
      (url: URL) => async () => ({
        host: url.hostname,
        port: Number(url.port),
        user: url.username,
        database: url.pathname.slice(1),
      }),
    ],
  ])('is elsewhere, is emptied and is removed: connection by %s', async (_, connection) => {
    const host = database.knex({ connection: connection(new URL(database.url)) });
    const scratch = await postgresDialect.createScratch(host);
    const name = (await scratch.knex.raw('select current_database() as name')).rows[0].name;
    expect(name).toMatch(/^knex_adopt_scratch_[0-9a-f]{16}$/);
    await scratch.knex.raw(EVERYTHING);
    expect(await objects(scratch.knex)).toBeGreaterThan(4);
    await scratch.reset();
    expect(await objects(scratch.knex)).toBe(0);
    await scratch.remove();
    await scratch.remove();
    const left = await host.raw('select 1 from pg_database where datname = ?', [name]);
    expect(left.rows).toEqual([]);
    expect(await objects(host)).toBe(0);
  });

  test('has the default schema of the host', async () => {
    const host = database.knex({ searchPath: ['tenant'] });
    await host.raw('create schema tenant');
    const scratch = await postgresDialect.createScratch(host);
    await scratch.knex.raw('create table a (id integer)');
    await scratch.reset();
    await scratch.knex.raw('create table a (id integer)');
    expect(await scratch.knex.schema.withSchema('tenant').hasTable('a')).toBe(true);
    await scratch.remove();
    await host.raw('drop schema tenant');
  });

  test('is removed under a client that stays', async () => {
    const host = database.knex();
    const scratch = await postgresDialect.createScratch(host);
    const name = (await scratch.knex.raw('select current_database() as name')).rows[0].name;
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    const stranger = knexFactory({ client: 'pg', connection: url.href, pool: { min: 0, max: 1 } });
    await stranger.raw('select 1');
    await scratch.remove();
    expect((await host.raw('select 1 from pg_database where datname = ?', [name])).rows).toEqual([]);
    await stranger.destroy();
  });

  test('says what is missing when the role may not make one', async () => {
    const host = database.knex({ pool: { min: 0, max: 1 } });
    const role = `poor_${Math.random().toString(36).slice(2)}`;
    await host.raw(`create role ${role}; set role ${role}`);
    await expect(postgresDialect.createScratch(host)).rejects.toMatchObject({
      code: 'CONFIG.NO_DATABASE',
      hint: expect.stringContaining('CREATEDB'),
    });
    await host.raw(`reset role; drop role ${role}`);
  });
});

describe('a scratch database in memory', () => {
  test('is emptied and removed', async () => {
    const scratch = await createPgliteScratch();
    await scratch.knex.raw(EVERYTHING);
    await scratch.knex.raw('create publication p; select lo_create(0)');
    expect(await objects(scratch.knex)).toBeGreaterThan(4);
    await scratch.reset();
    expect(await objects(scratch.knex)).toBe(0);
    await scratch.knex.raw('create table a (id integer)');
    await scratch.remove();
    await scratch.remove();
  });
});

describe('a PGlite directory', () => {
  const folders: string[] = [];
  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), 'knex-adopt-'));
    folders.push(made);
    return join(made, 'deep', 'er', 'data');
  };
  afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));
  const processes = { pid: 4711, isAlive: (pid: number) => pid !== 4242 };

  test('is made, kept, and held by one at a time', async () => {
    const directory = await folder();
    const first = await openPglite(directory, { processes, create: true });
    const knex = knexFactory({ client: 'pg', connection: first.connection, pool: PGLITE_POOL });
    await knex.raw('create table kept (id integer)');
    await expect(openPglite(directory, { processes, waitMs: 120 })).rejects.toMatchObject({
      code: 'CONNECT.IN_USE',
      message: expect.stringContaining(`process 4711 on ${hostname()}`),
    });
    await knex.destroy();
    const second = openPglite(directory, { processes, waitMs: 20_000 });
    await first.close();
    await first.close();
    const reopened = await second;
    const again = knexFactory({ client: 'pg', connection: reopened.connection, pool: PGLITE_POOL });
    expect(await again.schema.hasTable('kept')).toBe(true);
    await again.destroy();
    await reopened.close();
    expect(await readdir(join(directory, '..'))).toEqual(['data']);
  });

  test('in which there is no database gets none, unless one is asked for', async () => {
    const directory = await folder();
    const top = join(directory, '..', '..', '..');
    const missing = { code: 'CONNECT.NO_DATABASE', message: expect.stringContaining(directory) };
    await expect(openPglite(directory, { processes })).rejects.toMatchObject(missing);
    expect(await readdir(top)).toEqual([]);
    await mkdir(directory, { recursive: true });
    await expect(openPglite(directory, { processes })).rejects.toMatchObject(missing);
    expect(await readdir(directory)).toEqual([]);
    await (await openPglite(directory, { processes, create: true })).close();
    await (await openPglite(directory, { processes })).close();
    expect(await readdir(join(directory, '..'))).toEqual(['data']);
  });

  test.each([false, true])('that holds other files gets none, asked for (%s) or not', async (create) => {
    const directory = await folder();
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'thesis.txt'), 'mine');
    const file = join(directory, 'thesis.txt');
    const refused = [
      [directory, 'CONNECT.NO_DATABASE', 'other files'],
      [file, 'CONFIG.FILE', 'is a file'],
      [join(file, 'deep'), 'CONFIG.FILE', 'within one'],
    ] as const;
    for (const [place, code, says] of refused) {
      await expect(openPglite(place, { processes, create })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(says),
      });
    }
    expect(await readdir(directory)).toEqual(['thesis.txt']);
    expect(await readdir(join(directory, '..'))).toEqual(['data']);
  });

  test('that somebody is just filling is looked at when he has let go of it', async () => {
    const directory = await folder();
    const filling = await lockDirectory(directory, processes, 0);
    await mkdir(directory);
    await writeFile(join(directory, 'half'), '');
    const waiting = openPglite(directory, { processes, create: true, waitMs: 20_000 });
    await rm(join(directory, 'half'));
    await filling.release();
    await (await waiting).close();
    expect(await readdir(directory)).toContain('PG_VERSION');
  });

  test('left by a dead process is taken over by one of many', async () => {
    const directory = await folder();
    await (await openPglite(directory, { processes, create: true })).close();
    await writeFile(`${directory}.lock`, JSON.stringify({ pid: 4242, host: hostname(), token: 't' }));
    const takers = await Promise.allSettled(
      [1, 2, 3, 4, 5].map(() => lockDirectory(directory, processes, 0)),
    );
    const winners = takers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]?.release();
    expect(await readdir(join(directory, '..'))).toEqual(['data']);
  });

  test.each([
    ['a dead process of this machine', { pid: 4242, host: hostname(), token: 't' }, true],
    ['a live process of this machine', { pid: 4243, host: hostname(), token: 't' }, false],
    ['a process of another machine', { pid: 4242, host: 'elsewhere', token: 't' }, false],
    ['somebody else altogether', 'not ours', false],
  ])('with the lock file of %s', async (_, content, taken) => {
    const directory = await folder();
    await (await openPglite(directory, { processes, create: true })).close();
    await writeFile(`${directory}.lock`, JSON.stringify(content));
    const opening = openPglite(directory, { processes });
    if (taken) await (await opening).close();
    else {
      await expect(opening).rejects.toMatchObject({
        code: 'CONNECT.IN_USE',
        hint: expect.stringContaining('.lock'),
      });
      expect(await readFile(`${directory}.lock`, 'utf8')).toBe(JSON.stringify(content));
    }
  });
});
