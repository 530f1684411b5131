import { type Chain, objectAt, tableAt, type Variant, valueAt } from '../manifest/chain.ts';
import type { Acceptance } from './acceptance.ts';
import { carryVariant } from './carry-variant.ts';
import { type GradedDifference, type Match, type Matcher, type Score, scoreOf } from './matcher.ts';

/** A revision, as migrated or in the variant of it that comes closest, and how far the database is from that. */
export interface RevisionScore {
  readonly score: Score;
  readonly variant: Variant | null;
}

function add(total: Score, match: Match, sign: 1 | -1): Score {
  return {
    blocking: total.blocking + sign * match.score.blocking,
    risky: total.risky + sign * match.score.risky,
    harmless: total.harmless + sign * match.score.harmless,
  };
}

const byScore = (a: Score, b: Score) =>
  a.blocking - b.blocking || a.risky - b.risky || a.harmless - b.harmless;

/** From the score of a revision to that of a variant of it: costs what the variant changes. */
function variantScore(chain: Chain, matcher: Matcher, plain: Score, variant: Variant): Score {
  let total = plain;
  for (const [key, value] of variant.tables) {
    total = add(total, matcher.table(key, valueAt(chain.tables.get(key), variant.of)), -1);
    total = add(total, matcher.table(key, value), 1);
  }
  for (const [identity, value] of variant.objects) {
    total = add(total, matcher.object(identity, valueAt(chain.objects.get(identity), variant.of)), -1);
    total = add(total, matcher.object(identity, value), 1);
  }
  return total;
}

/** The best of a revision as migrated and its variants; of equals the former, then the first by name. */
function bestOf(options: readonly RevisionScore[]): RevisionScore {
  return options.reduce((best, option) => (byScore(option.score, best.score) < 0 ? option : best));
}

/**
 * The score of every revision, in chain order. Walks the chain once: each step costs what its migration changed, and each variant what it
 * changes, not what the schema holds; only a revision at which something is accepted that is not accepted everywhere is looked at whole.
 */
export function scoreRevisions(
  chain: Chain,
  matcher: Matcher,
  acceptance: Acceptance,
): readonly RevisionScore[] {
  let total = matcher.strangers.score;
  for (const key of chain.tables.keys()) total = add(total, matcher.table(key, null), 1);
  for (const identity of chain.objects.keys()) total = add(total, matcher.object(identity, null), 1);
  return chain.revisions.map((revision, index) => {
    for (const key of revision.changedTables) {
      const timeline = chain.tables.get(key);
      total = add(total, matcher.table(key, valueAt(timeline, index - 1)), -1);
      total = add(total, matcher.table(key, valueAt(timeline, index)), 1);
    }
    for (const identity of revision.changedObjects) {
      const timeline = chain.objects.get(identity);
      total = add(total, matcher.object(identity, valueAt(timeline, index - 1)), -1);
      total = add(total, matcher.object(identity, valueAt(timeline, index)), 1);
    }
    const variants = chain.variants.filter((variant) => variant.of === index);
    const options = [null, ...variants].map((variant): RevisionScore => {
      if (acceptance.hasOwn(revision.name))
        return { variant, score: scoreOf(differencesAt(chain, matcher, acceptance, index, variant)) };
      return { variant, score: variant === null ? total : variantScore(chain, matcher, total, variant) };
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
  const strangers = matcher.strangers.differences.filter(({ kind, owner }) =>
    kind === 'object' ? !identities.has(owner) : !keys.has(owner),
  );
  const differences = [
    ...[...keys].flatMap((key) => matcher.table(key, tableAt(chain, key, index, variant)).differences),
    ...[...identities].flatMap(
      (identity) => matcher.object(identity, objectAt(chain, identity, index, variant)).differences,
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

/** Indexes of the revisions that come closest, best first; of equally close ones the later. */
export function nearestRevisions(scores: readonly RevisionScore[], most: number): readonly number[] {
  return scores
    .map(({ score }, index) => ({ score, index }))
    .sort((a, b) => byScore(a.score, b.score) || b.index - a.index)
    .slice(0, most)
    .map(({ index }) => index);
}
