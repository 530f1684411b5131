import { createHash } from 'node:crypto';
import type { Held } from '../classify/classify.ts';
import { differenceName } from '../classify/paths.ts';
import { judgeHistory } from '../classify/standing.ts';
import type { Verdict } from '../classify/verdict.ts';
import type { IdTrouble } from '../database/tracker.ts';
import type { History } from '../history/history.ts';
import type { ReceiptBasis } from '../history/receipts.ts';
import { uniqueSorted } from '../util/order.ts';
import { planCompletion, riskyRefusal } from './complete.ts';
import { interruptedRefusal } from './interrupted.ts';
import { type Baseline, legacyBaseline, settledWords } from './legacy-baseline.ts';
import type { Plan, PlanOptions, Refusal, Step, Strategy } from './plan.ts';
import { planRebuild } from './rebuild.ts';
import type { RebuildFacts } from './rebuild-facts.ts';
import { type SeedFacts, type SeedSteps, seedSteps } from './seed-steps.ts';

/** Facts that a plan needs and a verdict does not carry. */
export interface PlanFacts {
  readonly history: History;
  /** Why nothing can be written; null when it can. */
  readonly readOnlyReason: string | null;
  /** The statements that make the history, and that stamp; as text, for people. */
  readonly createHistorySql: readonly string[];
  stampSql(recordedNames: readonly string[], receipt: ReceiptBasis): string;
  /** What was found, held against another revision (by index) than the verdict is; see `heldAgainst`. */
  heldAgainst(index: number): Held;
  /** What completing a partial database needs; where it is left out, a partial one is refused. */
  readonly completion?: RebuildFacts | undefined;
  /** Whether a migration that fails leaves nothing behind, unless it opts out of transactions. */
  readonly transactionalDdl?: boolean | undefined;
  /** What is known of seeds, where they are asked for. */
  readonly seeds?: SeedFacts | null | undefined;
}

