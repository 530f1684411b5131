import type { Knex } from 'knex';
import { AdoptError, assertNever } from '../errors.ts';
import type { History } from '../history/history.ts';
import { createReceipts, type Receipt, receiptOf, writeReceipt } from '../history/receipts.ts';
import { createHistory, stamp } from '../history/write-history.ts';
import { migrateAlone, migrateUp } from '../migrations/knex-migrator.ts';
import { historyDigest } from '../plan/build-plan.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { ApplyContext, CurrentState } from './context.ts';
import { countRowsInTheWay } from './count-rows.ts';
import { waitForKnexLock } from './knex-lock.ts';
import { lockRequest } from './lock-request.ts';
import { writeFailure } from './write-failure.ts';

/** What was done. */
export interface Applied {
  readonly stamped: readonly string[];
  readonly ran: readonly string[];
}

const NOTHING: Applied = { stamped: [], ran: [] };

/** The rows and their receipt in one transaction, so that a kill leaves both or neither. */
async function stampWithReceipt(
  context: ApplyContext,
  knex: Knex,
  history: History,
  step: Extract<Step, { kind: 'stamp' }>,
  fingerprints: Pick<Receipt, 'fingerprintBefore' | 'fingerprintAfter'>,
): Promise<void> {
  const now = context.now();
  const author = { ...context.author, server: context.facts.server };
  const deeds = { now, ...fingerprints, stamped: step.recordedNames };
  await createReceipts(knex, history);
  await knex.transaction(async (transaction) => {
    await stamp(transaction, history, step.recordedNames, now);
    await writeReceipt(transaction, history, receiptOf(step.receipt, author, history, deeds));
  });
  const { revisions } = step;
  context.logger.info({ event: 'stamped', revisions }, `stamped ${revisions.join(', ')}`);
}

/** What the steps so far have made of the schema. */
interface Progress {
  readonly fingerprintBefore: string;
  fingerprintAfter: string;
}

async function runStep(
  context: ApplyContext,
  knex: Knex,
  history: History,
  step: Step,
  progress: Progress,
): Promise<Applied> {
  switch (step.kind) {
    case 'create-history':
      await createHistory(knex, history);
      return NOTHING;
    case 'stamp':
      await stampWithReceipt(context, knex, history, step, progress);
      return { stamped: step.revisions, ran: [] };
    case 'migrate': {
      const { source, observer } = context;
      const ran = await migrateUp(knex, { source, observer, historyTable: history.table }, step.chain);
      return { stamped: [], ran };
    }
    case 'mend': {
      await context.dialect.glance(knex, { queries: 0 }, async (session) => {
        for (const statement of step.statements) await session.query(statement);
      });
      const event = { event: 'mended', revision: step.revision, names: step.names };
      context.logger.info(event, `made what was missing of ${step.revision}`);
      return NOTHING;
    }
    case 'run-missing': {
      const { source, observer } = context;
      await migrateAlone(knex, { source, observer, historyTable: history.table }, step.recordedName);
      return { stamped: [], ran: [step.recordedName] };
    }
    case 'verify':
      progress.fingerprintAfter = await requireMet(context, knex, step.revision);
      return NOTHING;
    default:
      return assertNever(step, 'step');
  }
}

/** The schema's fingerprint, now that it meets the revision. @throws AdoptError `PLAN.UNMET` when it is not what it was to become. */
async function requireMet(context: ApplyContext, knex: Knex, revision: string): Promise<string> {
  const { fingerprint, unmet } = await context.readUnmet(knex, revision);
  if (unmet.length === 0) return fingerprint;
  const more = unmet.length > 1 ? ` and in ${unmet.length - 1} more place(s)` : '';
  throw new AdoptError(
    'PLAN.UNMET',
    `After the steps of the plan the schema still differs from ${revision} in ${unmet[0]}${more}, so nothing was recorded.`,
    { hint: 'See each place with "knex-adopt detect-state" and mend it by hand.', details: { unmet } },
  );
}

/**
 * Counts the rows that would stand in the way of the plan's steps.
 *
 * @throws AdoptError `REFUSED.ROWS` for the first place where there are any.
 */
async function requireNoRowsInTheWay(context: ApplyContext, knex: Knex, plan: Plan): Promise<void> {
  const checks = plan.steps.flatMap((step) => (step.kind === 'mend' ? step.checks : []));
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

/**
 * Carries out a plan, and nothing but the plan, under the lock.
 *
 * What was read before the lock is void: schema and history are read again under it, and a plan made for another state is not begun. Where
 * DDL is transactional and every pending migration is, all of it is one transaction: after a kill at any instant either everything or
 * nothing has happened.
 *
 * @throws AdoptError `PLAN.STALE` when the database changed since the plan was made (nothing was written); `LOCK.TIMEOUT` · `LOCK.LOST` ·
 * `LOCK.POOLED` · `LOCK.KNEX_HELD`; `REFUSED.ROWS` when rows stand in the way (nothing was written); `PLAN.UNMET`; `MIGRATIONS.FAILED` · `MIGRATIONS.LOAD`; `PLAN.READ_ONLY` · `PLAN.FORBIDDEN`.
 */
export async function applyPlan(context: ApplyContext, plan: Plan, history: History): Promise<Applied> {
  const names = plan.steps.flatMap((step) =>
    step.kind === 'migrate' ? step.recordedNames : step.kind === 'run-missing' ? [step.recordedName] : [],
  );
  const request = await lockRequest(context, history, names);
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
    const progress = { fingerprintBefore: current.fingerprint, fingerprintAfter: current.fingerprint };
    try {
      for (const step of plan.steps) {
        await scope.assertHeld();
        const done = await runStep(context, scope.knex, current.history, step, progress);
        stamped.push(...done.stamped);
        ran.push(...done.ran);
      }
    } catch (error) {
      throw writeFailure(context.dialect, request.mode, error);
    }
    return { stamped, ran };
  });
}
