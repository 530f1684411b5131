import { type Chain, valueAt } from '../manifest/chain.ts';
import { elementCount } from '../schema/elements.ts';
import type { Table } from '../schema/snapshot.ts';
import type { HeldTable } from './held-table.ts';
import type { Matcher } from './matcher.ts';
import type { RevisionScore } from './score-revisions.ts';

const byScore = (a: RevisionScore, b: RevisionScore) =>
  a.score.blocking - b.score.blocking || a.score.risky - b.score.risky || a.score.harmless - b.score.harmless;

/** How many of the closest by number of differences are weighed. */
const MOST_WEIGHED = 20;

/** A revision by index, with its score. */
interface Scored {
  readonly scored: RevisionScore;
  readonly index: number;
}

/** What a whole table counts for beyond one difference, where it is on one side only: as much as it holds. */
function extraWeight(expected: Table | null, { there }: HeldTable): number {
  if ((expected === null) === (there === null)) return 0;
  const alone = expected ?? there?.actual;
  return alone === undefined ? 0 : elementCount(alone) - 1;
}

/** What whole tables count for beyond one difference at each revision, as migrated: walking the chain costs what its migrations changed. */
function extraWeights(chain: Chain, matcher: Matcher): readonly number[] {
  const changes = chain.revisions.map(() => 0);
  let weight = 0;
  for (const held of matcher.tables) {
    let before = extraWeight(null, held);
    weight += before;
    for (const { from, value } of held.timeline) {
      const after = extraWeight(value, held);
      if (after !== before) changes[from] = (changes[from] ?? 0) + after - before;
      before = after;
    }
  }
  return changes.map((change) => {
    weight += change;
    return weight;
  });
}

/**
 * How much lies between each of these revisions and what is there: its blocking differences, a whole table counting as much as it holds. By
 * their mere number, a database that lost a column and its index would be nearer to the revision before, to which it only has one table too
 * many.
 */
function weigh(chain: Chain, matcher: Matcher, revisions: readonly Scored[]): readonly number[] {
  const extra = extraWeights(chain, matcher);
  return revisions.map(({ scored: { score, variant }, index }) => {
    let weight = score.blocking + (extra[index] ?? 0);
    for (const [key, own] of variant?.tables ?? []) {
      const held = matcher.tableOf(key);
      // What no revision knows says nothing about which of them is near.
      if (held.timeline.length > 0)
        weight += extraWeight(own, held) - extraWeight(valueAt(held.timeline, index), held);
    }
    return weight;
  });
}

/** Indexes of the revisions that come closest, best first; of equally close ones the later. */
export function nearestRevisions(
  chain: Chain,
  matcher: Matcher,
  scores: readonly RevisionScore[],
  most: number,
): readonly number[] {
  const closest = scores
    .map((scored, index) => ({ scored, index }))
    .sort((a, b) => byScore(a.scored, b.scored) || b.index - a.index);
  if (closest[0]?.scored.score.blocking === 0) return closest.slice(0, most).map(({ index }) => index);
  const weighed = closest.slice(0, MOST_WEIGHED);
  const weights = weigh(chain, matcher, weighed);
  return weighed
    .map((one, at) => ({ ...one, weight: weights[at] ?? 0 }))
    .sort((a, b) => a.weight - b.weight || byScore(a.scored, b.scored) || b.index - a.index)
    .slice(0, most)
    .map(({ index }) => index);
}
