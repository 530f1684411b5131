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
} from './snapshot.ts';

/*
 * Two versions of a table mostly share all but one or two elements. What is plainly the same on both sides, name included, is found here by
 * looking at its fields, without making texts of it: that is what lets thousands of tables be held against thousands of versions. `false` only
 * ever means that texts have to be compared.
 */

/** Whether two items of one kind are plainly the same. */
export type Same<T> = (a: T, b: T) => boolean;

/** Whether two lists of texts are the same. */
export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

/** Whether two texts have one canonical form. */
export function sameText(a: CanonicalText | null, b: CanonicalText | null): boolean {
  return a === null || b === null ? a === b : a.canonical === b.canonical;
}

function sameDefault(a: ColumnDefault, b: ColumnDefault): boolean {
  if (a.kind === 'varying' || b.kind === 'varying') return false;
  if (a.kind === 'none' || a.kind === 'sequence') return a.kind === b.kind;
  return a.kind === b.kind && a.canonical === b.canonical;
}

export const sameColumn: Same<Column> = (a, b) =>
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

export const samePrimaryKey: Same<PrimaryKey> = (a, b) =>
  a.name === b.name && sameTexts(a.columns, b.columns);

export const sameUnique: Same<UniqueConstraint> = (a, b) =>
  a.name === b.name &&
  a.deferrable === b.deferrable &&
  a.nullsNotDistinct === b.nullsNotDistinct &&
  sameTexts(a.columns, b.columns);

export const sameForeignKey: Same<ForeignKey> = (a, b) =>
  a.name === b.name &&
  a.referencedTable === b.referencedTable &&
  a.onUpdate === b.onUpdate &&
  a.onDelete === b.onDelete &&
  a.match === b.match &&
  a.deferrable === b.deferrable &&
  a.validated === b.validated &&
  sameTexts(a.columns, b.columns) &&
  sameTexts(a.referencedColumns, b.referencedColumns);

export const sameCheck: Same<CheckConstraint> = (a, b) =>
  a.name === b.name && a.validated === b.validated && sameText(a.expression, b.expression);

const samePart: Same<IndexPart> = (a, b) =>
  a.column === b.column &&
  a.order === b.order &&
  a.nulls === b.nulls &&
  a.operatorClass === b.operatorClass &&
  a.collation === b.collation &&
  a.length === b.length &&
  sameText(a.expression, b.expression);

export const sameIndex: Same<Index> = (a, b) =>
  a.name === b.name &&
  a.unique === b.unique &&
  a.method === b.method &&
  a.nullsNotDistinct === b.nullsNotDistinct &&
  a.valid === b.valid &&
  sameText(a.predicate, b.predicate) &&
  sameTexts(a.include, b.include) &&
  a.parts.length === b.parts.length &&
  a.parts.every((part, at) => samePart(part, b.parts[at] as IndexPart));

const sameWords: Same<string> = (a, b) => a === b;

/** The items, each as the model has it where that has the same; the model's own list where it has just these, in this order. */
function shareList<T>(items: readonly T[], model: readonly T[], same: Same<T>): readonly T[] {
  if (items === model) return items;
  if (model.length === 0) return items.length === 0 ? model : items;
  const isAt = (item: T, at: number) =>
    at < model.length && (item === model[at] || same(item, model[at] as T));
  let alike = 0;
  while (alike < items.length && isAt(items[alike] as T, alike)) alike += 1;
  if (alike === items.length && alike === model.length) return model;
  let next = alike;
  return items.map((item, position) => {
    if (position < alike) return model[position] as T;
    const found = isAt(item, next) ? next : model.findIndex((other) => same(item, other));
    if (found < 0) return item;
    next = found + 1;
    return model[found] as T;
  });
}

/** Whether two columns of one hash are the same: a hash says neither where a column stands nor the name of a collation that nobody chose. */
const sameByHash: Same<Column> = (a, b) => a.name === b.name && a.collation?.name === b.collation?.name;

type Named = { readonly name: string | null };

/** Whether two lists, in tables of one hash, are the same: a hash leaves out names and order, which cannot matter where there is one at most. */
function areSame<T extends Named>(items: readonly T[], model: readonly T[], same: Same<T>): boolean {
  if (items.length !== model.length) return false;
  const [item, other] = [items[0], model[0]];
  if (item === undefined || other === undefined) return true;
  if (items.length === 1) return item.name === other.name;
  return items.every((one, at) => same(one, model[at] as T));
}

function areSameColumns(columns: readonly Column[], model: readonly Column[]): boolean {
  if (columns.length !== model.length) return false;
  for (let at = 0; at < columns.length; at += 1)
    if (columns[at] !== model[at] && !sameByHash(columns[at] as Column, model[at] as Column)) return false;
  return true;
}

/** Whether two tables of one hash are the same in all that is compared, names and orders included. */
function areWhollySame(table: Table, model: Table): boolean {
  return (
    table.unread === undefined &&
    model.unread === undefined &&
    table.named === undefined &&
    model.named === undefined &&
    table.primaryKey?.name === model.primaryKey?.name &&
    areSame(table.uniques, model.uniques, sameUnique) &&
    areSame(table.foreignKeys, model.foreignKeys, sameForeignKey) &&
    areSame(table.checks, model.checks, sameCheck) &&
    areSame(table.indexes, model.indexes, sameIndex) &&
    sameTexts(table.unmodelled, model.unmodelled) &&
    areSameColumns(table.columns, model.columns)
  );
}

/** {@link shareElements} of two tables of one hash, for which little has to be looked at; the model itself where all is the same. */
export function shareEqualElements(table: Table, model: Table): Table {
  if (areWhollySame(table, model)) return model;
  const { primaryKey } = table;
  return {
    ...table,
    columns: shareList(table.columns, model.columns, sameByHash),
    primaryKey: primaryKey?.name === model.primaryKey?.name ? model.primaryKey : primaryKey,
    uniques: shareList(table.uniques, model.uniques, sameUnique),
    foreignKeys: shareList(table.foreignKeys, model.foreignKeys, sameForeignKey),
    checks: shareList(table.checks, model.checks, sameCheck),
    indexes: shareList(table.indexes, model.indexes, sameIndex),
    unmodelled: shareList(table.unmodelled, model.unmodelled, sameWords),
  };
}

/**
 * The table as it is, made of the model's own elements wherever that has the same ones: compares and is written as the table, takes less memory
 * beside the model, and is held against it and its like in no time.
 */
export function shareElements(table: Table, model: Table): Table {
  const { primaryKey } = table;
  const sharesKey =
    primaryKey !== null && model.primaryKey !== null && samePrimaryKey(primaryKey, model.primaryKey);
  return {
    ...table,
    columns: shareList(table.columns, model.columns, sameColumn),
    primaryKey: sharesKey ? model.primaryKey : primaryKey,
    uniques: shareList(table.uniques, model.uniques, sameUnique),
    foreignKeys: shareList(table.foreignKeys, model.foreignKeys, sameForeignKey),
    checks: shareList(table.checks, model.checks, sameCheck),
    indexes: shareList(table.indexes, model.indexes, sameIndex),
    unmodelled: shareList(table.unmodelled, model.unmodelled, sameWords),
  };
}
