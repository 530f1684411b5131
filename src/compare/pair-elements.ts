import { type Element, tableElements } from '../schema/elements.ts';
import type { Table } from '../schema/snapshot.ts';
import { unlikeElements } from './unlike-elements.ts';

/** Elements that stand for each other, and those that stand alone. */
export interface Pairing {
  readonly pairs: readonly (readonly [Element, Element])[];
  readonly missing: readonly Element[];
  readonly unexpected: readonly Element[];
}

/** Where nothing is left to pair. */
export const NO_PAIRS: Pairing = { pairs: [], missing: [], unexpected: [] };

/** Pairs elements that stand for each other; duplicates pair in order. Few are ever left to pair: what is the same was taken out before. */
function pairBy(
  expected: readonly Element[],
  actual: readonly Element[],
  isPair: (a: Element, b: Element) => boolean,
): Pairing {
  if (expected.length === 0 || actual.length === 0)
    return { pairs: [], missing: expected, unexpected: actual };
  const waiting = [...actual];
  const pairs: [Element, Element][] = [];
  const missing: Element[] = [];
  for (const element of expected) {
    const at = waiting.findIndex((other) => other.kind === element.kind && isPair(element, other));
    const partner = waiting[at];
    if (partner === undefined) missing.push(element);
    else {
      pairs.push([element, partner]);
      waiting.splice(at, 1);
    }
  }
  return { pairs, missing, unexpected: waiting };
}

/**
 * Pairs the elements of two tables but for those that are the same on both sides, names included: first what is wholly equal; then what is
 * the same thing by structure, then by name, so that one altered attribute is one difference and never a missing and an unexpected one.
 */
export function pairElements(expected: Table, actual: Table): Pairing {
  const canonical = actual.strict?.canonical;
  // Where rules are switched off, what is the same by every rule has to be looked at too.
  const sides =
    canonical === undefined
      ? unlikeElements(expected, actual)
      : ([tableElements(expected), tableElements(canonical)] as const);
  const left = sides[0];
  const right = sides[1];
  if (left.length === 0 && right.length === 0) return NO_PAIRS;
  if (left.length === 0 || right.length === 0) return { pairs: [], missing: left, unexpected: right };
  // Columns whose collation has another name, and is nobody's choice on both sides, are unlike and of one value.
  const isEqual = (a: Element, b: Element) => a.identity === b.identity && a.value === b.value;
  const same = pairBy(left, right, (a, b) => a.name === b.name && isEqual(a, b));
  const equal = pairBy(same.missing, same.unexpected, isEqual);
  const structural = pairBy(equal.missing, equal.unexpected, (a, b) => a.identity === b.identity);
  const named = pairBy(structural.missing, structural.unexpected, (a, b) =>
    a.kind === 'unmodelled'
      ? expected.named?.[a.name] !== undefined && expected.named[a.name] === actual.named?.[b.name]
      : a.name === b.name,
  );
  return {
    pairs: [...same.pairs, ...equal.pairs, ...structural.pairs, ...named.pairs],
    missing: named.missing,
    unexpected: named.unexpected,
  };
}
