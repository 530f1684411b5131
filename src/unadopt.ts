import { DEFAULT_LOCK_WAIT_MS } from './carry-out.ts';
import { AdoptError } from './errors.ts';
import type { History } from './history/history.ts';
import { readReceipts, type StoredReceipt, undoReceipt } from './history/receipts.ts';
import { dropHistory, unstamp } from './history/write-history.ts';
import { isSameHistory, readManagedHistory, withHistoryLock } from './managed-history.ts';
import { revisionOf } from './migrations/migration.ts';
import type { Workspace } from './workspace.ts';

export interface UnadoptOptions {
  readonly lockWaitMs?: number | undefined;
  /** Asked once before anything is taken back. */
  confirm(receipt: StoredReceipt): Promise<void>;
  /** The clock. */
  readonly now?: (() => Date) | undefined;
}

/** What was taken back. Plain data: `unadopt --json`. */
export interface UnadoptReport {
  readonly format: 1;
  readonly outcome: 'unadopted';
  readonly receipt: StoredReceipt;
  /** Recorded names of the history rows that were removed. */
  readonly removed: readonly string[];
  /** Whether Knex's two tables, made by the adoption, were removed too. */
  readonly droppedHistory: boolean;
  /** Names of what the adoption made in the schema, or recorded names of what it ran: that stays. */
  readonly kept: readonly string[];
}

/** The adoption that stands: the last one that was not taken back. @throws AdoptError `REFUSED.NO_RECEIPT` */
function standing(receipts: readonly StoredReceipt[], { receipts: { table } }: History): StoredReceipt {
  const receipt = receipts.findLast(({ undoneAt }) => undoneAt === null);
  if (receipt !== undefined) return receipt;
  throw new AdoptError(
    'REFUSED.NO_RECEIPT',
    `There is no adoption to take back: ${table.name} holds no receipt of one that stands.`,
    { hint: 'See what is recorded with "knex-adopt history".' },
  );
}

/** @throws AdoptError `REFUSED.RAN_SINCE` when the history is not exactly what the adoption wrote. */
function requireUntouched({ rows }: History, receipt: StoredReceipt): void {
  const stamped = new Set(receipt.stamped);
  const others = rows.filter(({ name, batch }) => !stamped.has(name) || batch !== null);
  if (others.length === 0 && rows.length === stamped.size) return;
  const first = others[0];
  throw new AdoptError(
    'REFUSED.RAN_SINCE',
    first === undefined
      ? 'Rows that the adoption wrote are gone from the history, so it cannot be taken back.'
      : `${revisionOf(first.name)} has been recorded beside what the adoption wrote, so it cannot be taken back.`,
    {
      hint:
        first === undefined
          ? 'See what is recorded with "knex-adopt history".'
          : `Undo what ran first: knex-adopt downgrade ${receipt.revision}`,
    },
  );
}

/**
 * Takes back exactly what the last adoption wrote, while nothing has run since: its history rows and, where it made them, Knex's two tables.
 * The schema is left as it is, and the receipt stays, marked as taken back.
 *
 * @throws AdoptError `REFUSED.NO_RECEIPT`, `REFUSED.RAN_SINCE`; `PLAN.STALE` when the history changed after it was asked about; `LOCK.*`,
 * `HISTORY.*`, `CONNECT.*`.
 */
export async function unadopt(workspace: Workspace, options: UnadoptOptions): Promise<UnadoptReport> {
  const managed = await readManagedHistory(workspace);
  const { history: before } = managed;
  const receipt = standing(await readReceipts(workspace.knex, before), before);
  requireUntouched(before, receipt);
  await options.confirm(receipt);
  const lockWaitMs = options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS;
  await withHistoryLock(workspace, managed, [], lockWaitMs, async ({ knex, history, assertHeld }) => {
    if (!isSameHistory(history, before)) {
      throw new AdoptError('PLAN.STALE', 'The history changed meanwhile, so nothing was taken back.', {
        hint: 'Look at "knex-adopt history", then run the same command.',
      });
    }
    await assertHeld();
    const now = (options.now ?? (() => new Date()))();
    await knex.transaction(async (transaction) => {
      await unstamp(transaction, history, receipt.stamped);
      await undoReceipt(transaction, history, receipt.id, now);
    });
    if (receipt.madeHistory) await dropHistory(knex, history);
  });
  workspace.logger.info({ event: 'unadopted', revision: receipt.revision }, `took back ${receipt.revision}`);
  return {
    format: 1,
    outcome: 'unadopted',
    receipt,
    removed: receipt.stamped,
    droppedHistory: receipt.madeHistory,
    kept: [...receipt.made, ...receipt.ran],
  };
}
