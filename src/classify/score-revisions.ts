import { type Chain, objectAt, type Timeline, tableAt, type Variant, valueAt } from '../manifest/chain.ts';
import type { Acceptance } from './acceptance.ts';
import { carryVariant } from './carry-variant.ts';
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
    total.replace(matcher.tableScore(key, own), matcher.tableScore(key, value));
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
  for (const [key, timeline] of chain.tables)
    addTimeline(timeline, (value) => matcher.tableScore(key, value), changes, total);
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

/** Every difference between one revision (by index; -1 is the empty database), or a variant of it, and what is there. */
export function differencesAt(
  chain: Chain,
  matcher: Matcher,
  acceptance: Acceptance,
  index: number,
  variant: Variant | null,
): readonly GradedDifference[] {
  const keys = new Set([...chain.tables.keys(), ...(variant?.tables.keys() ?? [])]);
  const identities = new Set([...chain.objects.keys(), ...(variant?.objects.keys() ?? [])]);
  const strangers = matcher.strangers.filter(({ kind, owner }) =>
    kind === 'object' ? !identities.has(owner) : !keys.has(owner),
  );
  const differences = [
    ...[...keys].flatMap((key) => matcher.tableDifferences(key, tableAt(chain, key, index, variant))),
    ...[...identities].flatMap((identity) =>
      matcher.objectDifferences(identity, objectAt(chain, identity, index, variant)),
    ),
    ...strangers,
  ];
  const revision = chain.revisions[index]?.name ?? '';
  if (!acceptance.hasOwn(revision)) return differences;
  return differences.map((difference) =>
    difference.accepted === null
      ? { ...difference, accepted: acceptance.only(revision, difference) }
      : difference,
  );
}
