import type { RawDifference } from '../compare/difference.ts';
import type { Chain } from '../manifest/chain.ts';
import { isAnotherKind, strangersInPlaces } from '../manifest/in-place-of.ts';
import type { ObjectKey, Snapshot } from '../schema/snapshot.ts';
import type { Refusal } from './plan.ts';

/** Why nothing is made where something of another kind stands: no plan drops what no revision knows, or tells what it is for. */
export function anotherKind(name: string, kinds: NonNullable<RawDifference['kinds']>): Refusal {
  return {
    code: 'REFUSED.LEFTOVER',
    message: `${name} ${isAnotherKind(kinds.actual, kinds.expected)}.`,
    hint: 'Give it another name, or drop it if nothing uses it, and run this again.',
  };
}

/** Refuses to run the chain where it would find its names taken. @param moved tables that are out of the way by then, by key. */
export function takenPlaces(
  chain: Chain,
  snapshot: Pick<Snapshot, 'tables' | 'objects'>,
  moved: ReadonlySet<ObjectKey>,
): Refusal[] {
  return strangersInPlaces(chain, snapshot).flatMap(({ thing, kind, expected }) =>
    kind === 'table' && moved.has(thing.key)
      ? []
      : [anotherKind(`${thing.schema}.${thing.name}`, { actual: kind, expected })],
  );
}
