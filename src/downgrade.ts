import { DEFAULT_LOCK_WAIT_MS } from './carry-out.ts';
import { AdoptError } from './errors.ts';
import type { History } from './history/history.ts';
import { isSameHistory, readManagedHistory, withHistoryLock } from './managed-history.ts';
import { loadRunnable, migrateDownOne } from './migrations/knex-migrator.ts';
import type { Migration } from './migrations/migration.ts';
import { downgradeTarget } from './plan/chain-target.ts';
import type { Workspace } from './workspace.ts';

export interface DowngradeOptions {
  /** Undo migrations too that were adopted and never run here. */
  readonly belowAdoption: boolean;
  readonly lockWaitMs?: number | undefined;
  /** Asked once before anything is undone: with the revisions, in the order in which they would be. */
  confirm(revisions: readonly string[]): Promise<void>;
}

/** What a downgrade did. Plain data: `downgrade --json`. */
export interface DowngradeReport {
  readonly format: 1;
  readonly outcome: 'nothing-to-do' | 'downgraded';
  /** The revision before and after; null for none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Recorded names of the migrations that were undone, in that order. */
  readonly undone: readonly string[];
}

/** Knex undoes what was recorded last; that must be what the chain has last. @throws AdoptError `HISTORY.GAP` */
function requireChainOrder(history: History, migrations: readonly Migration[]): void {
  const odd = history.rows.find((row, index) => row.name !== migrations[index]?.recordedName);
  if (odd === undefined) return;
  throw new AdoptError('HISTORY.GAP', `The history records "${odd.name}" out of the chain's order.`, {
    hint: `Knex undoes the row with the highest id first: give the rows of ${history.table.name} ids in the chain's order, by hand.`,
  });
}

/** @throws AdoptError `REFUSED.BELOW_ADOPTION` */
function requireRan(history: History, undone: readonly Migration[]): void {
  const adopted = new Set(history.rows.filter((row) => row.batch === null).map((row) => row.name));
  const first = undone.find((migration) => adopted.has(migration.recordedName));
  if (first === undefined) return;
  throw new AdoptError(
    'REFUSED.BELOW_ADOPTION',
    `${first.revision} was adopted, not run: undoing it would drop what was there before Knex came.`,
    { hint: 'If that is what you want, say so with --below-adoption.' },
  );
}

/**
 * Has Knex undo migrations, the last first, one at a time, under our lock.
 *
 * @param word a revision, which stays, `-N`, or `base`.
 * @throws AdoptError `USAGE.UNKNOWN_REVISION`, `REFUSED.TARGET`, `REFUSED.BELOW_ADOPTION`, `HISTORY.*`, `LOCK.*`, `MIGRATIONS.*`; `PLAN.STALE`
 * when the history changed after it was asked about.
 */
export async function downgrade(
  workspace: Workspace,
  word: string,
  options: DowngradeOptions,
): Promise<DowngradeReport> {
  const { migrations } = workspace.source;
  const managed = await readManagedHistory(workspace);
  const target = downgradeTarget(word, migrations, managed.current);
  const nameAt = (index: number) => migrations[index]?.revision ?? null;
  const undone = migrations.slice(target + 1, managed.current + 1).toReversed();
  const before = nameAt(managed.current);
  if (undone.length === 0) {
    workspace.logger.info({ event: 'up-to-date', revision: before }, 'nothing to undo');
    return { format: 1, outcome: 'nothing-to-do', before, after: before, undone: [] };
  }
  requireChainOrder(managed.history, migrations);
  if (!options.belowAdoption) requireRan(managed.history, undone);
  const names = undone.map((migration) => migration.recordedName);
  // Nobody is asked about what could not be done.
  await loadRunnable(workspace.source, names);
  await options.confirm(undone.map((migration) => migration.revision));
  await withHistoryLock(
    workspace,
    managed,
    names,
    options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS,
    async ({ knex, history, assertHeld }) => {
      if (!isSameHistory(history, managed.history)) {
        throw new AdoptError('PLAN.STALE', 'The history changed meanwhile, so nothing was undone.', {
          hint: 'Look at "knex-adopt history", then run the same command.',
        });
      }
      const { source, observer } = workspace;
      for (const _ of names) {
        await assertHeld();
        await migrateDownOne(knex, {
          source,
          observer,
          historyTable: history.table,
          translateError: workspace.dialect.translateError,
        });
      }
    },
  );
  return { format: 1, outcome: 'downgraded', before, after: nameAt(target), undone: names };
}
