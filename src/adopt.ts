import { applyInWorkspace, type CarryOutOptions, lockWait } from './carry-out.ts';
import { describeUnknownNames } from './classify/unknown-names.ts';
import type { Verdict } from './classify/verdict.ts';
import { AdoptError, isAdoptError } from './errors.ts';
import { type Findings, loadWorkspaceChain, observeDatabase, stateOf } from './gather.ts';
import { confirmRefusal, outwaitOthers } from './other-adopters.ts';
import { historyDigest } from './plan/digests.ts';
import { DEFAULT_PLAN_OPTIONS, type Plan, type PlanOptions, type Refusal } from './plan/plan.ts';
import { planFor } from './plan-for.ts';
import { askForCompletion, reachVerdict } from './reach-verdict.ts';
import type { Rehearsal } from './rehearse.ts';
import { planUnfinished } from './unfinished.ts';
import type { Workspace, WorkspaceOptions } from './workspace.ts';

/** How often a plan may be overtaken by other processes before that is reported. */
const MOST_ATTEMPTS = 10;

type Undecided<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** What an application or a command decides beforehand. Anything left out is the careful choice. */
export interface AdoptOptions extends WorkspaceOptions, CarryOutOptions, Undecided<PlanOptions> {
  /** Make the plan and do nothing. */
  readonly dryRun?: boolean | undefined;
  /**
   * Carry the plan out first in a copy of the structure, in a scratch database, and here only when that went well. With `dryRun` only there.
   */
  readonly rehearse?: boolean | undefined;
  /**
   * Whether it is looked, before a legacy or partial database is touched, for constraints and indexes that pending migrations call by names
   * which they do not have here. Default: yes. Where some have other names, that takes a replay of the chain in a scratch database.
   */
  readonly preflight?: boolean | undefined;
  /** Carry out this plan, made and reviewed before, and no other. */
  readonly plan?: Plan | undefined;
  /** Asked once before anything is written; a plan made anew because another process was faster is asked for again. Default: yes. */
  readonly confirm?: ((plan: Plan, verdict: Verdict) => Promise<boolean>) | undefined;
}

/**
 * What happened, in one word: nothing had to; the whole chain was run; a legacy database was stamped (and brought up); a partial one was
 * completed first; pending migrations were
 * run; the seeds of an install that was interrupted were; the plan was only made; it was refused, or declined.
 */
export type AdoptOutcome =
  | 'up-to-date'
  | 'installed'
  | 'adopted'
  | 'completed'
  | 'rebuilt'
  | 'upgraded'
  | 'seeded'
  | 'planned'
  | 'refused'
  | 'declined';

/** The whole story of one adoption. */
export interface AdoptReport {
  readonly format: 1;
  readonly outcome: AdoptOutcome;
  /** Null only when the history alone showed that nothing is to be done. */
  readonly before: Verdict | null;
  readonly plan: Plan | null;
  readonly after: Verdict | null;
  /** Revisions recorded without being run. */
  readonly stamped: readonly string[];
  /** Recorded names of the migrations that were run. */
  readonly ran: readonly string[];
  /** Names of the seeds that were run. */
  readonly seeded: readonly string[];
  readonly receipt: null;
  /** What came of the rehearsal; absent where there was none. */
  readonly rehearsal?: Rehearsal;
}

const OUTCOMES = {
  none: 'up-to-date',
  install: 'installed',
  stamp: 'adopted',
  complete: 'completed',
  rebuild: 'rebuilt',
  upgrade: 'upgraded',
  seed: 'seeded',
  refuse: 'refused',
} as const satisfies Record<Plan['strategy'], AdoptOutcome>;

function planOptions(options: AdoptOptions): PlanOptions {
  return {
    to: options.to ?? DEFAULT_PLAN_OPTIONS.to,
    mapping: options.mapping ?? DEFAULT_PLAN_OPTIONS.mapping,
    onPartial: options.onPartial ?? DEFAULT_PLAN_OPTIONS.onPartial,
    at: options.at ?? DEFAULT_PLAN_OPTIONS.at,
    traceless: options.traceless ?? DEFAULT_PLAN_OPTIONS.traceless,
    accept: options.accept ?? DEFAULT_PLAN_OPTIONS.accept,
    shared: options.shared ?? DEFAULT_PLAN_OPTIONS.shared,
    seed: options.seed ?? DEFAULT_PLAN_OPTIONS.seed,
  };
}

