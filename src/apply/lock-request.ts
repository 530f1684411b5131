import type { Knex } from 'knex';
import type { LockMode, LockRequest } from '../database/dialect.ts';
import type { History } from '../history/history.ts';
import { isTransactional } from '../migrations/knex-migrator.ts';
import type { ApplyContext } from './context.ts';

/** What the lock depends on beside the history it guards. */
export type LockContext = Pick<
  ApplyContext,
  'knex' | 'dialect' | 'source' | 'logger' | 'lockWaitMs' | 'signal'
>;

/** The text that every replica locks: one lock for each history table of a database. */
export function lockName(history: History): string {
  return `${history.table.schema}.${history.table.name}`;
}

/**
 * How the lock must be held: one transaction can carry everything only where DDL is transactional and no migration opts out
 * (`hazards.md` §1.9).
 */
async function lockMode(context: LockContext, recordedNames: readonly string[]): Promise<LockMode> {
  if (!context.dialect.capabilities.transactionalDdl) return 'session';
  const host = context.knex.client.config.migrations as Knex.MigratorConfig | undefined;
  if (recordedNames.length > 0 && host?.disableTransactions === true) return 'session';
  for (const name of recordedNames) {
    if (!(await isTransactional(context.source, name))) return 'session';
  }
  return 'transaction';
}

/**
 * The lock for running some migrations, up or down.
 *
 * @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID` when one of them cannot say whether it runs in a transaction.
 */
export async function lockRequest(
  context: LockContext,
  history: History,
  recordedNames: readonly string[],
): Promise<LockRequest> {
  return {
    name: lockName(history),
    mode: await lockMode(context, recordedNames),
    waitMs: context.lockWaitMs,
    signal: context.signal,
    onWait: () =>
      context.logger.info({ event: 'waiting', for: 'lock' }, 'waiting for another process to finish'),
  };
}
