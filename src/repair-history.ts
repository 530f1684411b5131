import type { Knex } from 'knex';
import { lockName } from './apply/lock-request.ts';
import { writeFailure } from './apply/write-failure.ts';
import { DEFAULT_LOCK_WAIT_MS } from './carry-out.ts';
import type { Verdict } from './classify/verdict.ts';
import type { LockedScope, LockRequest } from './database/dialect.ts';
import type { TableContents } from './database/tracker.ts';
import { AdoptError } from './errors.ts';
import { loadWorkspaceChain, type Observation, observeDatabase } from './gather.ts';
import { mendingSql, readContents, type TrackerContents } from './history/mend-history.ts';
import type { Chain } from './manifest/chain.ts';
import type { RepairChoices, RepairPlan } from './plan/repair.ts';
import { planRepair } from './plan/repair-plan.ts';
import { askWorkspaceProbes, loadWorkspaceDecisions, reachVerdict } from './reach-verdict.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

/** What is decided beforehand about a repair. Anything left out is the careful choice. */
export interface RepairOptions extends WorkspaceOptions {
  /** Names of the steps to carry out; see the plan. Default: every one that is proved, and none where something cannot be. */
  readonly only?: readonly string[] | undefined;
  /** Free Knex's lock although it is not proved that nobody holds it. */
  readonly forceUnlock?: boolean | undefined;
  /** Make the plan and do nothing. */
  readonly dryRun?: boolean | undefined;
  readonly lockWaitMs?: number | undefined;
  /** Asked once before anything is written; gets what undoes it. Default: yes. */
  readonly confirm?: ((plan: RepairPlan, undo: readonly string[]) => Promise<boolean>) | undefined;
  /** The clock. */
  readonly now?: (() => Date) | undefined;
}

/** The rows of Knex's two tables as they were, by column. */
export interface TrackerRows {
  readonly history: readonly Readonly<Record<string, string | null>>[];
  readonly lock: readonly Readonly<Record<string, string | null>>[];
}

/** The whole story of one repair. Plain data: `repair-history --json`. */
export interface RepairReport {
  readonly format: 1;
  /** `healthy`: there was nothing to mend. */
  readonly outcome: 'healthy' | 'planned' | 'mended' | 'refused' | 'declined';
  readonly plan: RepairPlan;
  readonly before: TrackerRows;
  /** What undoes the plan, in the order in which it is to be run. */
  readonly undo: readonly string[];
  /** Names of the steps that were carried out. */
  readonly mended: readonly string[];
  readonly after: Verdict | null;
}

/** A look at a history in trouble, and the plan for it. */
interface Look {
  readonly observation: Observation;
  readonly contents: TrackerContents;
  readonly plan: RepairPlan;
  /** Equal for two looks that saw the same and came to the same. */
  readonly digest: string;
}

/** Of migrations that leave no trace in a schema: how it is known that one has run. */
async function knownToHaveRun(
  workspace: Workspace,
  knex: Knex,
  observation: Observation,
  { migrations, state }: Verdict,
): Promise<ReadonlyMap<string, string>> {
  const open = migrations.filter((one) => one.evidence === 'traceless' && !one.recorded);
  if (state !== 'managed' || open.length === 0) return new Map();
  const { policies } = await loadWorkspaceDecisions(workspace);
  const revisions = new Set(open.map(({ revision }) => revision));
  const answers = await askWorkspaceProbes(workspace, knex, { queries: 0 }, observation, revisions);
  return new Map([
    ...[...policies].flatMap(([revision, policy]): [string, string][] =>
      policy === 'skip' && revisions.has(revision)
        ? [[revision, 'The policy for it says that it has run.']]
        : [],
    ),
    ...answers.flatMap(({ revision, happened }): [string, string][] =>
      happened === true ? [[revision, 'The probe of it says so.']] : [],
    ),
  ]);
}

async function look(
  workspace: Workspace,
  chain: Chain,
  knex: Knex,
  choices: RepairChoices,
  time: Date,
): Promise<Look> {
  const { dialect } = workspace;
  const observation = await observeDatabase(workspace, knex, { queries: 0 }, chain);
  const { history, idTrouble, facts } = observation;
  const verdict = await reachVerdict(workspace, chain, observation);
  const contents = await dialect.read(knex, { queries: 0 }, (session) =>
    readContents(session, dialect, history),
  );
  const plan = planRepair(
    {
      verdict,
      history,
      contents,
      idTrouble,
      knownToHaveRun: await knownToHaveRun(workspace, knex, observation, verdict),
      readOnlyReason: facts.readOnlyReason,
      sql: mendingSql(workspace.knex, dialect, history, time),
    },
    choices,
  );
  return { observation, contents, plan, digest: JSON.stringify([contents, history.rows, plan]) };
}

/** @throws AdoptError `USAGE.INVALID` when a step is chosen that there is not. */
function requireKnown({ available }: RepairPlan, only: readonly string[]): void {
  const unknown = only.find((name) => !available.includes(name));
  if (unknown === undefined) return;
  throw new AdoptError('USAGE.INVALID', `There is nothing to mend here by the name "${unknown}".`, {
    hint:
      available.length === 0
        ? 'See what is wrong, if anything, with "knex-adopt repair-history --dry-run".'
        : `Give one of: ${available.join(', ')}.`,
  });
}

