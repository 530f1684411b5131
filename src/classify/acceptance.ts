import type { RawDifference } from '../compare/difference.ts';
import type { AcceptedDifference } from '../manifest/decisions.ts';
import { differenceName, type Namer } from './paths.ts';

/** Which differences people accepted, in a reviewed file. */
export interface Acceptance {
  /** Why it is accepted, whichever the revision it is seen from; null where it is not. */
  everywhere(difference: RawDifference): string | null;
  /** Whether anything is accepted whichever the revision. */
  readonly hasEverywhere: boolean;
  /** Why it is accepted as seen from this revision, there and not everywhere; null where it is not. */
  only(revision: string, difference: RawDifference): string | null;
  /** Whether anything is accepted at this revision that is not accepted everywhere. */
  hasOwn(revision: string): boolean;
  /** Names accepted everywhere or at this revision, and held by none of these differences. */
  unused(revision: string, differences: readonly RawDifference[]): readonly string[];
}

/**
 * What a list of accepted differences comes to. A difference is accepted under its full name, and without the default schema, whose name
 * differs from server to server.
 */
export function createAcceptance(accepted: readonly AcceptedDifference[], namer: Namer): Acceptance {
  const everywhere = new Map<string, string>();
  const own = new Map<string, Map<string, string>>();
  for (const { difference, revision, why } of accepted) {
    if (revision === null) everywhere.set(difference, why);
    else own.set(revision, (own.get(revision) ?? new Map<string, string>()).set(difference, why));
  }
  const namesOf = (difference: RawDifference): readonly string[] => [
    differenceName({ path: namer.path(difference) }),
    differenceName({ path: namer.bare(difference) }),
  ];
  const find = (map: ReadonlyMap<string, string> | undefined, difference: RawDifference) => {
    // Names are made only where there is something to look up.
    if (map === undefined || map.size === 0) return null;
    const name = namesOf(difference).find((one) => map.has(one));
    return name === undefined ? null : (map.get(name) ?? null);
  };
  return {
    everywhere: (difference) => find(everywhere, difference),
    hasEverywhere: everywhere.size > 0,
    only: (revision, difference) => find(own.get(revision), difference),
    hasOwn: (revision) => own.has(revision),
    unused: (revision, differences) => {
      const here = accepted.filter((one) => one.revision === null || one.revision === revision);
      if (here.length === 0) return [];
      const names = new Set(differences.flatMap(namesOf));
      return here.flatMap(({ difference }) => (names.has(difference) ? [] : [difference]));
    },
  };
}
