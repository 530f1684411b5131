import { objectIdentity } from '../schema/elements.ts';
import type { ObjectKey, SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import { uniqueSorted } from '../util/order.ts';
import type { Sides } from './changes.ts';
import { compareObjects } from './compare-object.ts';
import { compareTables, rulesBetween } from './compare-table.ts';
import type { RawDifference } from './difference.ts';
import { equalElements } from './equal-elements.ts';
import { pairElements } from './pair-elements.ts';
import { COMPARE_RULES } from './rules.ts';

/** Everything in a database, as it is or as it is expected. */
export type Structure = Pick<Snapshot, 'tables' | 'objects'>;

/** One difference, with what stands on its two sides. */
export interface StructureDifference {
  readonly difference: RawDifference;
  readonly sides: Sides;
}

/** A constraint or an index that is the same on both sides, and has two names. */
export interface OtherName {
  readonly table: ObjectKey;
  readonly kind: Exclude<RawDifference['kind'], 'table' | 'object' | 'column' | 'unmodelled'>;
  readonly expected: string;
  readonly actual: string;
}

function byKey<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [keyOf(item), item]));
}

/** What stands on the two sides of one key. */
type Pair<T> = readonly [key: string, expected: T | null, actual: T | null];

function pairs<T>(expected: readonly T[], actual: readonly T[], keyOf: (item: T) => string): Pair<T>[] {
  const [left, right] = [byKey(expected, keyOf), byKey(actual, keyOf)];
  return uniqueSorted([...left.keys(), ...right.keys()]).map((key) => [
    key,
    left.get(key) ?? null,
    right.get(key) ?? null,
  ]);
}

const tablePairs = (expected: Structure, actual: Structure): Pair<Table>[] =>
  pairs(expected.tables, actual.tables, ({ key }) => key);

const objectPairs = (expected: Structure, actual: Structure): Pair<SchemaObject>[] =>
  pairs(expected.objects, actual.objects, objectIdentity);

/**
 * Every difference between two structures, without a chain that would say whose it is: `compareStructures(s, s)` is empty, and swapping the
 * sides swaps missing and unexpected. Tables by key, then other objects by kind and key.
 */
export function compareStructures(expected: Structure, actual: Structure): readonly StructureDifference[] {
  return [
    ...tablePairs(expected, actual).flatMap(([key, left, right]) =>
      compareTables(key, left, right).map((difference) => ({
        difference,
        sides: { expected: left, actual: right },
      })),
    ),
    ...objectPairs(expected, actual).flatMap(([identity, left, right]) =>
      compareObjects(identity, left, right).map((difference) => ({
        difference,
        sides: { expected: left, actual: right },
      })),
    ),
  ];
}

/**
 * What is equal in two structures but for its name, which servers make up, each its own way: no difference, unless a migration drops it by the
 * name that it has elsewhere.
 */
export function otherNames(expected: Structure, actual: Structure): readonly OtherName[] {
  return tablePairs(expected, actual).flatMap(([table, left, right]) => {
    if (left === null || right === null) return [];
    return pairElements(left, right).pairs.flatMap(([a, b]): OtherName[] => {
      if (a.kind === 'column' || a.kind === 'unmodelled') return [];
      if (a.name === b.name || !equalElements(left, a, right, b)) return [];
      return [{ table, kind: a.kind, expected: a.name, actual: b.name }];
    });
  });
}

/** The rules of comparing on which the equality of what is equal rests, sorted. */
export function rulesBetweenStructures(expected: Structure, actual: Structure): readonly string[] {
  const equal = tablePairs(expected, actual).flatMap(([key, left, right]) =>
    left === null || right === null || compareTables(key, left, right).length > 0
      ? []
      : rulesBetween(left, right),
  );
  return uniqueSorted(otherNames(expected, actual).length === 0 ? equal : [...equal, COMPARE_RULES.names]);
}