function rowsByColumn(contents: TableContents | null): readonly Readonly<Record<string, string | null>>[] {
  if (contents === null) return [];
  const { columns, rows } = contents;
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));
}

function undoOf(plan: RepairPlan): string[] {
  return [...plan.steps].reverse().flatMap(({ undo }) => undo);
}

/**
 * Carries out the plan in one transaction, in which nobody else may write to Knex's two tables, after looking again.
 *
 * @throws AdoptError `LOCK.KNEX_HELD` when a plain Knex is at work in them; `PLAN.STALE` when anything is otherwise than it was.
 */
async function carryOut(
  workspace: Workspace,
  planned: Look,
  again: (knex: Knex) => Promise<Look>,
  trx: Knex.Transaction,
): Promise<void> {
  const { dialect } = workspace;
  const { facts, history } = planned.observation;
  const tables = [
    ...(history.lockPresent ? [history.lockTable] : []),
    ...(history.present ? [history.table] : []),
  ];
  if (!(await dialect.tracker.hold(trx, facts.server, tables))) {
    throw new AdoptError(
      'LOCK.KNEX_HELD',
      "Somebody is writing to Knex's tables at this moment, so nothing was done.",
      {
        hint: 'Let the other migration finish, then look again with "knex-adopt repair-history --dry-run".',
      },
    );
  }
  if ((await again(trx)).digest !== planned.digest) {
    throw new AdoptError('PLAN.STALE', 'The database changed after the plan was made, so nothing was done.', {
      hint: 'Look again with "knex-adopt repair-history --dry-run".',
    });
  }
  for (const step of planned.plan.steps) {
    for (const statement of step.statements) await dialect.tracker.run(trx, statement);
  }
}

async function mend(
  workspace: Workspace,
  planned: Look,
  again: (knex: Knex) => Promise<Look>,
  lockWaitMs: number,
): Promise<void> {
  const { dialect, knex, logger, signal } = workspace;
  const { facts, history } = planned.observation;
  const request: LockRequest = {
    name: lockName(history),
    mode: dialect.capabilities.transactionalDdl ? 'transaction' : 'session',
    waitMs: lockWaitMs,
    signal,
    onWait: () => logger.info({ event: 'waiting', for: 'lock' }, 'waiting for another process to finish'),
  };
  const work = async (scope: LockedScope) => {
    try {
      const inTransaction = (trx: Knex.Transaction) => carryOut(workspace, planned, again, trx);
      await (scope.knex.isTransaction
        ? inTransaction(scope.knex as Knex.Transaction)
        : scope.knex.transaction(inTransaction));
    } catch (error) {
      throw writeFailure(dialect, 'transaction', error);
    }
  };
  await dialect.withLock(knex, facts, request, work);
}

/** A repair in a workspace that is open already; see {@link repairHistory}. */
export async function repairIn(workspace: Workspace, options: RepairOptions): Promise<RepairReport> {
  const chain = await loadWorkspaceChain(workspace);
  const choices = { only: options.only ?? [], forceUnlock: options.forceUnlock ?? false };
  const time = (options.now ?? (() => new Date()))();
  const again = (knex: Knex) => look(workspace, chain, knex, choices, time);
  const planned = await again(workspace.knex);
  const { plan, contents } = planned;
  requireKnown(plan, choices.only);
  const undo = undoOf(plan);
  const report = {
    format: 1,
    plan,
    before: { history: rowsByColumn(contents.history), lock: rowsByColumn(contents.lock) },
    undo,
    mended: [],
    after: null,
  } as const;
  if (plan.refused.length > 0) {
    for (const refusal of plan.refused) {
      workspace.logger.error({ event: 'refused', ...refusal }, `refused: ${refusal.message}`);
    }
    return { ...report, outcome: 'refused' };
  }
  if (plan.steps.length === 0) return { ...report, outcome: 'healthy' };
  if (options.dryRun === true) return { ...report, outcome: 'planned' };
  if (options.confirm !== undefined && !(await options.confirm(plan, undo)))
    return { ...report, outcome: 'declined' };
  await mend(workspace, planned, again, options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS);
  for (const { name, code } of plan.steps) {
    workspace.logger.info({ event: 'mended', step: name, code }, `mended ${name}`);
  }
  const observation = await observeDatabase(workspace, workspace.knex, { queries: 0 }, chain);
  return {
    ...report,
    outcome: 'mended',
    mended: plan.steps.map(({ name }) => name),
    after: await reachVerdict(workspace, chain, observation),
  };
}

/**
 * Mends Knex's history and lock where it is proved what is right: names with another extension, a renamed migration, rows that are recorded
 * twice or not at all, a lock that nobody holds or that Knex could never take, ids that are taken. In one transaction, under the lock, after
 * looking again; what undoes it is in the report. What is not proved is a refusal in the plan, and then nothing is done.
 *
 * @throws AdoptError everything that detecting throws; `USAGE.INVALID` when `only` names what there is not; `LOCK.*`; `PLAN.STALE`,
 * `PLAN.FORBIDDEN` with nothing written.
 */
export async function repairHistory(options: RepairOptions): Promise<RepairReport> {
  return repairIn(await openWorkspace(options), options);
}
