import { changesFor } from '../compare/changes.ts';
import type { Change } from '../database/ddl.ts';
import type { Chain } from '../manifest/chain.ts';
import { type Decisions, NO_DECISIONS } from '../manifest/decisions.ts';
import type { Snapshot } from '../schema/snapshot.ts';
import { createAcceptance } from './acceptance.ts';
import { introducedBy, removedBy } from './attribute.ts';
import { sidesOf } from './describe-differences.ts';
import { createMatcher, type GradedDifference } from './matcher.ts';
import { createNamer, differenceName } from './paths.ts';
import { differencesAt, scoreRevisions } from './score-revisions.ts';

/** One difference between a revision and what is there, with what would do away with it. */
export interface Place {
  /** The difference's name, as it is accepted by. */
  readonly name: string;
  readonly difference: GradedDifference;
  /** The revision that made it what is expected, or, of what is unexpected, that brought it; null where no revision knows it. */
  readonly introducedBy: string | null;
  /** Of what is unexpected: the revision that takes it away; null where none does. */
  readonly removedBy: string | null;
  /** What would make it as expected, in order; null where that cannot be said. */
  readonly changes: readonly Change[] | null;
}

/**
 * Every difference between one revision (by index) and what is there, with the changes that would do away with it. Of a revision with
 * accepted variants: from that which comes closest.
 */
export function placesAt(
  chain: Chain,
  snapshot: Snapshot,
  index: number,
  decisions: Decisions = NO_DECISIONS,
): readonly Place[] {
  const namer = createNamer(snapshot);
  const acceptance = createAcceptance(decisions.accepted, namer);
  const matcher = createMatcher(chain, snapshot, acceptance);
  const variant = scoreRevisions(chain, matcher, acceptance)[index]?.variant ?? null;
  return differencesAt(chain, matcher, acceptance, index, variant).map((difference) => {
    const sides = sidesOf({ chain, matcher, index, variant }, difference);
    return {
      name: differenceName({ path: namer.path(difference) }),
      difference,
      introducedBy: introducedBy(chain, index, difference),
      removedBy: difference.outcome === 'unexpected' ? removedBy(chain, index, difference) : null,
      changes: changesFor(difference, sides),
    };
  });
}
