import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { LockedScope, LockRequest } from '../../database/dialect.ts';
import { noteConnection } from '../../database/own-connections.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import { AdoptError } from '../../errors.ts';
import { type BoundValue, clientOf, type KnexClient, runOn } from './client.ts';
import { throwTranslated } from './read.ts';

/** How often the holder's connection says something, so that neither wait_timeout nor a firewall ends it. */
const KEEP_ALIVE_MS = 20_000;
/** Seconds that one GET_LOCK waits: short, so that a signal is heard and no server-side wait outlives its client for long. */
const WAIT_STEP_SECONDS = 1;

/** A connection of our own, and how it is given back. */
interface Holder {
  ask(sql: string, bindings?: readonly BoundValue[]): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * The server-wide name of a lock. GET_LOCK knows no databases, so that the database is part of it, and MySQL allows 64 characters
 * (8.0 manual, 14.14), so that it is a hash.
 */
export function lockName(name: string, database: string): string {
  return `knex-adopt:${createHash('sha256').update(`${name}\0${database}`).digest('hex').slice(0, 32)}`;
}

/**
 * Opens a connection outside of the host's pool: the pool may be as small as one, and it may close what idles while the work runs elsewhere.
 * Where the host handed Knex a pool of its own there are no settings to connect with, and one of that pool's connections is kept instead.
 */
async function openConnection(
  client: KnexClient,
): Promise<{ connection: unknown; close: () => Promise<void> }> {
  if (client.config.connection === undefined) {
    const connection = await client.acquireConnection();
    return { connection, close: () => client.releaseConnection(connection) };
  }
  // A function for settings is called by the pool when it opens a connection, not by what opens one here.
  if (client.connectionConfigProvider !== undefined)
    await client.releaseConnection(await client.acquireConnection());
  const connection = await client.acquireRawConnection();
  // Ours alone, so that its settings may be changed: the longest idle time that servers have by default (8.0 manual, 7.1.8).
  await runOn(client, connection, 'set session wait_timeout = 28800');
  const forget = noteConnection(client, connection as object);
  return {
    connection,
    close: () => {
      forget();
      return client.destroyRawConnection(connection);
    },
  };
}

async function openHolder(knex: Knex): Promise<Holder> {
  const client = clientOf(knex);
  const { connection, close } = await openConnection(client).catch(throwTranslated);
  return {
    ask: async (sql, bindings) => {
      const rows = await runOn(client, connection, sql, bindings);
      return (rows as readonly (readonly (string | null)[])[])[0]?.[0] ?? null;
    },
    close,
  };
}

/** Whether the lock is ours now. NULL (an error) and 0 (timeout) are both no (8.0 manual, 14.14). */
async function tryLock(holder: Holder, name: string, seconds: number): Promise<boolean> {
  return (await holder.ask('select get_lock(?, ?)', [name, seconds]).catch(throwTranslated)) === '1';
}

async function acquire(holder: Holder, name: string, request: LockRequest): Promise<void> {
  const started = performance.now();
  const remaining = () => request.waitMs - (performance.now() - started);
  request.signal?.throwIfAborted();
  if (await tryLock(holder, name, 0)) return;
  if (remaining() > 0) request.onWait?.();
  while (remaining() > 0) {
    request.signal?.throwIfAborted();
    const wholeStep = remaining() >= WAIT_STEP_SECONDS * 1000;
    if (!wholeStep) await sleep(Math.max(remaining(), 0), undefined, { signal: request.signal });
    if (await tryLock(holder, name, wholeStep ? WAIT_STEP_SECONDS : 0)) return;
  }
  const owner = await holder.ask('select is_used_lock(?)', [name]).catch(() => null);
  const whose = owner === null ? 'another connection' : `connection ${owner} of the server`;
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  throw new AdoptError('LOCK.TIMEOUT', `The lock was not free within ${seconds} s; ${whose} holds it.`, {
    hint:
      owner === null
        ? 'Wait longer with --lock-timeout, or run it again.'
        : `Wait longer with --lock-timeout, or see what it does: SELECT * FROM information_schema.processlist WHERE id = ${owner};`,
    details: { waitedSeconds: seconds, connectionId: owner },
  });
}

async function assertHeld(holder: Holder, name: string): Promise<void> {
  let cause: unknown;
  const held = await holder
    .ask('select is_used_lock(?) = connection_id()', [name])
    .catch((error: unknown) => {
      cause = error;
      return null;
    });
  if (held === '1') return;
  throw new AdoptError('LOCK.LOST', 'The lock is no longer ours: its connection was closed or killed.', {
    hint: 'Nothing more was written. Run it again; if it happens again, look for what kills connections (a proxy, wait_timeout).',
    cause,
  });
}

/**
 * Runs `work` while a connection of its own holds `GET_LOCK`, which survives commits and DDL and is freed by the server when that connection
 * ends, however it ends. The mode makes no difference: DDL commits, so no transaction could hold it.
 *
 * It holds on one server: members of a Galera or Group Replication cluster do not know each other's locks (8.0 manual, 20.3.2), so that all
 * replicas of an application must connect to the same member.
 *
 * @throws AdoptError `LOCK.TIMEOUT` when another holder keeps it for longer than `waitMs`; the signal's reason when it is aborted.
 */
export async function withLock<T>(
  knex: Knex,
  facts: ServerFacts,
  request: LockRequest,
  work: (scope: LockedScope) => Promise<T>,
): Promise<T> {
  const holder = await openHolder(knex);
  const name = lockName(request.name, facts.database);
  let timer: NodeJS.Timeout | undefined;
  try {
    await acquire(holder, name, request);
    // A lost connection is reported by assertHeld, where it is acted upon.
    timer = setInterval(() => void holder.ask('select 1').catch(() => null), KEEP_ALIVE_MS).unref();
    return await work({ knex, assertHeld: () => assertHeld(holder, name) });
  } finally {
    clearInterval(timer);
    await holder.ask('select release_lock(?)', [name]).catch(() => null);
    await holder.close();
  }
}
