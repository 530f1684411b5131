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

/** Adds the elements of one kind that have no same one on the other side, given the two tables' lists of it. */
function addUnlike<T>(
  kind: ElementKind,
  tables: readonly [Table, Table],
  [left, right]: readonly [readonly T[], readonly T[]],
  same: Same<T>,
  unlike: Sides,
): void {
  if (left === right) return;
  const isSame: Same<T> = (a, b) => a === b || same(a, b);
  const least = Math.min(left.length, right.length);
  let at = 0;
  while (at < least && isSame(left[at] as T, right[at] as T)) at += 1;
  if (at === left.length && at === right.length) return;
  const alone: number[] = [];
  const open: number[] = [];
  for (let position = at; position < right.length; position += 1) open.push(position);
  for (let position = at; position < left.length; position += 1) {
    const item = left[position] as T;
    const partner = open.findIndex((other) => isSame(item, right[other] as T));
    if (partner < 0) alone.push(position);
    else open.splice(partner, 1);
  }
  if (alone.length > 0) unlike[0].push(...elementsOfKind(tables[0], kind, alone));
  if (open.length > 0) unlike[1].push(...elementsOfKind(tables[1], kind, open));
}

const orNone = <T>(item: T | null): readonly T[] => (item === null ? [] : [item]);

/**
 * The elements of both tables but for those that are the same on both sides, names included; each in its table's order. What two tables share
 * (see `shareElements`) is not looked at.
 */
export function unlikeElements(a: Table, b: Table): Sides {
  const unlike: Sides = [[], []];
  const both = [a, b] as const;
  addUnlike('column', both, [a.columns, b.columns], sameColumn, unlike);
  if (a.primaryKey !== b.primaryKey)
    addUnlike('primary-key', both, [orNone(a.primaryKey), orNone(b.primaryKey)], samePrimaryKey, unlike);
  addUnlike('unique', both, [a.uniques, b.uniques], sameUnique, unlike);
  addUnlike('foreign-key', both, [a.foreignKeys, b.foreignKeys], sameForeignKey, unlike);
  addUnlike('check', both, [a.checks, b.checks], sameCheck, unlike);
  addUnlike('index', both, [a.indexes, b.indexes], sameIndex, unlike);
  addUnlike('unmodelled', both, [a.unmodelled, b.unmodelled], (x, y) => x === y, unlike);
  return unlike;
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
