import { chosenElements, type Element, type ElementKind } from '../schema/elements.ts';
import type {
  CanonicalText,
  CheckConstraint,
  Column,
  ColumnDefault,
  ForeignKey,
  Index,
  IndexPart,
  PrimaryKey,
  Table,
  UniqueConstraint,
} from '../schema/snapshot.ts';

/*
 * Two versions of a table mostly share all but one or two elements. What is plainly the same on both sides, name included, is found here by
 * looking at its fields, without making texts of it: that is what lets thousands of tables be held against thousands of versions. `false` only
 * ever means that texts have to be compared.
 */

type Same<T> = (a: T, b: T) => boolean;

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

function sameText(a: CanonicalText | null, b: CanonicalText | null): boolean {
  return a === null || b === null ? a === b : a.canonical === b.canonical;
}

function sameDefault(a: ColumnDefault, b: ColumnDefault): boolean {
  if (a.kind === 'varying' || b.kind === 'varying') return false;
  if (a.kind === 'none' || a.kind === 'sequence') return a.kind === b.kind;
  return a.kind === b.kind && a.canonical === b.canonical;
}

const sameColumn: Same<Column> = (a, b) =>
  a.name === b.name &&
  a.type.canonical === b.type.canonical &&
  a.nullable === b.nullable &&
  sameDefault(a.default, b.default) &&
  a.identity === b.identity &&
  a.extra === b.extra &&
  a.generated?.kind === b.generated?.kind &&
  sameText(a.generated?.expression ?? null, b.generated?.expression ?? null) &&
  a.collation?.name === b.collation?.name &&
  a.collation?.databaseDefault === b.collation?.databaseDefault &&
  a.collation?.charsetDefault === b.collation?.charsetDefault;

const samePrimaryKey: Same<PrimaryKey> = (a, b) => a.name === b.name && sameTexts(a.columns, b.columns);

const sameUnique: Same<UniqueConstraint> = (a, b) =>
  a.name === b.name &&
  a.deferrable === b.deferrable &&
  a.nullsNotDistinct === b.nullsNotDistinct &&
  sameTexts(a.columns, b.columns);

const sameForeignKey: Same<ForeignKey> = (a, b) =>
  a.name === b.name &&
  a.referencedTable === b.referencedTable &&
  a.onUpdate === b.onUpdate &&
  a.onDelete === b.onDelete &&
  a.match === b.match &&
  a.deferrable === b.deferrable &&
  a.validated === b.validated &&
  sameTexts(a.columns, b.columns) &&
  sameTexts(a.referencedColumns, b.referencedColumns);

const sameCheck: Same<CheckConstraint> = (a, b) =>
  a.name === b.name && a.validated === b.validated && sameText(a.expression, b.expression);

const samePart: Same<IndexPart> = (a, b) =>
  a.column === b.column &&
  a.order === b.order &&
  a.nulls === b.nulls &&
  a.operatorClass === b.operatorClass &&
  a.collation === b.collation &&
  a.length === b.length &&
  sameText(a.expression, b.expression);

const sameIndex: Same<Index> = (a, b) =>
  a.name === b.name &&
  a.unique === b.unique &&
  a.method === b.method &&
  a.nullsNotDistinct === b.nullsNotDistinct &&
  a.valid === b.valid &&
  sameText(a.predicate, b.predicate) &&
  sameTexts(a.include, b.include) &&
  a.parts.length === b.parts.length &&
  a.parts.every((part, at) => samePart(part, b.parts[at] as IndexPart));

/** Positions, by kind. */
type Positions = Map<ElementKind, readonly number[]>;

/** The positions of items that have no same one on the other side; nothing is added where all have. */
function addUnlike<T>(
  kind: ElementKind,
  left: readonly T[],
  right: readonly T[],
  same: Same<T>,
  [unlikeLeft, unlikeRight]: readonly [Positions, Positions],
): void {
  const most = Math.max(left.length, right.length);
  let at = 0;
  while (at < most && at < left.length && at < right.length && same(left[at] as T, right[at] as T)) at += 1;
  if (at === most) return;
  const alone: number[] = [];
  const open: number[] = [];
  for (let position = at; position < right.length; position += 1) open.push(position);
  for (let position = at; position < left.length; position += 1) {
    const item = left[position] as T;
    const partner = open.findIndex((other) => same(item, right[other] as T));
    if (partner < 0) alone.push(position);
    else open.splice(partner, 1);
  }
  if (alone.length > 0) unlikeLeft.set(kind, alone);
  if (open.length > 0) unlikeRight.set(kind, open);
}

const orNone = <T>(item: T | null): readonly T[] => (item === null ? [] : [item]);

/** The elements of both tables but for those that are the same on both sides, names included; each in its table's order. */
export function unlikeElements(a: Table, b: Table): readonly [Element[], Element[]] {
  const unlike: readonly [Positions, Positions] = [new Map(), new Map()];
  addUnlike('column', a.columns, b.columns, sameColumn, unlike);
  addUnlike('primary-key', orNone(a.primaryKey), orNone(b.primaryKey), samePrimaryKey, unlike);
  addUnlike('unique', a.uniques, b.uniques, sameUnique, unlike);
  addUnlike('foreign-key', a.foreignKeys, b.foreignKeys, sameForeignKey, unlike);
  addUnlike('check', a.checks, b.checks, sameCheck, unlike);
  addUnlike('index', a.indexes, b.indexes, sameIndex, unlike);
  addUnlike('unmodelled', a.unmodelled, b.unmodelled, (x, y) => x === y, unlike);
  const chosen = (table: Table, positions: Positions): Element[] =>
    positions.size === 0
      ? []
      : chosenElements(table, (kind, position) => positions.get(kind)?.includes(position) === true);
  return [chosen(a, unlike[0]), chosen(b, unlike[1])];
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