/** @throws AdoptError `USAGE.UNKNOWN_REVISION` */
export function requireRevision(workspace: Workspace, revision: string): void {
  if (workspace.source.migrations.some((migration) => migration.revision === revision)) return;
  throw new AdoptError(
    'USAGE.UNKNOWN_REVISION',
    `There is no revision "${revision}" in ${workspace.source.origin}.`,
    {
      hint: `Give one of: ${workspace.source.migrations.map((migration) => migration.revision).join(', ')}.`,
    },
  );
}

/** New tables go where the connection says, whatever schema was looked at. @throws AdoptError `DETECT.NO_SCHEMA` */
function requireTargetSchema({ observation }: Findings): void {
  const looked = observation.snapshot.schemas[0];
  const lands = observation.facts.defaultSchema;
  if (looked === lands) return;
  throw new AdoptError(
    'DETECT.NO_SCHEMA',
    `Schema ${looked} was looked at, but this connection puts new tables into ${lands}.`,
    {
      hint: `Set Knex's searchPath to ["${looked}"] for this connection.`,
    },
  );
}

async function observeAndJudge(workspace: Workspace): Promise<Findings> {
  const chain = await loadWorkspaceChain(workspace);
  const observation = await observeDatabase(workspace, workspace.knex, { queries: 0 }, chain);
  return { chain, observation, verdict: await reachVerdict(workspace, chain, observation) };
}

function logNotices({ logger }: Workspace, { notices }: Plan): void {
  for (const notice of notices) logger.warn({ event: 'notice' }, notice);
}

function logRefusal(workspace: Workspace, plan: Plan): void {
  logNotices(workspace, plan);
  for (const refusal of plan.refused) {
    workspace.logger.error({ event: 'refused', ...refusal }, `refused: ${refusal.message}`);
  }
}

/**
 * Whether looking again makes sense: another process was faster, or was in the middle of its work. Once also when nobody is at work any more,
 * who may have finished just now.
 */
async function mayTryAgain(
  error: unknown,
  attempt: number,
  workspace: Workspace,
  options: AdoptOptions,
): Promise<boolean> {
  if (!isAdoptError(error) || attempt >= MOST_ATTEMPTS || options.plan !== undefined) return false;
  if (error.code === 'PLAN.STALE') return true;
  if (error.code !== 'DETECT.UNSTABLE' || options.dryRun === true) return false;
  return (await outwaitOthers(workspace, lockWait(options))) || attempt === 1;
}

/** A plan that is not to be carried out after all. */
const refusedBy = (plan: Plan, ...refused: readonly Refusal[]): Plan => ({
  ...plan,
  strategy: 'refuse',
  target: null,
  steps: [],
  refused,
  notices: [],
});

/** @throws AdoptError `PLAN.STALE` when a plan was made for another state of the database, or for other migrations. */
function requireAsPlanned({ source }: Workspace, { observation }: Findings, plan: Plan): void {
  const { fingerprint, history } = stateOf(observation);
  const known = source.migrations.map(({ recordedName }) => recordedName);
  const named = plan.steps.flatMap((step) => (step.kind === 'migrate' ? step.chain : []));
  const sameChain = named.every((name, index) => known[index] === name);
  const same = fingerprint === plan.fingerprint && historyDigest(history) === plan.historyDigest;
  if (same && sameChain) return;
  throw new AdoptError(
    'PLAN.STALE',
    same
      ? 'The plan was made for other migrations than these, so nothing was done.'
      : 'The database is not any more what the plan was made for, so nothing was done.',
    { hint: 'Make the plan anew, and review it again.' },
  );
}

/** The plan with what the look at names found; as it is where there is nothing to look at. */
async function withPreflight(
  workspace: Workspace,
  findings: Findings,
  plan: Plan,
  options: AdoptOptions,
): Promise<Plan> {
  if (options.preflight === false || !plan.steps.some(({ kind }) => kind === 'stamp')) return plan;
  const { preflightNames } = await import('./name-preflight.ts');
  const replay = options.dryRun !== true || options.rehearse === true;
  const { refused, notices } = await preflightNames(workspace, findings, plan, replay);
  if (refused.length > 0) return refusedBy(plan, ...refused);
  return notices.length === 0 ? plan : { ...plan, notices: [...plan.notices, ...notices] };
}

