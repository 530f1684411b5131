import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { LockedScope, LockRequest } from '../../database/dialect.ts';
import { noteConnection } from '../../database/own-connections.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { translateError } from './errors.ts';
import { flavorOf, versionNumberOf } from './flavor.ts';
import { type DriverClient, glance, rowsOf } from './session.ts';
import { delay, jitter } from './wait.ts';

/** How long a check that the lock is still held may take before the connection counts as lost. */
const CHECK_TIMEOUT_MS = 15_000;

/** The 64-bit key of a lock's name, as PostgreSQL takes it: a signed number in decimal. The same in every replica. */
export function lockKey(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE(0).toString();
}

/**
 * Runs `work` while holding an advisory lock (manual, advisory locks). Both modes use one key space, so they exclude each other.
 *
 * Never blocks in the server: a waiter inside `pg_advisory_lock` holds a snapshot, for which `CREATE INDEX CONCURRENTLY` in the holder waits for
 * ever (`hazards.md` §1.9). It asks again every 50 to 100 ms, each time in a transaction of its own. No timeout is set: migrations that run in
 * the transaction run with the settings that plain Knex would give them, but for its isolation: read committed, because the snapshot of a
 * stricter one would be from before the lock was free, and not show what its last holder did.
 *
 * @throws AdoptError `LOCK.TIMEOUT`, `LOCK.POOLED`, `CONNECT.*`; what `work` throws, as it is
 */
export async function withLock<T>(
  knex: Knex,
  facts: ServerFacts,
  request: LockRequest,
  work: (scope: LockedScope) => Promise<T>,
): Promise<T> {
  if (request.mode === 'transaction') return inTransaction(knex, request, work);
  // PGlite has one session, and a lock of a session does not exclude itself; its data directory's lock file keeps other processes out.
  if (facts.server.vendor === 'pglite') return work({ knex, assertHeld: async () => undefined });
  if (facts.pooled) {
    throw new AdoptError(
      'LOCK.POOLED',
      'A connection pooler stands before the server, and a session lock means nothing behind it.',
      {
        hint: 'Use a connection straight to the server for migrations, or make every pending migration transactional.',
      },
    );
  }
  return inSession(knex, facts, request, work);
}

type Attempt = () => Promise<boolean>;

/** Asks until the lock is ours. */
async function acquire(request: LockRequest, attempt: Attempt, holder: () => Promise<string>): Promise<void> {
  const started = performance.now();
  for (let waiting = false; ; waiting = true) {
    request.signal?.throwIfAborted();
    if (await attempt()) return;
    const waited = performance.now() - started;
    if (waited >= request.waitMs) {
      const by = await holder();
      throw new AdoptError(
        'LOCK.TIMEOUT',
        `Another process holds the lock${by}; waited ${(waited / 1000).toFixed(1)} s for it.`,
        {
          hint: 'Let the other process finish, or wait longer with --lock-timeout.',
          details: { name: request.name, waitedMs: Math.round(waited) },
        },
      );
    }
    if (!waiting) request.onWait?.();
    await delay(Math.min(jitter(50, 100), Math.max(request.waitMs - waited, 1)), request.signal);
  }
}

/**
 * Who holds the key, as words for a message; empty when nobody does any more or this role may not see. An advisory lock's key is in two halves
 * (manual, pg_locks).
 */
const HOLDER_QUERY = `
select l.pid::text, a.application_name::text, a.usename::text
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and (l.classid::bigint << 32 | l.objid::bigint) = ?::bigint
limit 1`;

/** Runs a statement on the connection that takes the lock. */
type Run = (sql: string, bindings: readonly string[]) => Promise<readonly TextRow[]>;

async function describeHolder(run: Run, key: string): Promise<string> {
  const [row] = await run(HOLDER_QUERY, [key]).catch(() => []);
  const [pid, application, role] = row ?? [];
  if (pid == null) return '';
  const name = application == null || application === '' ? '' : `, application ${application}`;
  return ` (backend ${pid}${role == null ? '' : `, role ${role}`}${name})`;
}

