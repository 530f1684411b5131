import { type Chain, type Timeline, type Variant, valueAt } from '../manifest/chain.ts';
import type { SchemaObject, Table } from '../schema/snapshot.ts';
import type { Acceptance } from './acceptance.ts';
import { carryVariant } from './carry-variant.ts';
import type { HeldTable } from './held-table.ts';
import { type GradedDifference, type Matcher, type Score, scoreOf } from './matcher.ts';

/** A revision, as migrated or in the variant of it that comes closest, and how far the database is from that. */
export interface RevisionScore {
  readonly score: Score;
  readonly variant: Variant | null;
}

/** The sum of scores, kept while single ones come and go. */
function scoreSum(start: Score) {
  let { blocking, risky, harmless } = start;
  return {
    replace: (before: Score, after: Score): void => {
      blocking += after.blocking - before.blocking;
      risky += after.risky - before.risky;
      harmless += after.harmless - before.harmless;
    },
    score: (): Score => ({ blocking, risky, harmless }),
  };
}

const NOTHING: Score = { blocking: 0, risky: 0, harmless: 0 };

const byScore = (a: Score, b: Score) =>
  a.blocking - b.blocking || a.risky - b.risky || a.harmless - b.harmless;

/** From the score of a revision to that of a variant of it: costs what the variant changes. */
function variantScore(chain: Chain, matcher: Matcher, plain: Score, variant: Variant): Score {
  const total = scoreSum(plain);
  for (const [key, value] of variant.tables) {
    const own = valueAt(chain.tables.get(key), variant.of);
    const held = matcher.tableOf(key);
    total.replace(matcher.tableScore(held, own), matcher.tableScore(held, value));
  }
  for (const [identity, value] of variant.objects) {
    const own = valueAt(chain.objects.get(identity), variant.of);
    total.replace(matcher.objectScore(identity, own), matcher.objectScore(identity, value));
  }
  return total.score();
}

/** The best of a revision as migrated and its variants; of equals the former, then the first by name. */
function bestOf(options: readonly RevisionScore[]): RevisionScore {
  return options.reduce((best, option) => (byScore(option.score, best.score) < 0 ? option : best));
}

/** What each version of one thing adds to the scores from its revision on, beside what nothing being there adds from the first. */
function addTimeline<T>(
  timeline: Timeline<T>,
  scoreOfVersion: (value: T | null) => Score,
  at: readonly ReturnType<typeof scoreSum>[],
  start: ReturnType<typeof scoreSum>,
): void {
  let before = scoreOfVersion(null);
  start.replace(NOTHING, before);
  for (const { from, value } of timeline) {
    const after = scoreOfVersion(value);
    at[from]?.replace(before, after);
    before = after;
  }
}

/**
 * The score of every revision, in chain order. Looks at each version of each thing once, and sums up what they change: nothing here is the size
 * of revisions × tables. A variant costs what it changes; only a revision at which something is accepted that is not accepted everywhere is
 * looked at whole.
 */
export function scoreRevisions(
  chain: Chain,
  matcher: Matcher,
  acceptance: Acceptance,
): readonly RevisionScore[] {
  const total = scoreSum(scoreOf(matcher.strangers));
  const changes = chain.revisions.map(() => scoreSum(NOTHING));
  for (const held of matcher.tables)
    addTimeline(held.timeline, (value) => matcher.tableScore(held, value), changes, total);
  for (const [identity, timeline] of chain.objects)
    addTimeline(timeline, (value) => matcher.objectScore(identity, value), changes, total);
  return chain.revisions.map((revision, index) => {
    total.replace(NOTHING, changes[index]?.score() ?? NOTHING);
    const plain = total.score();
    const variants = chain.variants.filter((variant) => variant.of === index);
    const options = [null, ...variants].map((variant): RevisionScore => {
      if (acceptance.hasOwn(revision.name))
        return { variant, score: scoreOf(differencesAt(chain, matcher, acceptance, index, variant)) };
      return { variant, score: variant === null ? plain : variantScore(chain, matcher, plain, variant) };
    });
    return bestOf(options);
  });
}

/**
 * What a managed database at a revision comes closest to: that revision, a variant of it, or a variant of an earlier one as the migrations
 * since have left it.
 */
export function closestAt(
  chain: Chain,
  matcher: Matcher,
  acceptance: Acceptance,
  index: number,
  own: RevisionScore,
): RevisionScore {
  const carried = chain.variants
    .filter((variant) => variant.of < index)
    .map((variant) => carryVariant(chain, variant, index));
  return bestOf([
    own,
    ...carried.map((variant) => ({
      variant,
      score: scoreOf(differencesAt(chain, matcher, acceptance, index, variant)),
    })),
  ]);
}

/** Hands out each table that the chain or the variant knows, with what is expected of it: those of the chain, then those of the variant alone. */
export function visitTables(
  { tables, expectedAt, tableOf }: Pick<Matcher, 'tables' | 'expectedAt' | 'tableOf'>,
  index: number,
  variant: Variant | null,
  visit: (held: HeldTable, expected: Table | null) => void,
): void {
  const expected = expectedAt(index);
  tables.forEach((held, at) => {
    const own = variant?.tables.get(held.key);
    visit(held, own === undefined ? (expected[at] ?? null) : own);
  });
  for (const [key, value] of variant?.tables ?? []) {
    const held = tableOf(key);
    if (held.timeline.length === 0) visit(held, value);
  }
}

/** What is expected of each object beside the tables, in the same order. */
function* objectsAt(
  { objects }: Chain,
  index: number,
  variant: Variant | null,
): Generator<readonly [string, SchemaObject | null]> {
  for (const [identity, timeline] of objects) {
    const own = variant?.objects.get(identity);
    yield [identity, own === undefined ? valueAt(timeline, index) : own];
  }
  for (const [identity, value] of variant?.objects ?? []) if (!objects.has(identity)) yield [identity, value];
}

/** Every difference between one revision (by index; -1 is the empty database), or a variant of it, and what is there. */
export function differencesAt(
  chain: Chain,
  matcher: Matcher,
  acceptance: Acceptance,
  index: number,
  variant: Variant | null,
): readonly GradedDifference[] {
  const differences: GradedDifference[] = [];
  visitTables(matcher, index, variant, (held, expected) => {
    for (const difference of matcher.tableDifferences(held, expected)) differences.push(difference);
  });
  for (const [identity, value] of objectsAt(chain, index, variant))
    differences.push(...matcher.objectDifferences(identity, value));
  for (const stranger of matcher.strangers) {
    const own = stranger.kind === 'object' ? variant?.objects : variant?.tables;
    if (own?.has(stranger.owner) !== true) differences.push(stranger);
  }
  const revision = chain.revisions[index]?.name ?? '';
  if (!acceptance.hasOwn(revision)) return differences;
  return differences.map((difference) =>
    difference.accepted === null
      ? { ...difference, accepted: acceptance.only(revision, difference) }
      : difference,
  );
}
