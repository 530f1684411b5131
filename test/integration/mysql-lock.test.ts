import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import type { LockRequest } from '../../src/database/dialect.ts';
import type { ServerFacts } from '../../src/database/server-facts.ts';
import { lockName } from '../../src/dialects/mysql/lock.ts';
import { mysqlDialect } from '../../src/dialects/mysql/mysql-dialect.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { useDatabase } from '../support/use-database.ts';

const REQUEST: LockRequest = { name: 'knex_migrations', mode: 'session', waitMs: 10_000 };

function factsOf(knex: Knex): Promise<ServerFacts> {
  return mysqlDialect.read(knex, { queries: 0 }, mysqlDialect.readServer);
}

async function holderOf(knex: Knex, facts: ServerFacts): Promise<number | null> {
  const [rows] = await knex.raw('select is_used_lock(?) as id', [lockName(REQUEST.name, facts.database)]);
  return rows[0].id;
}

describe('the lock of MySQL', () => {
  const database: TestDatabase = useDatabase('mysql');

  it('lets one in at a time, and says to the other that it waits', async () => {
    const facts = await factsOf(database.knex());
    const events: string[] = [];
    let waits = 0;
    const run = (who: string) =>
      mysqlDialect.withLock(
        database.knex(),
        facts,
        { ...REQUEST, onWait: () => waits++ },
        async ({ assertHeld }) => {
          events.push(`${who} in`);
          await assertHeld();
          await sleep(200);
          events.push(`${who} out`);
        },
      );
    await Promise.all([run('a'), run('a'), run('a')]);
    expect(events).toEqual(['a in', 'a out', 'a in', 'a out', 'a in', 'a out']);
    expect(waits).toBe(2);
  });

  it('gives what the work gives, also from a pool of one that the work uses', async () => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    const facts = await factsOf(knex);
    const given = await mysqlDialect.withLock(knex, facts, REQUEST, async (scope) => {
      const [rows] = await scope.knex.raw('select 42 as n');
      return rows[0].n;
    });
    expect(given).toBe(42);
  });

  it('is free after work that failed', async () => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    const failure = new TypeError('of the work');
    const attempt = mysqlDialect.withLock(knex, facts, REQUEST, () => Promise.reject(failure));
    await expect(attempt).rejects.toBe(failure);
    expect(await holderOf(knex, facts)).toBeNull();
  });

  it('of another database is another lock', async () => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    const elsewhere = { ...facts, database: `${facts.database}_2` };
    const both = mysqlDialect.withLock(knex, facts, REQUEST, () =>
      mysqlDialect.withLock(knex, elsewhere, { ...REQUEST, waitMs: 0 }, async () => 'both'),
    );
    await expect(both).resolves.toBe('both');
    expect(lockName('x'.repeat(500), 'y'.repeat(64))).toHaveLength(43);
  });

  it('gives up in time, and says how long it waited and for whom', async () => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    await mysqlDialect.withLock(knex, facts, REQUEST, async () => {
      const holder = await holderOf(knex, facts);
      const late = mysqlDialect.withLock(knex, facts, { ...REQUEST, waitMs: 300 }, async () => 'never');
      await expect(late).rejects.toMatchObject({
        code: 'LOCK.TIMEOUT',
        message: expect.stringMatching(
          new RegExp(
            `^The lock was not free within [0-9.]+ s; connection ${holder} of the server holds it\\.$`,
          ),
        ),
        hint: expect.stringContaining(String(holder)),
      });
    });
  });

  it('stops waiting when it is told to', async () => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    const stop = new AbortController();
    await mysqlDialect.withLock(knex, facts, REQUEST, async () => {
      const request = { ...REQUEST, signal: stop.signal, onWait: () => stop.abort(new Error('told to')) };
      await expect(mysqlDialect.withLock(knex, facts, request, async () => 'never')).rejects.toThrow(
        'told to',
      );
    });
  });

  it('is known to be lost when its connection was killed', async () => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    await mysqlDialect.withLock(knex, facts, REQUEST, async ({ assertHeld }) => {
      await assertHeld();
      const holder = await holderOf(knex, facts);
      await knex.raw(`kill ${holder}`);
      await expect(assertHeld()).rejects.toMatchObject({ code: 'LOCK.LOST' });
      await expect(assertHeld()).rejects.toMatchObject({ code: 'LOCK.LOST' });
    });
  });

  it('leaves no connection behind', async () => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    const connections = async () => {
      const [rows] = await knex.raw(
        'select count(*) as n from information_schema.processlist where db = database()',
      );
      return rows[0].n;
    };
    await mysqlDialect.withLock(knex, facts, REQUEST, async () => undefined);
    const before = await connections();
    for (let round = 0; round < 5; round++)
      await mysqlDialect.withLock(knex, facts, REQUEST, async () => undefined);
    await sleep(100);
    expect(await connections()).toBeLessThanOrEqual(before);
  });

  it('is to be had where the settings of connections come from a function', async () => {
    const url = new URL(database.url);
    const settings = {
      host: url.hostname,
      port: Number(url.port),
      user: url.username,
      password: url.password,
      database: database.name,
    };
    const knex = database.knex({ connection: async () => settings });
    const facts = await factsOf(knex);
    await expect(mysqlDialect.withLock(knex, facts, REQUEST, async () => 'held')).resolves.toBe('held');
  });
});

