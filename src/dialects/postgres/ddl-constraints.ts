import type {
  CheckConstraint,
  Deferrable,
  ForeignKey,
  Index,
  IndexPart,
  ObjectKey,
  PrimaryKey,
  UniqueConstraint,
} from '../../schema/snapshot.ts';
import { allKnown, executable } from './ddl-expressions.ts';
import { canBeNamed, columnList, constraintPrefix, sqlName } from './ddl-names.ts';
import { quoteIdentifier } from './quote.ts';

const DEFERRABLE: Readonly<Record<Deferrable, string>> = {
  no: '',
  'initially-immediate': ' DEFERRABLE',
  'initially-deferred': ' DEFERRABLE INITIALLY DEFERRED',
};

/** What a table's words say of one of its keys. */
export interface KeyExtras {
  readonly deferrable?: Deferrable | undefined;
  /** As it stands between the brackets of INCLUDE. */
  readonly includes?: string | undefined;
  readonly period?: boolean | undefined;
}

function keyColumns(columns: readonly string[], { period, includes }: KeyExtras): string {
  const list = columnList(columns);
  return `${period ? `${list.slice(0, -1)} WITHOUT OVERLAPS)` : list}${includes === undefined ? '' : ` INCLUDE (${includes})`}`;
}

/** A primary key, as it stands in CREATE TABLE and after ADD. */
export function primaryKeyText({ name, columns }: PrimaryKey, extras: KeyExtras = {}): string {
  const deferrable = DEFERRABLE[extras.deferrable ?? 'no'];
  return `${constraintPrefix(name)}PRIMARY KEY ${keyColumns(columns, extras)}${deferrable}`;
}

/** A unique constraint, likewise. */
export function uniqueText(unique: UniqueConstraint, extras: KeyExtras = {}): string {
  const nulls = unique.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
  const columns = keyColumns(unique.columns, extras);
  return `${constraintPrefix(unique.name)}UNIQUE${nulls} ${columns}${DEFERRABLE[unique.deferrable]}`;
}

/** A check, likewise; null where its expression does not say enough. CREATE TABLE takes no NOT VALID. */
export function checkText({ name, expression, validated }: CheckConstraint, suffix = ''): string | null {
  const text = executable(expression.canonical);
  return text && `${constraintPrefix(name)}CHECK (${text})${suffix}${validated ? '' : ' NOT VALID'}`;
}

/** A foreign key, as it stands after ADD; null for MATCH PARTIAL, which no release has (manual, CREATE TABLE). */
export function foreignKeyText(key: ForeignKey): string | null {
  if (key.match === 'partial') return null;
  const action = (event: string, what: string) =>
    what === 'no-action' ? '' : ` ON ${event} ${what.replace('-', ' ').toUpperCase()}`;
  return [
    `${constraintPrefix(key.name)}FOREIGN KEY ${columnList(key.columns)}`,
    ` REFERENCES ${sqlName(key.referencedTable)} ${columnList(key.referencedColumns)}`,
    key.match === 'full' ? ' MATCH FULL' : '',
    action('UPDATE', key.onUpdate),
    action('DELETE', key.onDelete),
    DEFERRABLE[key.deferrable],
    key.validated ? '' : ' NOT VALID',
  ].join('');
}

/** A column or expression of an index, without operator class and order; null where an expression does not say enough. */
export function indexedText({ column, expression, collation }: IndexPart): string | null {
  const text = column === null ? executable(expression?.canonical ?? '') : quoteIdentifier(column);
  if (text === null) return null;
  return `${column === null ? `(${text})` : text}${collation === null ? '' : ` COLLATE ${collation}`}`;
}

function partText(part: IndexPart): string | null {
  const text = indexedText(part);
  const words = [
    text ?? '',
    part.operatorClass ?? '',
    part.order === 'desc' ? 'DESC' : '',
    part.nulls === null ? '' : `NULLS ${part.nulls.toUpperCase()}`,
  ];
  return text && words.filter((word) => word !== '').join(' ');
}

/** CREATE INDEX; null for an invalid one, which nobody can ask for. */
export function createIndex(table: ObjectKey, index: Index): string | null {
  const parts = allKnown(index.parts.map(partText));
  const predicate = index.predicate === null ? '' : executable(index.predicate.canonical);
  if (parts === null || predicate === null || !index.valid) return null;
  return [
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${canBeNamed(index.name) ? `${quoteIdentifier(index.name)} ` : ''}`,
    `ON ${sqlName(table)} USING ${quoteIdentifier(index.method)} (${parts.join(', ')})`,
    index.include.length === 0 ? '' : ` INCLUDE ${columnList(index.include)}`,
    index.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '',
    predicate === '' ? '' : ` WHERE (${predicate})`,
  ].join('');
}
