import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { dialectOf } from './dialects/dialect-of.ts';
import { AdoptError, type ErrorCode, isAdoptError } from './errors.ts';
import type { Logger } from './logger.ts';

/** How long `wait` and `startup` wait, unless told otherwise. */
export const DEFAULT_WAIT_MS = 60_000;

const FIRST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 2_000;
/** A line each time would fill a log. */
const LOG_EVERY_MS = 10_000;

/** A server may accept connections a moment before its database is made; a wrong name stays wrong. */
const DATABASE_GRACE_MS = 5_000;

/** What passes by itself. A refused login does not. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'CONNECT.UNREACHABLE',
  'CONNECT.LOST',
  'CONNECT.IN_USE',
  'CONNECT.NO_DATABASE',
]);

export interface WaitOptions {
  readonly knex: Knex;
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  /** From 0 to 1; so that replicas started together do not ask together. */
  readonly random?: (() => number) | undefined;
}

/** What it took. */
export interface Waited {
  readonly attempts: number;
  readonly milliseconds: number;
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 100) / 10} s`;

function timedOut(timeoutMs: number, last: AdoptError | null): AdoptError {
  const reason = last === null ? '' : `: ${last.message}`;
  return new AdoptError(
    'WAIT.TIMEOUT',
    `The database did not accept connections within ${seconds(timeoutMs)}${reason}`.replace(/([^.])$/, '$1.'),
    {
      hint: 'Check host and port and the log of the server, or wait longer with --timeout SECONDS.',
      cause: last ?? undefined,
    },
  );
}

/** One attempt to connect and to be answered; null when it succeeded. */
async function attempt(knex: Knex): Promise<AdoptError | null> {
  try {
    await dialectOf(knex).glance(knex, { queries: 0 }, (session) => session.query('select 1'));
    return null;
  } catch (error) {
    if (isAdoptError(error) && PASSING.has(error.code)) return error;
    throw error;
  }
}

/**
 * Waits until the database accepts connections and answers, with growing pauses.
 *
 * @throws AdoptError `WAIT.TIMEOUT`; `CONNECT.AUTH` at once, because a wrong password does not get better; `CONNECT.NO_DATABASE` after a few
 * seconds; whatever the signal was aborted with.
 */
export async function waitForDatabase(options: WaitOptions): Promise<Waited> {
  const { knex, timeoutMs, logger, signal, random = Math.random } = options;
  const start = performance.now();
  const waited = () => performance.now() - start;
  let last: AdoptError | null = null;
  let logged = Number.NEGATIVE_INFINITY;
  for (
    let attempts = 1, pause = FIRST_PAUSE_MS;
    ;
    attempts += 1, pause = Math.min(pause * 2, MOST_PAUSE_MS)
  ) {
    signal?.throwIfAborted();
    // An attempt on a host that swallows packets takes longer than anybody may want to wait; it is left to itself.
    const controller = new AbortController();
    const stop = signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]);
    const limit = sleep(Math.max(timeoutMs - waited(), 1), 'limit' as const, { signal: stop });
    const trial = attempt(knex);
    try {
      const result = await Promise.race([trial, limit]);
      if (result === null) return { attempts, milliseconds: Math.round(waited()) };
      if (result !== 'limit') last = result;
    } finally {
      controller.abort();
      limit.catch(() => undefined);
      trial.catch(() => undefined);
    }
    if (last?.code === 'CONNECT.NO_DATABASE' && waited() >= Math.min(DATABASE_GRACE_MS, timeoutMs))
      throw last;
    if (waited() + pause >= timeoutMs) throw timedOut(timeoutMs, last);
    if (waited() - logged >= LOG_EVERY_MS) {
      logged = waited();
      logger.info(
        { event: 'waiting', for: 'database', attempts, code: last?.code },
        `waiting for the database: ${last?.message ?? 'no answer yet'}`,
      );
    }
    await sleep(pause * (0.5 + random() / 2), undefined, signal === undefined ? {} : { signal });
  }
}
