import { boundedMemo } from '../util/bounded-memo.ts';
import { collationValue } from './collation.ts';
import type {
  CheckConstraint,
  Column,
  ColumnDefault,
  ForeignKey,
  Index,
  PrimaryKey,
  SchemaObject,
  Table,
  UniqueConstraint,
} from './snapshot.ts';

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

/** How many texts are remembered quoted: a schema says the same few things of most of its columns. */
const MOST_QUOTED = 10_000;

/** A text as a JSON string. */
const quoted = boundedMemo((text) => JSON.stringify(text), MOST_QUOTED);

function defaultText(value: ColumnDefault, quote: (text: string) => string, mark: string): string {
  switch (value.kind) {
    case 'literal':
    case 'expression':
      return `[${mark}${value.kind}${mark},${quote(value.canonical)}]`;
    case 'varying':
      return `[${mark}varying${mark},${mark}${value.of}${mark}]`;
    case 'none':
    case 'sequence':
      return `[${mark}${value.kind}${mark}]`;
  }
}

/** The JSON of everything about a column that is compared, each quotation mark written as `mark` and each text as `quote` writes it. */
export function columnText(column: Column, quote: (text: string) => string, mark: string): string {
  const { type, nullable, identity, generated, extra } = column;
  const collation = collationValue(column.collation);
  const generation =
    generated === null
      ? 'null'
      : `[${mark}${generated.kind}${mark},${quote(generated.expression.canonical)}]`;
  return `[${quote(type.canonical)},${nullable},${defaultText(column.default, quote, mark)},${
    identity === null ? 'null' : mark + identity + mark
  },${generation},${collation === null ? 'null' : quote(collation)},${quote(extra)}]`;
}

/** Everything about a column that is compared, as one text. */
export function columnValue(column: Column): string {
  return columnText(column, quoted, '"');
}

/** Told of one element: the fields of {@link Element}, without an object made for it. */
export type VisitElement = (
  kind: ElementKind,
  identity: string,
  name: string,
  value: string,
  position: number,
) => void;

function visitColumn(column: Column, position: number, visit: VisitElement): void {
  visit('column', column.name, column.name, columnValue(column), position);
}

function visitPrimaryKey(key: PrimaryKey, visit: VisitElement): void {
  visit('primary-key', '', key.name ?? 'primary', JSON.stringify(key.columns), 0);
}

function visitUnique(unique: UniqueConstraint, position: number, visit: VisitElement): void {
  const { columns, deferrable, nullsNotDistinct } = unique;
  const value = JSON.stringify([columns, deferrable, nullsNotDistinct]);
  visit('unique', JSON.stringify(columns), unique.name, value, position);
}

function visitForeignKey(key: ForeignKey, position: number, visit: VisitElement): void {
  const identity = JSON.stringify([key.columns, key.referencedTable, key.referencedColumns]);
  const { onUpdate, onDelete, match, deferrable, validated } = key;
  const value = JSON.stringify([identity, onUpdate, onDelete, match, deferrable, validated]);
  visit('foreign-key', identity, key.name, value, position);
}

function visitCheck(check: CheckConstraint, position: number, visit: VisitElement): void {
  const { canonical } = check.expression;
  visit('check', canonical, check.name, JSON.stringify([canonical, check.validated]), position);
}

function visitIndex(index: Index, position: number, visit: VisitElement): void {
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
  const predicate = index.predicate?.canonical ?? null;
  const { unique, method, include, nullsNotDistinct, valid } = index;
  const value = JSON.stringify([unique, method, parts, include, predicate, nullsNotDistinct, valid]);
  visit('index', JSON.stringify([what, predicate]), index.name, value, position);
}

/** Every kind of element, in a table's order. */
export const ELEMENT_KINDS: readonly ElementKind[] = [
  'column',
  'primary-key',
  'unique',
  'foreign-key',
  'check',
  'index',
  'unmodelled',
];

/** What a table has one of under a name (which trigger of the MySQL family runs first is no trigger), and what it has one of at all. */
const HEADS =
  /^(?:(?:trigger|rule|policy|sequence of column) (?:"(?:[^"]|"")*"|`(?:[^`]|``)*`)(?! runs before )|engine |partitioned by |partition of |primary key order: |table of type )/;

/** What words are of, where they say it before what they say of it: another trigger of the same name is not a second one. */
function wordsIdentity(words: string): string {
  return HEADS.exec(words)?.[0] ?? words;
}

function visitWords(words: string, position: number, visit: VisitElement): void {
  visit('unmodelled', wordsIdentity(words), words, words, position);
}

function visitList<T>(
  items: readonly T[],
  one: (item: T, position: number, visit: VisitElement) => void,
  visit: VisitElement,
  positions: readonly number[] | null,
): void {
  if (positions === null) {
    items.forEach((item, position) => {
      one(item, position, visit);
    });
    return;
  }
  for (const position of positions) {
    const item = items[position];
    if (item !== undefined) one(item, position, visit);
  }
}

/** Hands out the elements of one kind, in the table's order, or only those at these positions of its list; holds none of them. */
export function visitKind(
  table: Table,
  kind: ElementKind,
  visit: VisitElement,
  positions: readonly number[] | null = null,
): void {
  switch (kind) {
    case 'column':
      visitList(table.columns, visitColumn, visit, positions);
      break;
    case 'primary-key':
      if (table.primaryKey !== null) visitPrimaryKey(table.primaryKey, visit);
      break;
    case 'unique':
      visitList(table.uniques, visitUnique, visit, positions);
      break;
    case 'foreign-key':
      visitList(table.foreignKeys, visitForeignKey, visit, positions);
      break;
    case 'check':
      visitList(table.checks, visitCheck, visit, positions);
      break;
    case 'index':
      visitList(table.indexes, visitIndex, visit, positions);
      break;
    case 'unmodelled':
      visitList(table.unmodelled, visitWords, visit, positions);
      break;
  }
}

/** How many elements a table has. */
export function elementCount(table: Table): number {
  const { columns, primaryKey, uniques, foreignKeys, checks, indexes, unmodelled } = table;
  const constraints = (primaryKey === null ? 0 : 1) + uniques.length + foreignKeys.length + checks.length;
  return columns.length + constraints + indexes.length + unmodelled.length;
}

/** The elements of one kind, in the table's order, or only those at these positions of its list. */
export function elementsOfKind(
  table: Table,
  kind: ElementKind,
  positions: readonly number[] | null = null,
): Element[] {
  const elements: Element[] = [];
  const collect: VisitElement = (_kind, identity, name, value, position) => {
    elements.push({ kind, identity, name, value, position });
  };
  visitKind(table, kind, collect, positions);
  return elements;
}

const elementsOf = new WeakMap<Table, readonly Element[]>();

/** The elements of a table, in the table's order. Made once for each table value. */
export function tableElements(table: Table): readonly Element[] {
  const known = elementsOf.get(table);
  if (known !== undefined) return known;
  const elements = ELEMENT_KINDS.flatMap((kind) => elementsOfKind(table, kind));
  elementsOf.set(table, elements);
  return elements;
}

/**
 * Whether an object is what others stand in or on, and holds nothing itself: an administrator often makes it before the first migration, because
 * the application may not.
 */
export function isGround({ kind }: Pick<SchemaObject, 'kind'>): boolean {
  return kind === 'schema' || kind === 'extension';
}

/** The identity of an object that is not a table: kind and key. */
export function objectIdentity(object: Pick<SchemaObject, 'kind' | 'key'>): string {
  return `${object.kind} ${object.key}`;
}
