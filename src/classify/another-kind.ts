import type { RawDifference } from '../compare/difference.ts';
import type { Chain } from '../manifest/chain.ts';
import { isInPlaceOf, kindInstead, type Named, type StrangerInPlace } from '../manifest/in-place-of.ts';

/**
 * A difference of a whole table or object, with the two kinds where things of two kinds have one name: what is missing because something else
 * stands in its place is `different`, and what stands there is no mere stranger.
 *
 * @param named what the difference is about.
 * @param strangers all that stand in the place of something of the chain.
 */
export function withKinds(
  difference: RawDifference,
  named: Named,
  chain: Chain,
  strangers: readonly StrangerInPlace[],
): RawDifference {
  if (difference.outcome === 'missing') {
    const stranger = strangers.find((one) => isInPlaceOf(one, named));
    if (stranger === undefined) return difference;
    const kinds = { actual: stranger.kind, expected: named.kind };
    const sides = { expected: { kind: kinds.expected }, actual: { kind: kinds.actual } };
    return { ...difference, ...sides, outcome: 'different', kinds };
  }
  const expected = difference.outcome === 'unexpected' ? kindInstead(chain, named) : null;
  return expected === null ? difference : { ...difference, kinds: { actual: named.kind, expected } };
}