describe('a scratch database of MySQL', () => {
  const database: TestDatabase = useDatabase('mysql');

  async function exists(knex: Knex, name: string): Promise<boolean> {
    const [rows] = await knex.raw('select 1 from information_schema.schemata where schema_name = ?', [name]);
    return rows.length === 1;
  }

  async function current(knex: Knex): Promise<string> {
    const [rows] = await knex.raw('select database() as name');
    return rows[0].name;
  }

  const url = () => new URL(database.url);
  const settings = () => ({
    host: url().hostname,
    port: Number(url().port),
    user: url().username,
    password: url().password,
    database: database.name,
  });

  it.each([
    ['a URL', () => database.url],
    ['settings', settings],
    ['a function', () => async () => settings()],
  ])('is another one, emptied and removed, where the host connects by %s', async (_what, connection) => {
    const knex = database.knex({ connection: connection() as Knex.MySqlConnectionConfig });
    const scratch = await mysqlDialect.createScratch(knex);
    const name = await current(scratch.knex);
    expect(name).toMatch(/^knex_adopt_scratch_[0-9a-f]{16}$/);
    await scratch.knex.schema.createTable('t', (table) => table.increments());
    expect(await knex.schema.hasTable('t')).toBe(false);
    await scratch.reset();
    expect(await current(scratch.knex)).toBe(name);
    expect(await scratch.knex.schema.hasTable('t')).toBe(false);
    await scratch.knex.schema.createTable('t', (table) => table.increments());
    await scratch.remove();
    await scratch.remove();
    expect(await exists(knex, name)).toBe(false);
    expect(await current(knex)).toBe(database.name);
  });

  it('has the character set and collation of the host database', async () => {
    const knex = database.knex();
    await knex.raw(`alter database \`${database.name}\` character set latin1 collate latin1_german2_ci`);
    const scratch = await mysqlDialect.createScratch(knex);
    try {
      const [rows] = await scratch.knex.raw('select @@collation_database as c');
      expect(rows[0].c).toBe('latin1_german2_ci');
      await scratch.reset();
      const [again] = await scratch.knex.raw(
        'select default_collation_name as c from information_schema.schemata where schema_name = database()',
      );
      expect(again[0].c).toBe('latin1_german2_ci');
    } finally {
      await scratch.remove();
    }
  });

  it('that may not be created says what to do', async () => {
    const { createReader } = await import('../support/roles.ts');
    const reader = database.knex({ connection: await createReader(database) });
    await expect(mysqlDialect.createScratch(reader)).rejects.toMatchObject({
      code: 'CONFIG.NO_DATABASE',
      hint: expect.stringContaining('GRANT ALL'),
    });
  });
});
