import { createHash } from 'node:crypto';
import { differenceName } from '../classify/paths.ts';
import type { Verdict } from '../classify/verdict.ts';
import type { ReceiptBasis } from '../history/receipts.ts';
import { uniqueSorted } from '../util/order.ts';
import { evidenceDigest, historyDigest } from './digests.ts';
import { type Draft, draft } from './draft.ts';
import type { Plan, PlanOptions, Refusal, Step, Strategy } from './plan.ts';
import type { PlanFacts } from './plan-facts.ts';
import { type SeedSteps, seedSteps } from './seed-steps.ts';
import { brokenLock, readOnly, takenIds } from './trouble.ts';

/** What a plan for this verdict rests on beside the schema: nothing where the schema alone decided, or a word that was given now. */
function evidenceOf(verdict: Verdict, { at, onPartial }: PlanOptions): Plan['evidence'] {
  const { state, candidates, probes, foreignHistories } = verdict;
  const chosen = state === 'legacy' && candidates.length > 1 && at === null;
  const completed =
    state === 'partial' && onPartial !== 'refuse' && probes.length + foreignHistories.length > 0;
  if (!chosen && !completed) return null;
  return { probes: probes.map(({ revision }) => revision), digest: evidenceDigest(verdict) };
}

/** Why there is no stopping at a revision: the database is, or would be taken to be, past it. */
function pastTarget({ state, candidates }: Verdict, to: string, recorded: string): Refusal {
  const proved = state === 'legacy' && candidates.length === 1;
  return {
    code: 'REFUSED.TARGET',
    message: proved
      ? `The database is past ${to}: it stands at ${recorded}.`
      : `The database would be recorded up to ${recorded}, which is past ${to}.`,
    hint: proved
      ? 'Adopt it where it stands (no --to), then go back with "knex-adopt downgrade" if you must.'
      : 'Leave out --to; or say with --at at which revision it is, where it is not past that one.',
  };
}

/** Whether the baseline is recorded without Knex having run it in the usual way. */
const stamps = (strategy: Strategy) => ['stamp', 'complete', 'rebuild'].includes(strategy);

/** What the receipt of a stamp will say of why. */
function receiptBasis(
  verdict: Verdict,
  options: PlanOptions,
  { strategy, baseline, before = [], notices }: Draft,
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
    ...(notices.length > 0 ? { notices } : {}),
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
    const recorded = verdict.migrations[drafted.baseline]?.revision ?? '';
    return refused([pastTarget(verdict, options.to ?? '', recorded)]);
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
