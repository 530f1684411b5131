import type { Knex } from 'knex';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { useDatabase } from '../support/use-database.ts';

const SETTINGS = `select string_agg(name || '=' || setting, ' ' order by name) as settings from pg_settings
  where name in ('search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'lock_timeout', 'row_security', 'bytea_output', 'extra_float_digits',
    'quote_all_identifiers', 'xmloption', 'transaction_read_only', 'transaction_isolation')`;

async function settings(knex: Knex): Promise<string> {
  const { rows } = await knex.raw(SETTINGS);
  return rows[0].settings;
}

async function snapshotText(knex: Knex): Promise<string> {
  return postgresDialect.read(knex, { queries: 0 }, async (session) => {
    const facts = await postgresDialect.readServer(session);
    const { snapshot } = await postgresDialect.introspect(session, facts, {
      schemas: [facts.defaultSchema],
      exclude: [],
    });
    return JSON.stringify([facts.defaultSchema, facts.pooled, snapshot]);
  });
}

const UNUSUAL = `set search_path = extra, public; set timezone = 'America/New_York'; set datestyle = 'German'; set intervalstyle = iso_8601;
  set bytea_output = 'escape'; set quote_all_identifiers = on; set extra_float_digits = 0; set lock_timeout = '7s'`;

describe.each(['postgres', 'pglite'] as const)('a read on %s', (family) => {
  const database = useDatabase(family);

  test('leaves the settings of a pooled connection as found', async () => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    await knex.raw(`create schema if not exists extra; ${UNUSUAL}`);
    const before = await settings(knex);
    await snapshotText(knex);
    expect(await settings(knex)).toEqual(before);
    await expect(
      postgresDialect.read(knex, { queries: 0 }, async () => Promise.reject(new Error('of the work'))),
    ).rejects.toThrow('of the work');
    expect(await settings(knex)).toEqual(before);
    if (family === 'pglite') await knex.raw('reset all');
  });

  test('leaves a transaction of the host as found, and usable', async () => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    await knex.transaction(async (trx) => {
      await trx.raw(`set local timezone = 'Asia/Tokyo'; set local search_path = extra, public`);
      await trx.raw('create table made_before (id integer)');
      const before = await settings(trx);
      expect(await snapshotText(trx)).toContain('"extra"');
      expect(await settings(trx)).toEqual(before);
      await expect(
        postgresDialect.read(trx, { queries: 0 }, (session) => session.query('select 1/0')),
      ).rejects.toThrow('division by zero');
      expect(await settings(trx)).toEqual(before);
      await trx.raw('insert into made_before values (1)');
      await trx.raw('drop table made_before');
    });
  });

  test.each(['pool', 'transaction'])('cannot write (%s)', async (kind) => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    const attempt = (one: Knex) =>
      postgresDialect.read(one, { queries: 0 }, (session) =>
        session.query('create table written (id integer)'),
      );
    const outcome = kind === 'pool' ? attempt(knex) : knex.transaction((trx) => attempt(trx));
    await expect(outcome).rejects.toMatchObject({ code: 'PLAN.READ_ONLY' });
    expect(await knex.schema.hasTable('written')).toBe(false);
  });

  test('prints the same whatever the session was set to (hazard d)', async () => {
    const plain = database.knex({ pool: { min: 0, max: 1 } });
    await plain.raw(`create table printed (
      a timestamptz default '2020-01-02 03:04:05+00', b interval default '1 day', c bytea default '\\x00ff', d double precision default 0.1, "select" text,
      check (a > '2020-01-01 00:00:00+00'))`);
    const expected = await snapshotText(plain);
    await plain.raw(UNUSUAL.replace('extra, public', 'public'));
    expect(await snapshotText(plain)).toEqual(expected);
    await plain.raw('reset all');
  });

  test('gives every value as text, and counts', async () => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    const counter = { queries: 0 };
    const rows = await postgresDialect.read(knex, counter, (session) =>
      session.query(`select 1, true, null, array[1,2], now() is not null, ?::text, '{"a":1}'::jsonb`, ['x?']),
    );
    expect(rows).toEqual([['1', 't', null, '{1,2}', 't', 'x?', '{"a": 1}']]);
    expect(counter.queries).toBe(1);
  });

  test('glances without a transaction or a setting', async () => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    const seen: string[] = [];
    knex.on('query', ({ sql }: { sql: string }) => seen.push(sql));
    const counter = { queries: 0 };
    const location = await postgresDialect.glance(knex, counter, (session) =>
      postgresDialect.locateTables(session, ['printed', 'absent']),
    );
    expect(location).toEqual({
      defaultSchema: 'public',
      tables: [
        {
          schema: 'public',
          name: 'printed',
          rowsFiltered: false,
          readable: true,
          columns: ['a', 'b', 'c', 'd', 'select'],
        },
      ],
    });
    expect(counter.queries).toBe(1);
    expect(seen).toHaveLength(1);
    const nothing = await postgresDialect.glance(knex, counter, (session) =>
      postgresDialect.locateTables(session, ['absent']),
    );
    expect(nothing).toEqual({ defaultSchema: 'public', tables: [] });
  });
});