/** What came of the rehearsal, where one is asked for. Only then is what it takes loaded. */
async function rehearsalOf(
  workspace: Workspace,
  findings: Findings,
  plan: Plan,
  options: AdoptOptions,
): Promise<Required<Pick<AdoptReport, 'rehearsal'>> | null> {
  if (options.rehearse !== true) return null;
  const { rehearse } = await import('./rehearse.ts');
  const made = options.plan === undefined ? planOptions(options) : null;
  return { rehearsal: await rehearse(workspace, findings, plan, made, options) };
}

async function adoptOnce(workspace: Workspace, options: AdoptOptions): Promise<AdoptReport> {
  const found = await observeAndJudge(workspace);
  const { state, revision, candidates } = found.verdict;
  workspace.logger.info(
    { event: 'detected', state, revision, candidates },
    `detected: ${state}${revision === null ? '' : ` at ${revision}`}`,
  );
  const now = (options.now ?? (() => new Date()))();
  const given = options.plan ?? (await planUnfinished(workspace, found, options));
  const findings = given === null ? await askForCompletion(workspace, found, planOptions(options)) : found;
  const { verdict: before } = findings;
  const planned = given ?? (await planFor(workspace, findings, planOptions(options), now));
  if (options.plan !== undefined) requireAsPlanned(workspace, findings, planned);
  const checked = await withPreflight(workspace, findings, planned, options);
  // A plan that was begun, or made before, is of what was there then.
  const accept = planned === given ? [] : (options.accept ?? []);
  const slips = describeUnknownNames(accept, findings.chain, findings.observation.snapshot);
  const plan = { ...checked, notices: [...checked.notices, ...slips] };
  const done = { stamped: [], ran: [], seeded: [] } as const;
  const report = { format: 1, before, plan, after: null, ...done, receipt: null } as const;
  if (plan.refused.length > 0) {
    if (options.dryRun !== true) await confirmRefusal(workspace, findings, plan, lockWait(options));
    logRefusal(workspace, plan);
    return { ...report, outcome: 'refused' };
  }
  if (plan.steps.length === 0) return { ...report, outcome: 'up-to-date', after: before };
  requireTargetSchema(findings);
  const rehearsed = await rehearsalOf(workspace, findings, plan, options);
  const told = { ...report, ...rehearsed };
  if (rehearsed?.rehearsal.failure) {
    const refused = refusedBy(plan, rehearsed.rehearsal.failure);
    logRefusal(workspace, refused);
    return { ...told, plan: refused, outcome: 'refused' };
  }
  if (options.dryRun === true) return { ...told, outcome: 'planned' };
  if (options.confirm !== undefined && !(await options.confirm(plan, before)))
    return { ...told, outcome: 'declined' };
  logNotices(workspace, plan);
  const applied = await applyInWorkspace(workspace, findings, plan, options);
  return { ...told, outcome: OUTCOMES[plan.strategy], after: await verdictAfter(workspace), ...applied };
}

/** Where the database stands now; null where others are changing it already: what was done is done, and is reported. */
async function verdictAfter(workspace: Workspace): Promise<Verdict | null> {
  try {
    const { verdict } = await observeAndJudge(workspace);
    if (verdict.drift === true) {
      workspace.logger.warn(
        { event: 'drift', differences: verdict.differences.length },
        `the schema is not what ${verdict.revision} promises: see "knex-adopt detect-state"`,
      );
    }
    return verdict;
  } catch (error) {
    if (isAdoptError(error) && error.code === 'DETECT.UNSTABLE') return null;
    throw error;
  }
}

/**
 * An adoption in a workspace that is open already, and with a look at the schema whatever the history says.
 *
 * @throws AdoptError as `adopt` in library.ts; `USAGE.UNKNOWN_REVISION` when `to` or `at` is none of the chain.
 */
export async function adoptIn(workspace: Workspace, options: AdoptOptions): Promise<AdoptReport> {
  for (const revision of [options.to, options.at]) {
    if (revision !== null && revision !== undefined) requireRevision(workspace, revision);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const report = await adoptOnce(workspace, options);
      if (report.outcome === 'up-to-date') workspace.logger.info({ event: 'up-to-date' }, 'up to date');
      return report;
    } catch (error) {
      // What the other process left is looked at afresh, and a new plan is made for that.
      if (!(await mayTryAgain(error, attempt, workspace, options))) throw error;
      workspace.logger.debug({ event: 'stale', attempt }, 'the database changed; looking again');
    }
  }
}