/** A digest of everything in the history that a plan depends on. */
export function historyDigest(history: History): string {
  const { table, present, lockPresent, lock, rows } = history;
  // A lock that another holder takes and frees between two looks changes nothing about what has run.
  const lockFact = lock === 'held' || lock === 'stale' ? 'free' : lock;
  const text = JSON.stringify([
    table.schema,
    table.name,
    present,
    lockPresent,
    lockFact,
    rows,
    history.receipts.journal,
  ]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A digest of what data says of where a database stands: probes, and the histories of other tools. */
export function evidenceDigest(said: Pick<Verdict, 'probes' | 'foreignHistories'>): string {
  const text = JSON.stringify([
    said.probes.map(({ revision, happened }) => [revision, happened]),
    said.foreignHistories.map(({ tool, table, versions }) => [tool, table, versions]),
  ]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** What a plan for this verdict rests on beside the schema: nothing where the schema alone decided, or a word that was given now. */
function evidenceOf(verdict: Verdict, { at }: PlanOptions): Plan['evidence'] {
  if (verdict.state !== 'legacy' || verdict.candidates.length < 2 || at !== null) return null;
  return { probes: verdict.probes.map(({ revision }) => revision), digest: evidenceDigest(verdict) };
}

/** Why nothing is run while Knex's lock table is not what Knex makes. */
export function brokenLock(history: History): Refusal {
  return {
    code: 'LOCK.KNEX_BROKEN',
    message: `The lock table ${history.lockTable.name} does not hold exactly one row with 0 or 1, which Knex takes for locked for ever.`,
    hint: 'When no migration is running anywhere, mend it with "knex-adopt repair-history".',
  };
}

/** Why nothing is run while what it records would get no id, or one that is taken. */
export function takenIds({ problem, mend }: IdTrouble): Refusal {
  return {
    code: 'HISTORY.SEQUENCE',
    message: problem,
    hint:
      mend === null
        ? 'Give the column back what makes its numbers, with ALTER TABLE; a dump of a sound database shows how.'
        : 'Mend it with "knex-adopt repair-history".',
  };
}

/** Why nothing is written on a server that does not let us. */
export function readOnly(reason: string): Refusal {
  return {
    code: 'PLAN.READ_ONLY',
    message: `Nothing can be written here: ${reason}`,
    hint: 'Connect to the primary server, as a role that may write.',
  };
}

interface Draft {
  readonly strategy: Strategy;
  /** Index of the last revision that is, or will be, recorded without running; -1 for none. */
  readonly baseline: number;
  readonly refused: readonly Refusal[];
  readonly notices: readonly string[];
  /** What is done before anything is recorded. */
  readonly before?: readonly Step[] | undefined;
}

const refuse = (...refused: Refusal[]): Draft => ({ strategy: 'refuse', baseline: -1, refused, notices: [] });

function draftFresh(verdict: Verdict, options: PlanOptions): Draft {
  if (verdict.unmanaged.length > 0 && !options.shared) {
    const some = verdict.unmanaged.slice(0, 3).join(', ');
    return refuse({
      code: 'REFUSED.SHARED',
      message: `Nothing of this chain is there, but ${verdict.unmanaged.length} other object(s) are: ${some}. Is this the right database?`,
      hint: 'If the chain is to live beside them, say so with --shared.',
    });
  }
  return { strategy: 'install', baseline: -1, refused: [], notices: [] };
}

function draftPartial(verdict: Verdict, options: PlanOptions, facts: PlanFacts): Draft {
  if (options.onPartial === 'complete' && facts.completion !== undefined) {
    const completion = planCompletion(verdict, options, facts.completion);
    if (!('steps' in completion)) return refuse(...completion);
    const { baseline, steps, notices } = completion;
    return { strategy: 'complete', baseline, refused: [], notices, before: steps };
  }
  if (options.onPartial === 'rebuild' && facts.completion !== undefined) {
    const rebuild = planRebuild(verdict, options, facts.completion);
    if (!('steps' in rebuild)) return refuse(...rebuild);
    const { baseline, steps, notices } = rebuild;
    return { strategy: 'rebuild', baseline, refused: [], notices, before: steps };
  }
  const nearest = verdict.nearest[0];
  const where =
    nearest === undefined
      ? ''
      : ` The nearest is ${nearest.revision}, with ${nearest.blocking} blocking difference(s).`;
  return refuse({
    code: 'REFUSED.PARTIAL',
    message: `Some of the chain's objects exist, and no revision is met in full.${where}`,
    hint: 'See each difference with "knex-adopt detect-state"; mend the schema by hand, or have what is missing made with --on-partial complete.',
  });
}

/** What reviewed files contributed to the verdict, and what else keeps a history here. */
function legacyNotices(verdict: Verdict): string[] {
  const { revision, candidates, settledBy, variant, differences, unusedAcceptances } = verdict;
  const accepted = differences.filter((one) => one.accepted !== null && one.grade !== 'harmless');
  return [
    ...(settledBy === null
      ? []
      : [`Of ${candidates.join(', ')} it is ${revision}: so say ${settledWords(settledBy)}.`]),
    ...(variant === null ? [] : [`${revision} is met as its accepted variant "${variant}".`]),
    ...accepted.map((one) => `${differenceName(one)} is accepted: ${one.accepted}`),
    ...unusedAcceptances.map((name) => `${name} is accepted, and there is no such difference here.`),
    ...verdict.foreignHistories.map(
      (foreign) =>
        `${foreign.tool} has kept its history in ${foreign.table} (${foreign.versions.join(', ') || 'no versions'}): stop using it once Knex has taken over.`,
    ),
  ];
}

/**
 * The verdict as the revision that will be the baseline gives it: an ambiguous one is held against the nearest of its candidates, and it is
 * another that `--at` or `--traceless` may name. What is risky, accepted or a variant there differs from candidate to candidate.
 */
function verdictAt(verdict: Verdict, { index }: Baseline, facts: PlanFacts): Verdict {
  const revision = verdict.migrations[index]?.revision ?? null;
  return revision === verdict.revision ? verdict : { ...verdict, revision, ...facts.heldAgainst(index) };
}

function draftLegacy(found: Verdict, options: PlanOptions, facts: PlanFacts): Draft {
  const baseline = legacyBaseline(found, options);
  if ('code' in baseline) return refuse(baseline);
  const verdict = verdictAt(found, baseline, facts);
  const accepted = new Set(options.accept);
  const risky = verdict.differences.filter(
    (difference) =>
      difference.grade === 'risky' &&
      difference.accepted === null &&
      !accepted.has(differenceName(difference)),
  );
  if (risky.length > 0) {
    return refuse(...risky.map((difference) => riskyRefusal(differenceName(difference))));
  }
  return { strategy: 'stamp', baseline: baseline.index, refused: [], notices: legacyNotices(verdict) };
}

function draftManaged(verdict: Verdict, facts: PlanFacts): Draft {
  const { problem } = judgeHistory(facts.history, verdict.migrations);
  if (problem !== null) {
    return refuse({
      ...problem,
      hint: 'Deploy the code that made this history, or see what can be mended with "knex-adopt repair-history --dry-run".',
    });
  }
  const baseline = verdict.migrations.findLastIndex((migration) => migration.recorded);
  if (verdict.standing === 'upToDate') return { strategy: 'none', baseline, refused: [], notices: [] };
  const blocking = verdict.differences.filter(
    ({ grade, accepted }) => grade === 'blocking' && accepted === null,
  );
  if (blocking.length > 0) {
    const interrupted =
      facts.completion && interruptedRefusal(verdict, facts.completion, facts.transactionalDdl === true);
    if (interrupted) return refuse(interrupted);
    const first = blocking[0] === undefined ? '' : differenceName(blocking[0]);
    return refuse({
      code: 'REFUSED.DRIFT',
      message: `The history says ${verdict.revision}, but the schema differs from it in ${blocking.length} blocking place(s), first ${first}.`,
      hint: 'See each with "knex-adopt detect-state" and mend the schema; "knex-adopt upgrade" runs what is pending all the same.',
    });
  }
  return { strategy: 'upgrade', baseline, refused: [], notices: [] };
}

function draft(verdict: Verdict, options: PlanOptions, facts: PlanFacts): Draft {
  switch (verdict.state) {
    case 'fresh':
      return draftFresh(verdict, options);
    case 'legacy':
      return draftLegacy(verdict, options, facts);
    case 'partial':
      return draftPartial(verdict, options, facts);
    case 'managed':
      return draftManaged(verdict, facts);
  }
}

/** Whether the baseline is recorded without Knex having run it in the usual way. */
const stamps = (strategy: Strategy) => ['stamp', 'complete', 'rebuild'].includes(strategy);

/** What the receipt of a stamp will say of why. */
function receiptBasis(
  verdict: Verdict,
  options: PlanOptions,
  { strategy, baseline, before = [] }: Draft,
): ReceiptBasis {
  const { state, candidates, differences } = verdict;
  const aside = before.find(({ kind }) => kind === 'set-aside');
  const reviewed = differences.filter((one) => one.accepted !== null).map(differenceName);
  const digest = `sha256:${createHash('sha256').update(JSON.stringify(verdict)).digest('hex')}`;
  return {
    strategy: strategy === 'complete' || strategy === 'rebuild' ? strategy : 'stamp',
    revision: verdict.migrations[baseline]?.revision ?? '',
    verdict: { state, candidates, digest },
    accepted: uniqueSorted([...reviewed, ...options.accept]),
    rules: verdict.rulesUsed,
    made: before.flatMap((step) => (step.kind === 'mend' ? step.names : [])),
    ran: before.flatMap((step) => (step.kind === 'run-missing' ? [step.recordedName] : [])),
    ...(aside?.kind === 'set-aside' ? { setAside: { place: aside.place, tables: aside.tables } } : {}),
  };
}

function stepsOf(
  verdict: Verdict,
  options: PlanOptions,
  facts: PlanFacts,
  drafted: Draft,
  target: number,
  seeding: SeedSteps,
): Step[] {
  const { strategy, baseline, before = [] } = drafted;
  const names = (from: number, until: number) => {
    const part = verdict.migrations.slice(from, until);
    return {
      revisions: part.map((migration) => migration.revision),
      recordedNames: part.map((migration) => migration.recordedName),
    };
  };
  const steps: Step[] = [...before];
  if (facts.createHistorySql.length > 0) {
    steps.push({
      kind: 'create-history',
      sql: facts.createHistorySql.map((statement) => `${statement};`).join('\n'),
    });
  }
  if (stamps(strategy) && baseline >= 0) {
    const stamped = names(0, baseline + 1);
    const receipt = receiptBasis(verdict, options, drafted);
    const sql = facts.stampSql(stamped.recordedNames, receipt);
    steps.push({ kind: 'stamp', ...stamped, receipt, sql });
  }
  steps.push(...seeding.before);
  if (target > baseline) {
    steps.push({
      kind: 'migrate',
      ...names(baseline + 1, target + 1),
      chain: names(0, target + 1).recordedNames,
      sql: null,
    });
  }
  return [...steps, ...seeding.after];
}

/**
 * Decides what to do about a verdict. Pure: nothing is read or written, and the same verdict, options and facts give the same plan.
 *
 * Never an error: what may not be done is a plan with refusals, each with its code and what to do next.
 */
export function buildPlan(verdict: Verdict, options: PlanOptions, facts: PlanFacts): Plan {
  const base = {
    format: 1,
    fingerprint: verdict.fingerprint,
    historyDigest: historyDigest(facts.history),
    evidence: evidenceOf(verdict, options),
  } as const;
  const refused = (refusals: readonly Refusal[]): Plan => ({
    ...base,
    strategy: 'refuse',
    target: null,
    steps: [],
    refused: refusals,
    notices: [],
  });
  const last = verdict.migrations.length - 1;
  const wanted =
    options.to === null ? last : verdict.migrations.findIndex(({ revision }) => revision === options.to);
  const drafted = draft(verdict, options, facts);
  if (drafted.refused.length > 0) return refused(drafted.refused);
  if (stamps(drafted.strategy) && wanted < drafted.baseline) {
    return refused([
      {
        code: 'REFUSED.TARGET',
        message: `The database is past ${options.to}: it stands at ${verdict.migrations[drafted.baseline]?.revision}.`,
        hint: 'Adopt it where it stands (no --to), then go back with "knex-adopt downgrade" if you must.',
      },
    ]);
  }
  if (facts.history.lock === 'broken') {
    return refused([brokenLock(facts.history)]);
  }
  const target = Math.max(wanted, drafted.baseline);
  const seeding = seedSteps(facts.seeds ?? null, target === last);
  const steps =
    drafted.strategy === 'none' ? seeding.after : stepsOf(verdict, options, facts, drafted, target, seeding);
  const idTrouble = facts.completion?.evidence.idTrouble ?? null;
  if (steps.length > 0 && idTrouble !== null) return refused([takenIds(idTrouble)]);
  if (steps.length > 0 && facts.readOnlyReason !== null) {
    return refused([readOnly(facts.readOnlyReason)]);
  }
  return {
    ...base,
    strategy: steps.length === 0 ? 'none' : drafted.strategy === 'none' ? 'seed' : drafted.strategy,
    target: verdict.migrations[target]?.revision ?? null,
    steps,
    refused: [],
    notices: [...drafted.notices, ...seeding.notices],
  };
}