describe('a host with its own ideas', () => {
  const database = useDatabase('postgres');
  const OIDS = [16, 18, 19, 20, 21, 23, 25, 26, 114, 1005, 1009, 1028];
  const originals = OIDS.map((oid) => [oid, pg.types.getTypeParser(oid)] as const);
  afterEach(() => {
    for (const [oid, parser] of originals) pg.types.setTypeParser(oid, parser);
  });

  test('changes nothing with its type parsers and response hooks', async () => {
    const plain = database.knex();
    await plain.raw(
      `create table told (id serial primary key, flag boolean default true, at timestamptz default now())`,
    );
    const expected = await snapshotText(plain);
    const hooked = database.knex({
      postProcessResponse: () => 'processed by the host',
      wrapIdentifier: (value, wrap) => wrap(value.toUpperCase()),
    });
    // Knex itself cannot connect with such a parser for text; it asks for the version.
    expect(await hooked.raw('select 1')).toBe('processed by the host');
    for (const oid of OIDS) pg.types.setTypeParser(oid, () => 'parsed by the host');
    const { rows } = await plain.raw('select 1 as a');
    expect(rows).toEqual([{ a: 'parsed by the host' }]);
    expect(await snapshotText(hooked)).toEqual(expected);
    const facts = await postgresDialect.read(hooked, { queries: 0 }, (session) =>
      postgresDialect.readServer(session),
    );
    for (const mode of ['transaction', 'session'] as const) {
      const request = { name: 'hooked', mode, waitMs: 0 };
      expect(
        await postgresDialect.withLock(plain, facts, request, async ({ assertHeld }) => assertHeld()),
      ).toBe(undefined);
    }
  });
});

describe('who and where', () => {
  const database = useDatabase('postgres');
  const facts = (knex: Knex) =>
    postgresDialect.read(knex, { queries: 0 }, (session) => postgresDialect.readServer(session));

  test('says so', async () => {
    const knex = database.knex();
    expect(await facts(knex)).toEqual({
      server: { vendor: 'postgres', version: expect.stringMatching(/^\d+\.\d+$/) },
      ...{
        defaultSchema: 'public',
        user: 'postgres',
        database: database.name,
        readOnlyReason: null,
        pooled: false,
      },
    });
  });

  test('sees that the session is read-only, and no schema', async () => {
    const knex = database.knex({ pool: { min: 0, max: 1 } });
    await knex.raw('set default_transaction_read_only = on');
    expect((await facts(knex)).readOnlyReason).toContain('default_transaction_read_only');
    await knex.raw(`set search_path = 'nowhere'`);
    await expect(facts(knex)).rejects.toMatchObject({ code: 'DETECT.NO_SCHEMA' });
  });

  test('takes another process id than the driver knows for a pooler, and no session lock behind it (hazard j) (pain 21)', async () => {
    const knex = database.knex({
      pool: {
        min: 0,
        max: 1,
        afterCreate: (connection: { processID: number }, done: (error: null) => void) => {
          connection.processID = -1;
          done(null);
        },
      },
    });
    const found = await facts(knex);
    expect(found.pooled).toBe(true);
    await expect(
      postgresDialect.withLock(knex, found, { name: 'x', mode: 'session', waitMs: 0 }, async () => 1),
    ).rejects.toMatchObject({ code: 'LOCK.POOLED' });
  });
});

describe('a role that may not see', () => {
  const database = useDatabase('postgres');
  const role = `blind_${Math.random().toString(36).slice(2)}`;

  test('is told what is hidden and what would help', async () => {
    const owner = database.knex();
    await owner.raw(`create role "${role}" login; create table seen (id integer); create table "Unseen" (id integer);
      create schema closed; create table closed.inside (id integer); grant select on seen to "${role}"`);
    database.defer(async () => {
      const { withConnection } = await import('../support/sql-connection.ts');
      const { serverUrls } = await import('../support/server-urls.ts');
      await withConnection(database.url, ({ query }) => query(`drop owned by "${role}"`));
      await withConnection((await serverUrls()).postgres, ({ query }) => query(`drop role "${role}"`));
    });
    const url = new URL(database.url);
    url.username = role;
    const blind = database.knex({ connection: url.href });
    const { snapshot, visibility } = await postgresDialect.read(blind, { queries: 0 }, async (session) =>
      postgresDialect.introspect(session, await postgresDialect.readServer(session), {
        schemas: ['public', 'closed'],
        exclude: [],
      }),
    );
    expect(snapshot.tables.map((table) => table.key)).toEqual(['Unseen', 'closed.inside', 'seen']);
    expect(visibility).toEqual({
      complete: false,
      hidden: ['Unseen', 'closed.inside'],
      grants: [
        `GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "${role}";`,
        `GRANT USAGE ON SCHEMA "closed" TO "${role}";`,
        `GRANT SELECT ON ALL TABLES IN SCHEMA "closed" TO "${role}";`,
      ],
    });
    await owner.raw(visibility.grants.join(' '));
    const again = await postgresDialect.read(blind, { queries: 0 }, async (session) =>
      postgresDialect.introspect(session, await postgresDialect.readServer(session), {
        schemas: ['public', 'closed'],
        exclude: [],
      }),
    );
    expect(again.visibility).toEqual({ complete: true, hidden: [], grants: [] });
  });
});

describe('a schema that somebody is changing', () => {
  const database = useDatabase('postgres');

  test('is unstable, not empty', async () => {
    const knex = database.knex();
    await knex.raw(
      'create table busy (id integer, a integer generated always as (id * 2) stored, check (id > 0))',
    );
    const other = await knex.transaction();
    try {
      await other.raw('alter table busy add column b integer');
      await expect(snapshotText(knex)).rejects.toMatchObject({ code: 'DETECT.UNSTABLE' });
    } finally {
      await other.rollback();
    }
  });
});
