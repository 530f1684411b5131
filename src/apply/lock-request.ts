import type { LockMode, LockRequest } from '../database/dialect.ts';
import { isKnexName } from '../database/knex-name.ts';
import { AdoptError } from '../errors.ts';
import type { History } from '../history/history.ts';
import { isTransactional, loadRunnable } from '../migrations/knex-migrator.ts';
import type { MigrationModule } from '../migrations/load-module.ts';
import type { ApplyContext } from './context.ts';
import { disablesTransactions } from './one-transaction.ts';

/** What the lock depends on beside the history it guards. */
export type LockContext = Pick<
  ApplyContext,
  'knex' | 'dialect' | 'facts' | 'source' | 'logger' | 'lockWaitMs' | 'signal'
>;

/** The text that every replica locks: one lock for each history table of a database. */
export function lockName(history: History): string {
  return `${history.table.schema}.${history.table.name}`;
}

/**
 * How the lock must be held: one transaction can carry everything only where DDL is transactional and no migration opts out
 * (`hazards.md` §1.9).
 */
function lockMode(context: LockContext, migrations: readonly MigrationModule[]): LockMode {
  if (!context.dialect.capabilities.transactionalDdl) return 'session';
  if (migrations.length > 0 && disablesTransactions(context.knex)) return 'session';
  return migrations.every(isTransactional) ? 'transaction' : 'session';
}

/** @throws AdoptError `HISTORY.INVALID` when Knex could not say where its history is. */
function requireReachable({ facts, knex }: LockContext, { table }: History): void {
  if (isKnexName(knex, table.schema) || table.schema === facts.defaultSchema) return;
  throw new AdoptError(
    'HISTORY.INVALID',
    `Knex cannot write the name of the schema ${JSON.stringify(table.schema)}, where its history is to be.`,
    { hint: `Set Knex's searchPath to it, and leave out its schemaName.` },
  );
}

/**
 * The lock for running some migrations, up or down. They are loaded for it, which also shows that each can be run.
 *
 * @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID` when one of them cannot; `HISTORY.INVALID` when Knex cannot reach its history.
 */
export async function lockRequest(
  context: LockContext,
  history: History,
  recordedNames: readonly string[],
): Promise<LockRequest> {
  requireReachable(context, history);
  return {
    name: lockName(history),
    mode: lockMode(context, await loadRunnable(context.source, recordedNames)),
    waitMs: context.lockWaitMs,
    signal: context.signal,
    onWait: () =>
      context.logger.info({ event: 'waiting', for: 'lock' }, 'waiting for another process to finish'),
  };
}
