import { type Chain, valueAt } from '../manifest/chain.ts';
import { elementCount } from '../schema/elements.ts';
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

/**
 * How much lies between each of these revisions and what is there: its blocking differences, a whole table counting as much as it holds. By
 * their mere number, a database that lost a column and its index would be nearer to the revision before, to which it only has one table too
 * many.
 */
function weigh(chain: Chain, matcher: Matcher, revisions: readonly Scored[]): readonly number[] {
  const weights = revisions.map(({ scored }) => scored.score.blocking);
  for (const [key, timeline] of chain.tables) {
    const actual = matcher.actualTable(key);
    for (const [at, { scored, index }] of revisions.entries()) {
      const own = scored.variant?.tables.get(key);
      const expected = own === undefined ? valueAt(timeline, index) : own;
      const alone = expected === null ? actual : actual === null ? expected : null;
      if (alone !== null) weights[at] = (weights[at] ?? 0) + elementCount(alone) - 1;
    }
  }
  return weights;
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
