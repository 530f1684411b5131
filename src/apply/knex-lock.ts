import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { ApplyContext } from './context.ts';

const POLL_MS = 200;

/**
 * Waits until Knex's own lock row is free. Under our lock only a plain Knex, which does not know ours, can hold it, or a dead one left it.
 *
 * @throws AdoptError `LOCK.KNEX_HELD` when it is still taken after the context's `lockWaitMs`.
 */
export async function waitForKnexLock(
  context: Pick<ApplyContext, 'readHistory' | 'lockWaitMs' | 'logger' | 'signal'>,
  knex: Knex,
  history: History,
): Promise<void> {
  if (history.lock !== 'held') return;
  context.logger.info({ event: 'waiting', for: 'knex-lock' }, "waiting for Knex's own migration lock");
  const deadline = performance.now() + context.lockWaitMs;
  let lock: History['lock'] = history.lock;
  while (lock === 'held') {
    if (performance.now() >= deadline) {
      throw new AdoptError(
        'LOCK.KNEX_HELD',
        `Knex's own migration lock (${history.lockTable.name}) is taken, and was not freed in ${Math.round(context.lockWaitMs / 1000)} s.`,
        {
          hint: 'If no plain "knex migrate" is running, a dead one left it: run "knex migrate:unlock" and try again.',
        },
      );
    }
    await sleep(POLL_MS, undefined, context.signal === undefined ? {} : { signal: context.signal });
    lock = (await context.readHistory(knex)).lock;
  }
}
