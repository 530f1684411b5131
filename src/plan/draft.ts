import { differenceName } from '../classify/paths.ts';
import { judgeHistory } from '../classify/standing.ts';
import type { Verdict } from '../classify/verdict.ts';
import { planCompletion, riskyRefusal } from './complete.ts';
import { interruptedRefusal } from './interrupted.ts';
import { type Baseline, legacyBaseline, settledWords } from './legacy-baseline.ts';
import { otherHistoryRefusal } from './other-histories.ts';
import type { PlanOptions, Refusal, Step, Strategy } from './plan.ts';
import type { PlanFacts } from './plan-facts.ts';
import { planRebuild } from './rebuild.ts';

/** What is to be done, before it is put into steps. */
export interface Draft {
  readonly strategy: Strategy;
  /** Index of the last revision that is, or will be, recorded without running; -1 for none. */
  readonly baseline: number;
  readonly refused: readonly Refusal[];
  readonly notices: readonly string[];
  /** What is done before anything is recorded. */
  readonly before?: readonly Step[] | undefined;
}

const refuse = (...refused: Refusal[]): Draft => ({ strategy: 'refuse', baseline: -1, refused, notices: [] });

/** Tables that are there and have the names of the chain's, but for upper and lower case. */
function namesakes({ completion }: PlanFacts): readonly string[] {
  if (completion === undefined) return [];
  const { chain, snapshot } = completion.evidence;
  const known = new Set([...chain.tables.keys()].map((key) => key.toLowerCase()));
  return snapshot.tables.flatMap(({ key, schema, name }) =>
    known.has(key.toLowerCase()) ? [`${schema}.${name}`] : [],
  );
}

function draftFresh(verdict: Verdict, options: PlanOptions, facts: PlanFacts): Draft {
  if (verdict.unmanaged.length > 0 && !options.shared) {
    const some = verdict.unmanaged.slice(0, 3).join(', ');
    const [namesake, ...more] = namesakes(facts);
    if (namesake !== undefined) {
      const names = [namesake, ...more].slice(0, 3).join(', ');
      return refuse({
        code: 'REFUSED.SHARED',
        message: `Nothing of this chain is there, but ${more.length + 1} table(s) with its names in other letter case are: ${names}.`,
        hint: 'If they are what the chain made, rename them as it has them. Only if they are something else, have the chain made beside them with --shared.',
      });
    }
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

/** Chooses the strategy for a verdict, or refuses it. */
export function draft(verdict: Verdict, options: PlanOptions, facts: PlanFacts): Draft {
  const other = verdict.state === 'managed' ? null : otherHistoryRefusal(verdict, options);
  if (other !== null) return refuse(other);
  switch (verdict.state) {
    case 'fresh':
      return draftFresh(verdict, options, facts);
    case 'legacy':
      return draftLegacy(verdict, options, facts);
    case 'partial':
      return draftPartial(verdict, options, facts);
    case 'managed':
      return draftManaged(verdict, facts);
  }
}
