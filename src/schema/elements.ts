import type { Column, Index, SchemaObject, Table } from './snapshot.ts';

/**
 * What a table is made of, piece by piece: the unit of comparison, of attribution and of the fingerprint.
 *
 * Two elements of a kind are *the same thing* when their `identity` is equal, and *equal* when their `value` is too. Identity is structural
 * wherever servers make up names (constraints, indexes), so that a generated name never decides anything; `name` is for people, and for
 * pairing what structure alone does not pair.
 */
export interface Element {
  readonly kind: ElementKind;
  readonly identity: string;
  readonly name: string;
  /** Canonical text of everything that is compared; the name of a constraint or index is not part of it. */
  readonly value: string;
  /** Where it stands in the table's own list of its kind. */
  readonly position: number;
}

export type ElementKind =
  | 'column'
  | 'primary-key'
  | 'unique'
  | 'foreign-key'
  | 'check'
  | 'index'
  | 'unmodelled';

/** A column's collation as hashed: how it came to be where the server chose it, its name otherwise (`versions.md` B2 rule 6). */
function collationValue(column: Column): string | null {
  const collation = column.collation;
  if (collation === null) return null;
  const marks = (collation.databaseDefault ? 'd' : '') + (collation.charsetDefault ? 'c' : '');
  return marks === '' ? collation.name : `@${marks}`;
}

function defaultValue(column: Column): readonly string[] {
  const value = column.default;
  switch (value.kind) {
    case 'literal':
    case 'expression':
      return [value.kind, value.canonical];
    case 'varying':
      return [value.kind, value.of];
    case 'none':
    case 'sequence':
      return [value.kind];
  }
}

/** Everything about a column that is compared, as one text. */
export function columnValue(column: Column): string {
  return JSON.stringify([
    column.type.canonical,
    column.nullable,
    defaultValue(column),
    column.identity,
    column.generated === null ? null : [column.generated.kind, column.generated.expression.canonical],
    collationValue(column),
    column.extra,
  ]);
}

function columnElement(column: Column, position: number): Element {
  return { kind: 'column', identity: column.name, name: column.name, value: columnValue(column), position };
}

function indexElement(index: Index, position: number): Element {
  const parts = index.parts.map((part) => [
    part.column,
    part.expression?.canonical ?? null,
    part.order,
    part.nulls,
    part.operatorClass,
    part.collation,
    part.length,
  ]);
  const what = index.parts.map((part) => part.column ?? `(${part.expression?.canonical ?? ''})`);
  return {
    kind: 'index',
    identity: JSON.stringify([what, index.predicate?.canonical ?? null]),
    name: index.name,
    value: JSON.stringify([
      index.unique,
      index.method,
      parts,
      index.include,
      index.predicate?.canonical ?? null,
      index.nullsNotDistinct,
      index.valid,
    ]),
    position,
  };
}

function readElements(table: Table): Element[] {
  const elements: Element[] = table.columns.map(columnElement);
  if (table.primaryKey !== null) {
    elements.push({
      kind: 'primary-key',
      identity: '',
      name: table.primaryKey.name ?? 'primary',
      value: JSON.stringify(table.primaryKey.columns),
      position: 0,
    });
  }
  for (const [position, unique] of table.uniques.entries()) {
    elements.push({
      kind: 'unique',
      identity: JSON.stringify(unique.columns),
      name: unique.name,
      value: JSON.stringify([unique.columns, unique.deferrable, unique.nullsNotDistinct]),
      position,
    });
  }
  for (const [position, key] of table.foreignKeys.entries()) {
    const identity = JSON.stringify([key.columns, key.referencedTable, key.referencedColumns]);
    elements.push({
      kind: 'foreign-key',
      identity,
      name: key.name,
      value: JSON.stringify([identity, key.onUpdate, key.onDelete, key.match, key.deferrable, key.validated]),
      position,
    });
  }
  for (const [position, check] of table.checks.entries()) {
    elements.push({
      kind: 'check',
      identity: check.expression.canonical,
      name: check.name,
      value: JSON.stringify([check.expression.canonical, check.validated]),
      position,
    });
  }
  for (const [position, index] of table.indexes.entries()) elements.push(indexElement(index, position));
  for (const [position, words] of table.unmodelled.entries()) {
    elements.push({ kind: 'unmodelled', identity: words, name: words, value: words, position });
  }
  return elements;
}

const elementsOf = new WeakMap<Table, readonly Element[]>();

/** The elements of a table, in the table's order. Made once for each table value. */
export function tableElements(table: Table): readonly Element[] {
  const known = elementsOf.get(table);
  if (known !== undefined) return known;
  const elements = readElements(table);
  elementsOf.set(table, elements);
  return elements;
}

/** The identity of an object that is not a table: kind and key. */
export function objectIdentity(object: Pick<SchemaObject, 'kind' | 'key'>): string {
  return `${object.kind} ${object.key}`;
}
