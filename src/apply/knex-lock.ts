import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { ApplyContext } from './context.ts';

const POLL_MS = 200;

/** How long a lock must be seen taken with nobody there to hold it: long enough for a process to open its first connection again. */
const STALE_MS = 2_000;

/** How many of those that may hold a lock are named. */
const MOST_NAMED = 3;

/**
 * What keeps Knex's own lock from being ours: somebody who may hold it, or nobody.
 *
 * @param waited a clause on how long that was waited for; may be empty.
 */
export function takenLock({ lock, lockTable, lockDoubts }: History, waited: string): AdoptError {
  if (lock === 'stale') {
    return new AdoptError(
      'LOCK.KNEX_STALE',
      `Knex's own migration lock (${lockTable.name}) is taken, and nobody is connected who could hold it: a migration that was killed, or a dump, left it.`,
      {
        hint: 'See where the database stands with "knex-adopt detect-state", and free it with "knex-adopt repair-history".',
      },
    );
  }
  const more = lockDoubts.length > MOST_NAMED ? ` and ${lockDoubts.length - MOST_NAMED} more` : '';
  const who =
    lockDoubts.length === 0 ? '' : ` It may be held: ${lockDoubts.slice(0, MOST_NAMED).join('; ')}${more}.`;
  return new AdoptError(
    'LOCK.KNEX_HELD',
    `Knex's own migration lock (${lockTable.name}) is taken${waited}.${who}`,
    {
      hint: 'If no plain "knex migrate" is running, a dead one left it: close those sessions and run "knex-adopt repair-history", or free it whoever is there with "knex-adopt repair-history --force-unlock".',
      details: { doubts: [...lockDoubts] },
    },
  );
}

/**
 * Waits until Knex's own lock row is free. Under our lock only a plain Knex, which does not know ours, can hold it, or a dead one left it.
 *
 * @throws AdoptError `LOCK.KNEX_HELD` when it is still taken after the context's `lockWaitMs`; `LOCK.KNEX_STALE` as soon as it is certain
 * that nobody will free it.
 */
export async function waitForKnexLock(
  context: Pick<ApplyContext, 'readHistory' | 'lockWaitMs' | 'logger' | 'signal'>,
  knex: Knex,
  history: History,
): Promise<void> {
  if (history.lock !== 'held' && history.lock !== 'stale') return;
  context.logger.info({ event: 'waiting', for: 'knex-lock' }, "waiting for Knex's own migration lock");
  const deadline = performance.now() + context.lockWaitMs;
  let now = history;
  let staleSince: number | null = null;
  while (now.lock === 'held' || now.lock === 'stale') {
    const moment = performance.now();
    staleSince = now.lock === 'stale' ? (staleSince ?? moment) : null;
    if (moment >= deadline || (staleSince !== null && moment - staleSince >= STALE_MS)) {
      throw takenLock(now, `, and was not freed in ${Math.round(context.lockWaitMs / 1000)} s`);
    }
    await sleep(POLL_MS, undefined, context.signal === undefined ? {} : { signal: context.signal });
    now = await context.readHistory(knex);
  }
}
