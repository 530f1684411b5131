import { parseObjectKey } from '../../schema/object-key.ts';
import type {
  CheckConstraint,
  ForeignKey,
  Index,
  IndexPart,
  ObjectKey,
  PrimaryKey,
  UniqueConstraint,
} from '../../schema/snapshot.ts';
import { isNamedAsColumn } from './ddl-column.ts';
import { sqlExpression } from './ddl-expression.ts';
import { allOf, sqlName } from './ddl-names.ts';
import { quoteName } from './expression-tree.ts';

/** A column of a key: its name, and the length of its prefix or null. */
export interface KeyColumn {
  readonly name: string;
  readonly length: number | null;
}

/** Reads `name` or `name(10)`. */
export function keyColumn(text: string): KeyColumn {
  const [, name, length] = /^(.+)\((\d+)\)$/s.exec(text) ?? [];
  return name === undefined ? { name: text, length: null } : { name, length: Number(length) };
}

function keyColumnText({ name, length }: KeyColumn): string {
  return length === null ? quoteName(name) : `${quoteName(name)}(${length})`;
}

/** The clauses that stand in CREATE TABLE, and after ADD in ALTER TABLE. */

/** @param order the direction of each column, where that is not ascending for all. */
export function primaryKeyClause(key: PrimaryKey, order: readonly string[] = []): string {
  const parts = key.columns.map((column, at) => {
    const direction = order[at] === 'desc' ? ' desc' : '';
    return `${keyColumnText(keyColumn(column))}${direction}`;
  });
  return `primary key (${parts.join(', ')})`;
}

export function uniqueClause(unique: UniqueConstraint): string | null {
  if (unique.deferrable !== 'no' || unique.nullsNotDistinct) return null;
  const parts = unique.columns.map((column) => keyColumnText(keyColumn(column)));
  return `unique index ${quoteName(unique.name)} (${parts.join(', ')})`;
}

/** Kinds of index by their word; of a vector index (MariaDB 11.7) the model does not hold the options. */
const INDEX_WORDS: Readonly<Record<string, { readonly before: string; readonly after: string }>> = {
  btree: { before: '', after: '' },
  hash: { before: '', after: ' using hash' },
  fulltext: { before: 'fulltext ', after: '' },
  spatial: { before: 'spatial ', after: '' },
};

function partText(part: IndexPart, method: string): string | null {
  const direction = part.order === 'desc' ? ' desc' : '';
  if (part.column !== null) {
    // The catalog shows a length for a spatial part, which SQL does not take there (manual, 15.1.15).
    const length = method === 'spatial' ? null : part.length;
    return `${keyColumnText({ name: part.column, length })}${direction}`;
  }
  const expression = part.expression === null ? null : sqlExpression(part.expression.canonical);
  return expression === null ? null : `(${expression})${direction}`;
}

export function indexClause(index: Index): string | null {
  const words = INDEX_WORDS[index.method];
  const parts = allOf(index.parts.map((part) => partText(part, index.method)));
  const beyond =
    index.predicate !== null || index.include.length > 0 || index.nullsNotDistinct || !index.valid;
  if (words === undefined || parts === null || beyond) return null;
  const unique = index.unique ? 'unique ' : '';
  return `${unique}${words.before}index ${quoteName(index.name)} (${parts.join(', ')})${words.after}`;
}

/**
 * A check, by its name only where somebody gave it one: MySQL wants names to be unique in the whole schema, while MariaDB calls those of every
 * table `CONSTRAINT_1` or after their column.
 */
export function checkClause(check: CheckConstraint): string | null {
  const expression = sqlExpression(check.expression.canonical);
  if (expression === null) return null;
  const generated = /^constraint_\d+$|_chk_\d+$/i.test(check.name) || isNamedAsColumn(check);
  const name = generated ? '' : `constraint ${quoteName(check.name)} `;
  // MySQL 8.0.16 (manual, 15.1.20.6); MariaDB has no such thing and says so.
  return `${name}check (${expression})${check.validated ? '' : ' not enforced'}`;
}

const ACTION_WORDS = {
  'no-action': '',
  restrict: ' restrict',
  cascade: ' cascade',
  'set-null': ' set null',
} as const;

/**
 * Null for what InnoDB does not have, and for a key from another schema into the default one: without a schema, the server would look for the
 * table beside the one that refers to it (manual, 15.1.20.5).
 */
export function foreignKeyClause(table: ObjectKey, key: ForeignKey): string | null {
  const { onUpdate, onDelete } = key;
  if (onUpdate === 'set-default' || onDelete === 'set-default') return null;
  if (key.match !== 'simple' || key.deferrable !== 'no' || !key.validated) return null;
  if (parseObjectKey(table).schema !== null && parseObjectKey(key.referencedTable).schema === null)
    return null;
  const names = (columns: readonly string[]) => columns.map(quoteName).join(', ');
  const rule = (event: string, action: keyof typeof ACTION_WORDS) =>
    action === 'no-action' ? '' : ` on ${event}${ACTION_WORDS[action]}`;
  return (
    `constraint ${quoteName(key.name)} foreign key (${names(key.columns)}) ` +
    `references ${sqlName(key.referencedTable)} (${names(key.referencedColumns)})` +
    `${rule('update', onUpdate)}${rule('delete', onDelete)}`
  );
}