async function inTransaction<T>(
  knex: Knex,
  request: LockRequest,
  work: (scope: LockedScope) => Promise<T>,
): Promise<T> {
  const key = lockKey(request.name);
  let held: Knex.Transaction | undefined;
  const attempt = async (): Promise<boolean> => {
    const trx = await translated(knex.transaction({ isolationLevel: 'read committed' }));
    try {
      const sql = `select case when pg_try_advisory_xact_lock(?::bigint) then 'held' else 'busy' end`;
      const [row] = await translated(runIn(trx, sql, [key]));
      if (row?.[0] === 'held') held = trx;
    } finally {
      if (held === undefined) await trx.rollback().catch(() => undefined);
    }
    return held !== undefined;
  };
  await acquire(request, attempt, () =>
    glance(knex, { queries: 0 }, (session) => describeHolder(session.query, key)),
  );
  const trx = held;
  if (trx === undefined) throw new AdoptError('INTERNAL.BUG', 'The lock was taken without a transaction.');
  const assertHeld = async (): Promise<void> => {
    // The server frees this lock with the transaction, and with nothing else.
    if (trx.isCompleted()) throw lost('its transaction has ended');
  };
  let result: T;
  try {
    result = await work({ knex: trx, assertHeld });
    // An error that the work swallowed has aborted the transaction, and COMMIT would then roll back without a word.
    await runIn(trx, 'select 1', []);
  } catch (error) {
    await trx.rollback().catch(() => undefined);
    throw error;
  }
  // Knex's `commit()` fulfils even when the server refuses; the transaction's own promise tells.
  await trx.commit();
  await translated(trx.executionPromise);
  return result;
}

async function runIn(trx: Knex, sql: string, bindings: readonly string[]): Promise<readonly TextRow[]> {
  const client: DriverClient = trx.client;
  return rowsOf(client, await client.acquireConnection(), sql, bindings);
}

function lost(why: string, cause?: unknown): AdoptError {
  return new AdoptError('LOCK.LOST', `The lock is no longer ours: ${why}.`, {
    hint: 'Nothing more was written. Run the command again; it starts from what the database then holds.',
    cause,
  });
}

async function translated<T>(result: PromiseLike<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw translateError(error) ?? error;
  }
}

/** A connection that belongs to us alone, outside the host's pool: the work may need every connection of it. */
interface OwnConnection {
  readonly run: Run;
  destroy(): Promise<void>;
}

async function openConnection(knex: Knex): Promise<OwnConnection> {
  const { client } = knex;
  // A pool that the host handed over (Knex's `connectionPool`) knows the address, and Knex does not; only it can connect.
  const borrowed = client.config?.connectionPool !== undefined;
  const connection: object = await translated(
    borrowed ? client.acquireConnection() : client.acquireRawConnection(),
  );
  const forget = noteConnection(client, connection);
  return {
    run: (sql, bindings) => rowsOf(client, connection, sql, bindings),
    destroy: async () => {
      forget();
      if (borrowed) {
        Reflect.set(connection, '__knex__disposed', 'held a lock');
        await client.releaseConnection(connection);
      } else await client.destroyRawConnection(connection);
    },
  };
}

async function inSession<T>(
  knex: Knex,
  facts: ServerFacts,
  request: LockRequest,
  work: (scope: LockedScope) => Promise<T>,
): Promise<T> {
  const key = lockKey(request.name);
  const own = await openConnection(knex);
  try {
    // A holder is idle for as long as the work takes.
    if (flavorOf(versionNumberOf(facts.server)).hasIdleSessionTimeout()) {
      await translated(own.run('set idle_session_timeout = 0', []));
    }
    const attempt = async (): Promise<boolean> => {
      const [row] = await translated(own.run('select pg_try_advisory_lock(?::bigint)::text', [key]));
      return row?.[0] === 'true';
    };
    await acquire(request, attempt, () => describeHolder(own.run, key));
    const result = await work({ knex, assertHeld: () => assertHeld(own, key) });
    await own.run('select pg_advisory_unlock(?::bigint)', [key]).catch(() => undefined);
    return result;
  } finally {
    // Closing the connection frees the lock in any case.
    await own.destroy().catch(() => undefined);
  }
}

const HELD_QUERY = `
select count(*)::text from pg_locks l
where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid = pg_backend_pid()
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and (l.classid::bigint << 32 | l.objid::bigint) = ?::bigint`;

async function assertHeld(own: OwnConnection, key: string): Promise<void> {
  const stop = new AbortController();
  const timeout = delay(CHECK_TIMEOUT_MS, stop.signal).then(
    () => {
      throw lost('its connection does not answer');
    },
    () => undefined,
  );
  const check = own.run(HELD_QUERY, [key]).then(
    ([row]) => {
      if (row?.[0] !== '1') throw lost('the server says that this connection does not hold it');
    },
    (error: unknown) => {
      throw lost('its connection has ended', error);
    },
  );
  try {
    await Promise.race([check, timeout]);
  } finally {
    stop.abort();
  }
}
