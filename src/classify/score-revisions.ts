import { type Chain, valueAt } from '../manifest/chain.ts';
import type { GradedDifference, Match, Matcher, Score } from './matcher.ts';

function add(total: Score, match: Match, sign: 1 | -1): Score {
  return {
    blocking: total.blocking + sign * match.score.blocking,
    risky: total.risky + sign * match.score.risky,
    harmless: total.harmless + sign * match.score.harmless,
  };
}

/**
 * The score of every revision, in chain order. Walks the chain once: each step costs what its migration changed, not what the schema holds.
 */
export function scoreRevisions(chain: Chain, matcher: Matcher): readonly Score[] {
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
    return total;
  });
}

/** Every difference between one revision (by index; -1 is the empty database) and what is there. */
export function differencesAt(chain: Chain, matcher: Matcher, index: number): readonly GradedDifference[] {
  return [
    ...[...chain.tables].flatMap(
      ([key, timeline]) => matcher.table(key, valueAt(timeline, index)).differences,
    ),
    ...[...chain.objects].flatMap(
      ([identity, timeline]) => matcher.object(identity, valueAt(timeline, index)).differences,
    ),
    ...matcher.strangers.differences,
  ];
}

const byScore = (a: Score, b: Score) =>
  a.blocking - b.blocking || a.risky - b.risky || a.harmless - b.harmless;

/** Indexes of the revisions that come closest, best first; of equally close ones the later. */
export function nearestRevisions(scores: readonly Score[], most: number): readonly number[] {
  return scores
    .map((score, index) => ({ score, index }))
    .sort((a, b) => byScore(a.score, b.score) || b.index - a.index)
    .slice(0, most)
    .map(({ index }) => index);
}
