import { type Element, type ElementKind, elementsOfKind } from '../schema/elements.ts';
import {
  type Same,
  sameCheck,
  sameColumn,
  sameForeignKey,
  sameIndex,
  samePrimaryKey,
  sameText,
  sameTexts,
  sameUnique,
} from '../schema/same-elements.ts';
import type { IndexPart, Table } from '../schema/snapshot.ts';

/** Elements of both tables, each in its table's order. */
type Sides = readonly [Element[], Element[]];

/**
 * Adds the elements of one kind that have no same one on the other side, given the two tables' lists of it. Most lists are shared, or are so but
 * for their end: nothing is made before something is found.
 */
function addUnlike<T>(
  kind: ElementKind,
  a: Table,
  left: readonly T[],
  b: Table,
  right: readonly T[],
  same: Same<T>,
  unlike: Sides,
): void {
  if (left === right) return;
  const least = Math.min(left.length, right.length);
  let at = 0;
  while (at < least && (left[at] === right[at] || same(left[at] as T, right[at] as T))) at += 1;
  if (at === left.length && at === right.length) return;
  // What stands in the same place is taken out first: the rest is looked for everywhere.
  const search: number[] = [];
  const open: number[] = [];
  for (let position = at; position < left.length || position < right.length; position += 1) {
    if (position < least) {
      const [item, other] = [left[position] as T, right[position] as T];
      if (item === other || same(item, other)) continue;
    }
    if (position < left.length) search.push(position);
    if (position < right.length) open.push(position);
  }
  const alone = search.filter((position) => {
    const partner = positionOfSame(left[position] as T, right, open, same);
    if (partner >= 0) open.splice(partner, 1);
    return partner < 0;
  });
  if (alone.length > 0) unlike[0].push(...elementsOfKind(a, kind, alone));
  if (open.length > 0) unlike[1].push(...elementsOfKind(b, kind, open));
}

/** Where the first of these positions stands at which the list has the same item, or -1. */
function positionOfSame<T>(item: T, list: readonly T[], positions: readonly number[], same: Same<T>): number {
  return positions.findIndex((position) => item === list[position] || same(item, list[position] as T));
}

const orNone = <T>(item: T | null): readonly T[] => (item === null ? [] : [item]);

const sameWords: Same<string> = (a, b) => a === b;

/**
 * The elements of both tables but for those that are the same on both sides, names included; each in its table's order. What two tables share
 * (see `shareElements`) is not looked at.
 */
export function unlikeElements(a: Table, b: Table): Sides {
  const unlike: Sides = [[], []];
  addUnlike('column', a, a.columns, b, b.columns, sameColumn, unlike);
  if (a.primaryKey !== b.primaryKey)
    addUnlike('primary-key', a, orNone(a.primaryKey), b, orNone(b.primaryKey), samePrimaryKey, unlike);
  addUnlike('unique', a, a.uniques, b, b.uniques, sameUnique, unlike);
  addUnlike('foreign-key', a, a.foreignKeys, b, b.foreignKeys, sameForeignKey, unlike);
  addUnlike('check', a, a.checks, b, b.checks, sameCheck, unlike);
  addUnlike('index', a, a.indexes, b, b.indexes, sameIndex, unlike);
  addUnlike('unmodelled', a, a.unmodelled, b, b.unmodelled, sameWords, unlike);
  return unlike;
}

/** Whether a list begins with all the items of another, or with the same ones. */
function beginsWith<T>(list: readonly T[], items: readonly T[], same: Same<T>): boolean {
  if (items.length > list.length) return false;
  for (let at = 0; at < items.length; at += 1)
    if (items[at] !== list[at] && !same(items[at] as T, list[at] as T)) return false;
  return true;
}

/** Whether every element of a table is the same in another one, in the same place of its list: what was only added to. `false` says nothing. */
export function isWithin(a: Table, b: Table): boolean {
  // Most lists are shared: of those nothing is called.
  return (
    a === b ||
    ((a.primaryKey === b.primaryKey ||
      beginsWith(orNone(b.primaryKey), orNone(a.primaryKey), samePrimaryKey)) &&
      (a.columns === b.columns || beginsWith(b.columns, a.columns, sameColumn)) &&
      (a.uniques === b.uniques || beginsWith(b.uniques, a.uniques, sameUnique)) &&
      (a.foreignKeys === b.foreignKeys || beginsWith(b.foreignKeys, a.foreignKeys, sameForeignKey)) &&
      (a.checks === b.checks || beginsWith(b.checks, a.checks, sameCheck)) &&
      (a.indexes === b.indexes || beginsWith(b.indexes, a.indexes, sameIndex)) &&
      (a.unmodelled === b.unmodelled || beginsWith(b.unmodelled, a.unmodelled, sameWords)))
  );
}

/** Whether any two items of a list are of one structure. */
function someTwice<T>(items: readonly T[], same: Same<T>): boolean {
  return (
    items.length > 1 &&
    items.some((item, at) => items.some((other, position) => position > at && same(item, other)))
  );
}

/** Whether a table has two elements of one kind and structure, such as a second copy of an index. */
export function hasTwins(table: Table): boolean {
  return (
    someTwice(table.uniques, (a, b) => sameTexts(a.columns, b.columns)) ||
    someTwice(
      table.foreignKeys,
      (a, b) =>
        a.referencedTable === b.referencedTable &&
        sameTexts(a.columns, b.columns) &&
        sameTexts(a.referencedColumns, b.referencedColumns),
    ) ||
    someTwice(table.checks, (a, b) => sameText(a.expression, b.expression)) ||
    someTwice(
      table.indexes,
      (a, b) =>
        a.parts.length === b.parts.length &&
        sameText(a.predicate, b.predicate) &&
        a.parts.every((part, at) => partText(part) === partText(b.parts[at] as IndexPart)),
    ) ||
    someTwice(table.unmodelled, (a, b) => a === b)
  );
}

/** What an index part is on, as an element's identity has it. */
function partText(part: IndexPart): string {
  return part.column ?? `(${part.expression?.canonical ?? ''})`;
}
