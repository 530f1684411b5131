import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LockedScope, LockMode } from '../../src/database/dialect.ts';
import type { ServerFacts } from '../../src/database/server-facts.ts';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { useDatabase } from '../support/use-database.ts';

const MODES = ['transaction', 'session'] as const satisfies readonly LockMode[];
const PAIRS = MODES.flatMap((one) => MODES.map((other) => [one, other] as const));

async function factsOf(knex: Knex): Promise<ServerFacts> {
  return postgresDialect.read(knex, { queries: 0 }, (session) => postgresDialect.readServer(session));
}

/** A promise with its resolver. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the lock on a server', () => {
  const database = useDatabase('postgres');
  let knex: Knex;
  let facts: ServerFacts;
  beforeAll(async () => {
    knex = database.knex();
    facts = await factsOf(knex);
    await knex.raw('create table log (line integer)');
  });

  const locked = <T>(
    mode: LockMode,
    work: (scope: LockedScope) => Promise<T>,
    waitMs = 5000,
    onWait?: () => void,
  ) => postgresDialect.withLock(knex, facts, { name: 'test', mode, waitMs, onWait }, work);

  test.each(PAIRS)('held by %s keeps %s out until it is free', async (one, other) => {
    const events: string[] = [];
    const first = gate();
    const holding = gate();
    const holder = locked(one, async () => {
      holding.open();
      await first.opened;
      events.push('first done');
    });
    await holding.opened;
    let waits = 0;
    const waiter = locked(
      other,
      async () => {
        events.push('second in');
      },
      5000,
      () => {
        waits += 1;
        setTimeout(first.open, 200);
      },
    );
    await Promise.all([holder, waiter]);
    expect(events).toEqual(['first done', 'second in']);
    expect(waits).toBe(1);
  });

  test.each(PAIRS)('held by %s for too long fails %s, and says who holds it', async (one, other) => {
    const named = database.knex({ connection: `${database.url}?application_name=the-holder` });
    const done = gate();
    const holding = gate();
    const holder = postgresDialect.withLock(
      named,
      facts,
      { name: 'test', mode: one, waitMs: 0 },
      async () => {
        holding.open();
        await done.opened;
      },
    );
    await holding.opened;
    await expect(locked(other, async () => 1, 150)).rejects.toMatchObject({
      code: 'LOCK.TIMEOUT',
      message: expect.stringMatching(/backend \d+, role postgres, application the-holder\); waited 0\.\d s/),
    });
    done.open();
    await holder;
    expect(await locked(other, async () => 'free', 0)).toBe('free');
  });

  test('of another name is another lock', async () => {
    const inner = locked('session', () =>
      postgresDialect.withLock(
        knex,
        facts,
        { name: 'other', mode: 'session', waitMs: 0 },
        async () => 'both',
      ),
    );
    expect(await inner).toBe('both');
  });

  test.each(MODES)('gives up waiting when told to (%s)', async (mode) => {
    const stop = new AbortController();
    const outcome = locked('session', () =>
      postgresDialect.withLock(
        knex,
        facts,
        { name: 'test', mode, waitMs: 60_000, signal: stop.signal, onWait: () => stop.abort() },
        async () => 1,
      ),
    );
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each(MODES)('is free again after a failure, which comes out as it is (%s)', async (mode) => {
    const failure = new Error('of the work');
    await expect(locked(mode, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await locked(mode, async () => 'free', 0)).toBe('free');
  });

  test('in a transaction carries the work, and takes it back on failure', async () => {
    await locked('transaction', ({ knex: trx }) => trx('log').insert({ line: 1 }));
    await expect(
      locked('transaction', async ({ knex: trx }) => {
        await trx('log').insert({ line: 2 });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await knex('log').pluck('line')).toEqual([1]);
  });

  test('in a transaction does not pass a rollback for a success', async () => {
    await expect(
      locked('transaction', async ({ knex: trx }) => {
        await trx('log').insert({ line: 3 });
        await trx.raw('select 1/0').catch(() => undefined);
      }),
    ).rejects.toThrow('aborted');
    await knex.raw('create table deferred (id integer, unique (id) deferrable initially deferred)');
    await expect(
      locked('transaction', ({ knex: trx }) => trx('deferred').insert([{ id: 1 }, { id: 1 }])),
    ).rejects.toThrow('deferred_id_key');
    expect(await knex('log').pluck('line')).toEqual([1]);
  });

  test('in a transaction ends with it', async () => {
    let scope: LockedScope | undefined;
    await locked('transaction', async (given) => {
      scope = given;
      await given.assertHeld();
    });
    await expect(scope?.assertHeld()).rejects.toMatchObject({ code: 'LOCK.LOST' });
  });

  test('of a session is lost with its backend', async () => {
    await locked('session', async ({ assertHeld }) => {
      await assertHeld();
      await knex.raw(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database())`,
      );
      await sleep(50);
      await expect(assertHeld()).rejects.toMatchObject({ code: 'LOCK.LOST' });
    });
  });

  test('of a session takes no connection from the pool', async () => {
    const small = database.knex({ pool: { min: 0, max: 1 } });
    const work = async ({ knex: scope }: LockedScope) => (await scope.raw('select 1 as one')).rows;
    const request = { name: 'small', mode: 'session', waitMs: 0 } as const;
    expect(await postgresDialect.withLock(small, facts, request, work)).toEqual([{ one: 1 }]);
  });

  test('lets CREATE INDEX CONCURRENTLY through while others wait (hazard i) (pain 20)', async () => {
    const work = ({ knex: scope }: LockedScope) =>
      scope
        .raw('drop index if exists log_i')
        .then(() => scope.raw('create index concurrently log_i on log (line)'));
    await Promise.all([1, 2, 3].map(() => locked('session', work, 20_000)));
    const { rows } = await knex.raw(`select indisvalid from pg_index where indexrelid = 'log_i'::regclass`);
    expect(rows).toEqual([{ indisvalid: true }]);
  });
});

describe('the lock on PGlite', () => {
  const database = useDatabase('pglite');

  test.each(MODES)('runs the work on the only session (%s)', async (mode) => {
    const knex = database.knex();
    const facts = await factsOf(knex);
    const rows = await postgresDialect.withLock(
      knex,
      facts,
      { name: 'test', mode, waitMs: 0 },
      async (scope) => {
        await scope.assertHeld();
        return (await scope.knex.raw('select 1 as one')).rows;
      },
    );
    expect(rows).toEqual([{ one: 1 }]);
    await knex.destroy();
  });
});
