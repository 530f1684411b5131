import type { Knex } from 'knex';
import { AdoptError, assertNever } from '../errors.ts';
import type { History } from '../history/history.ts';
import { createReceipts, type Receipt, receiptOf, writeJournal, writeReceipt } from '../history/receipts.ts';
import { intendSeeds } from '../history/seeding.ts';
import { createHistory, stamp } from '../history/write-history.ts';
import {
  clearOwnCount,
  migrateAlone,
  migrateUp,
  type RunOptions,
  readOwnCount,
} from '../migrations/knex-migrator.ts';
import type { Step } from '../plan/plan.ts';
import type { ApplyContext } from './context.ts';
import { clearReplay, copyRows, setAside } from './rebuild-steps.ts';
import { seed } from './seed-step.ts';
import { sendStatements } from './send-statements.ts';

/** What was done. */
export interface Applied {
  readonly stamped: readonly string[];
  readonly ran: readonly string[];
  /** Names of the seeds that were run. */
  readonly seeded: readonly string[];
}

/** What one step did. */
export interface StepDone extends Applied {
  /** Of the schema as it is now; absent where it was not read. */
  readonly fingerprint?: string;
}

const runOptions = (
  { source, observer, dialect }: ApplyContext,
  { table: historyTable }: History,
): RunOptions => ({
  source,
  observer,
  historyTable,
  translateError: dialect.translateError,
});

const NOTHING: Applied = { stamped: [], ran: [], seeded: [] };

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
  if ((await readOwnCount(knex, history.table)) !== null) {
    // What the count was of has been proved meanwhile. Without the journal it is only litter, so that comes first.
    await writeJournal(knex, history, null, now);
    await clearOwnCount(knex, history.table);
  }
  await knex.transaction(async (transaction) => {
    await stamp(transaction, history, step.recordedNames, now);
    await writeJournal(transaction, history, null, now);
    await writeReceipt(transaction, history, receiptOf(step.receipt, author, history, deeds));
  });
  const { revisions } = step;
  context.logger.info({ event: 'stamped', revisions }, `stamped ${revisions.join(', ')}`);
}

/** What the steps so far have made of the schema. */
export interface Progress {
  readonly fingerprintBefore: string;
  readonly fingerprintAfter: string;
  /**
   * Writes down what is left of the step at hand, or null for nothing that need be known, for a process that goes on after a kill; null where a
   * kill leaves nothing behind.
   */
  readonly keep: ((rest: Step | null) => Promise<void>) | null;
}

/**
 * Carries out one step.
 *
 * @throws AdoptError as `applyPlan`.
 */
export async function runStep(
  context: ApplyContext,
  knex: Knex,
  history: History,
  step: Step,
  progress: Progress,
): Promise<StepDone> {
  switch (step.kind) {
    case 'create-history':
      await createHistory(knex, history);
      return NOTHING;
    case 'stamp':
      await stampWithReceipt(context, knex, history, step, progress);
      return { ...NOTHING, stamped: step.revisions };
    case 'migrate': {
      const ran = await migrateUp(knex, runOptions(context, history), step.chain);
      await progress.keep?.(null);
      return { ...NOTHING, ran };
    }
    case 'mend': {
      await context.dialect.glance(knex, { queries: 0 }, async (session) => {
        await sendStatements(
          context.dialect,
          session,
          step.statements,
          `make what is missing of ${step.revision}`,
        );
      });
      const event = { event: 'mended', revision: step.revision, names: step.names };
      context.logger.info(event, `made what was missing of ${step.revision}`);
      return NOTHING;
    }
    case 'run-missing': {
      await migrateAlone(knex, runOptions(context, history), [step.recordedName], async () =>
        progress.keep?.(null),
      );
      return { ...NOTHING, ran: [step.recordedName] };
    }
    case 'set-aside':
      await setAside(context, knex, step);
      return NOTHING;
    case 'replay': {
      // Where everything is one transaction, nothing can have been left behind.
      if (progress.keep !== null) await clearReplay(context, knex, step.place, step.tables);
      await migrateAlone(knex, runOptions(context, history), step.recordedNames);
      return NOTHING;
    }
    case 'copy':
      await copyRows(context, knex, step, async (rest) => progress.keep?.(rest));
      return NOTHING;
    case 'verify':
      return { ...NOTHING, fingerprint: await requireMet(context, knex, step.revision) };
    case 'intend-seeds':
      await intendSeeds(knex, history, step.seeds, context.now());
      return NOTHING;
    case 'seed':
      return { ...NOTHING, seeded: await seed(context, knex, history, step) };
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
