import type { Knex } from 'knex';
import type { LockMode } from '../database/dialect.ts';
import { AdoptError } from '../errors.ts';
import type { History } from '../history/history.ts';
import { createReceipts, dropEmptyReceipts, writeJournal } from '../history/receipts.ts';
import { historyDigest } from '../plan/digests.ts';
import type { Plan, RowCheck, Step } from '../plan/plan.ts';
import { serializePlan } from '../plan/plan-format.ts';
import type { ApplyContext, CurrentState } from './context.ts';
import { countRowsInTheWay, rowChecksOf } from './count-rows.ts';
import { waitForKnexLock } from './knex-lock.ts';
import { lockRequest } from './lock-request.ts';
import { namesToRun, transactionRefusal } from './one-transaction.ts';
import { afterPuttingBack, type SetAsideStep } from './put-back.ts';
import { isSetAside } from './rebuild-steps.ts';
import { type Applied, runStep } from './run-step.ts';
import { requireSeeds } from './seed-step.ts';
import { writeFailure } from './write-failure.ts';

/**
 * Counts the rows that would stand in the way of the plan's steps; but not of tables that were set aside before the plan was interrupted.
 *
 * @throws AdoptError `REFUSED.ROWS` for the first place where there are any.
 */
async function requireNoRowsInTheWay(context: ApplyContext, knex: Knex, plan: Plan): Promise<void> {
  const checks: RowCheck[] = [];
  for (const step of plan.steps) {
    if (step.kind !== 'set-aside' || !(await isSetAside(context, knex, step)))
      checks.push(...rowChecksOf(step));
  }
  const [refusal] = await countRowsInTheWay(context.dialect, knex, checks);
  if (refusal !== undefined) throw new AdoptError(refusal.code, refusal.message, { hint: refusal.hint });
}

/** Whether the database is still what the plan was made for. */
function isAsPlanned(plan: Plan, { fingerprint, history, evidenceDigest }: CurrentState): boolean {
  return (
    fingerprint === plan.fingerprint &&
    historyDigest(history) === plan.historyDigest &&
    evidenceDigest === (plan.evidence?.digest ?? null)
  );
}

/** Steps after which a database is not what its user knows, until the plan has come to its end. */
function isRebuilding({ kind }: Step): boolean {
  return kind === 'set-aside' || kind === 'replay' || kind === 'copy';
}

/**
 * Steps that a kill, or an error, may leave half done in a way that the schema does not show. Of a first install it would show a database to
 * adopt: every table of a migration, and none of the rows that it was still to write.
 */
function needsJournal({ strategy }: Plan, step: Step): boolean {
  return (
    isRebuilding(step) || step.kind === 'run-missing' || (strategy === 'install' && step.kind === 'migrate')
  );
}

/** What writes down the steps that are left, where a kill would leave something half done; null where it would not. */
async function openJournal(
  context: ApplyContext,
  plan: Plan,
  mode: LockMode,
  knex: Knex,
  history: History,
): Promise<((steps: readonly Step[] | null) => Promise<void>) | null> {
  if (mode === 'transaction' || !plan.steps.some((step) => needsJournal(plan, step))) return null;
  await createReceipts(knex, history);
  return (steps) => {
    const journal = steps === null ? null : serializePlan({ ...plan, steps });
    return writeJournal(knex, history, journal, context.now());
  };
}

/**
 * Carries out a plan, and nothing but the plan, under the lock.
 *
 * What was read before the lock is void: schema and history are read again under it, and a plan made for another state is not begun. Where
 * DDL is transactional and every pending migration is, all of it is one transaction: after a kill at any instant either everything or
 * nothing has happened.
 *
 * @throws AdoptError `PLAN.STALE` when the database changed since the plan was made (nothing was written); `LOCK.TIMEOUT` · `LOCK.LOST` ·
 * `LOCK.POOLED` · `LOCK.KNEX_HELD`; `REFUSED.NOT_TRANSACTIONAL`; `REFUSED.ROWS` when rows stand in the way (nothing was written); `PLAN.UNMET`; `MIGRATIONS.FAILED` · `MIGRATIONS.LOAD`; `SEEDS.*`; `PLAN.READ_ONLY` · `PLAN.FORBIDDEN`.
 */
export async function applyPlan(context: ApplyContext, plan: Plan, history: History): Promise<Applied> {
  const refusal = await transactionRefusal(context, plan);
  if (refusal !== null) throw new AdoptError(refusal.code, refusal.message, { hint: refusal.hint });
  const request = await lockRequest(context, history, plan.steps.flatMap(namesToRun));
  await requireSeeds(context, plan);
  return context.dialect.withLock(context.knex, context.facts, request, async (scope) => {
    const current = await context.readState(scope.knex);
    if (!isAsPlanned(plan, current)) {
      throw new AdoptError(
        'PLAN.STALE',
        'The database changed after the plan was made, so nothing was done.',
        {
          hint: 'Look again with "knex-adopt detect-state", then run the same command.',
        },
      );
    }
    await waitForKnexLock(context, scope.knex, current.history);
    await requireNoRowsInTheWay(context, scope.knex, plan);
    const stamped: string[] = [];
    const ran: string[] = [];
    const seeded: string[] = [];
    let aside: SetAsideStep | null = null;
    try {
      const journal = await openJournal(context, plan, request.mode, scope.knex, current.history);
      let fingerprintAfter = current.fingerprint;
      for (const [index, step] of plan.steps.entries()) {
        await scope.assertHeld();
        const keep =
          journal &&
          ((rest: Step | null) => journal(rest === null ? null : [rest, ...plan.steps.slice(index + 1)]));
        if (needsJournal(plan, step)) await keep?.(step);
        if (step.kind === 'set-aside') aside = step;
        const progress = { fingerprintBefore: current.fingerprint, fingerprintAfter, keep };
        const done = await runStep(context, scope.knex, current.history, step, progress);
        // From here on it is recorded, and what fails after it is another matter.
        if (step.kind === 'stamp') aside = null;
        fingerprintAfter = done.fingerprint ?? fingerprintAfter;
        stamped.push(...done.stamped);
        ran.push(...done.ran);
        seeded.push(...done.seeded);
      }
      if (journal !== null && !current.history.receipts.present) {
        await dropEmptyReceipts(scope.knex, current.history);
      }
      // What an install wrote down that was killed after its first record has said nothing since then.
      if (plan.strategy === 'upgrade' && current.history.receipts.present)
        await writeJournal(scope.knex, current.history, null, context.now());
    } catch (error) {
      const failure = writeFailure(context.dialect, request.mode, error);
      if (aside === null || request.mode === 'transaction') throw failure;
      throw await afterPuttingBack(context, scope, current.history, aside, failure);
    }
    return { stamped, ran, seeded };
  });
}
