import type { LockedScope } from '../database/dialect.ts';
import { AdoptError, isAdoptError } from '../errors.ts';
import type { History } from '../history/history.ts';
import { dropNewReceipts, writeJournal } from '../history/receipts.ts';
import { clearOwnCount } from '../migrations/knex-migrator.ts';
import type { Step } from '../plan/plan.ts';
import type { ApplyContext } from './context.ts';
import { putBack } from './rebuild-steps.ts';

export type SetAsideStep = Extract<Step, { readonly kind: 'set-aside' }>;

/**
 * Takes a rebuild back that failed and is no transaction, as far as that can be done: not without the lock. What is left otherwise is gone on with
 * later.
 *
 * @returns the failure, which says so.
 */
export async function afterPuttingBack(
  context: ApplyContext,
  scope: LockedScope,
  history: History,
  step: SetAsideStep,
  failure: unknown,
): Promise<unknown> {
  try {
    await scope.assertHeld();
    await putBack(context, scope.knex, step);
    await clearOwnCount(scope.knex, history.table);
    await writeJournal(scope.knex, history, null, context.now());
    await dropNewReceipts(scope.knex, history);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.logger.error({ event: 'not-put-back', place: step.place }, `could not be put back: ${reason}`);
    return failure;
  }
  if (!isAdoptError(failure)) return failure;
  return new AdoptError(failure.code, failure.message, {
    hint: ['Everything was put back as it was.', failure.hint].filter(Boolean).join(' '),
    cause: failure.cause,
    details: failure.details,
  });
}
