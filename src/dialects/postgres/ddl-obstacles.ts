import type { Change, Obstacle } from '../../database/ddl.ts';
import type { Column, ForeignKey, Index, ObjectKey, UniqueConstraint } from '../../schema/snapshot.ts';
import { indexedText } from './ddl-constraints.ts';
import { allKnown, executable } from './ddl-expressions.ts';
import { columnList, sqlName } from './ddl-names.ts';
import { misfits } from './ddl-types.ts';
import { readWords } from './ddl-words.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

const or = (conditions: readonly string[]): string => conditions.map((one) => `(${one})`).join(' OR ');
const and = (conditions: readonly string[]): string => conditions.map((one) => `(${one})`).join(' AND ');

/**
 * A new column without a value for the rows that are there. A type of the user's own may be a domain that takes no NULL, which only the server
 * knows; one that is not there yet takes none either way.
 */
function newColumn(table: ObjectKey, column: Column): Obstacle | null {
  const { name, type, nullable, default: value, identity, generated } = column;
  if (generated !== null) {
    const expression = executable(generated.expression.canonical);
    if (nullable || expression === null) return null;
    return {
      rows: `rows for which ${quoteIdentifier(name)} would have no value`,
      sql: `SELECT count(*) FROM ${sqlName(table)} WHERE (${expression}) IS NULL`,
    };
  }
  if (identity !== null || value.kind !== 'none') return null;
  const rows = `rows, which would have no value in ${quoteIdentifier(name)}`;
  const count = `SELECT count(*) FROM ${sqlName(table)}`;
  if (!nullable) return { rows, sql: count };
  if (
    /^[a-z ]+(?:\([\d,]+\))?(?: with(?:out)? time zone)?(?:\[\])*$/.test(type.canonical) &&
    isBuiltIn(type.canonical)
  )
    return null;
  return { rows, sql: `${count} WHERE ${takesNoNull(type.canonical)}` };
}

/** The types of `pg_catalog` that tables are commonly made of; of any other the server is asked. */
const BUILT_IN = new Set([
  ...[
    'smallint',
    'integer',
    'bigint',
    'numeric',
    'real',
    'double precision',
    'boolean',
    'text',
    'uuid',
    'json',
  ],
  ...[
    'jsonb',
    'date',
    'character varying',
    'character',
    'bytea',
    'timestamp',
    'time',
    'interval',
    'inet',
    'bit',
  ],
]);

function isBuiltIn(type: string): boolean {
  return BUILT_IN.has(
    type
      .replace(/\(.*?\)/, '')
      .replace(/ with(?:out)? time zone/, '')
      .replace(/(?:\[\])+$/, ''),
  );
}

/** Whether the type is a domain that is NOT NULL, or has a check, and no default. */
function takesNoNull(type: string): string {
  return [
    `EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = to_regtype(${quoteLiteral(type)}) AND t.typtype = 'd'`,
    ' AND t.typdefault IS NULL AND (t.typnotnull',
    " OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c')))",
  ].join('');
}

function alteredColumn(table: ObjectKey, expected: Column, actual: Column): Obstacle | null {
  const column = quoteIdentifier(expected.name);
  const missing = !expected.nullable && actual.nullable;
  const changed = misfits(column, expected.type.canonical, actual.type.canonical);
  const conditions = [...(missing ? [`${column} IS NULL`] : []), ...(changed === null ? [] : [changed])];
  if (conditions.length === 0) return null;
  const unfit = `value in ${column} that may not fit ${expected.type.canonical}`;
  const rows = [
    ...(missing ? [`without a value in ${column}`] : []),
    ...(changed === null ? [] : [`with a ${unfit}`]),
  ];
  return {
    rows: `rows ${rows.join(' or ')}`,
    sql: `SELECT count(*) FROM ${sqlName(table)} WHERE ${or(conditions)}`,
  };
}

/** Rows of which there are several with the same values, and, where `extra` says so, others. */
function repeated(
  table: ObjectKey,
  keys: readonly string[],
  where: readonly string[],
  extra: readonly string[],
): string {
  const condition = where.length === 0 ? '' : ` WHERE ${and(where)}`;
  const having = or(['count(*) > 1', ...extra]);
  const groups = `SELECT count(*) AS n FROM ${sqlName(table)}${condition} GROUP BY ${keys.join(', ')} HAVING ${having}`;
  return `SELECT coalesce(sum(n), 0)::bigint FROM (${groups}) AS repeated`;
}

function primaryKeyObstacle(table: ObjectKey, columns: readonly string[]): Obstacle {
  const names = columns.map(quoteIdentifier);
  return {
    rows: `rows with a repeated or missing value in ${columnList(columns)}`,
    sql: repeated(
      table,
      names,
      [],
      names.map((name) => `${name} IS NULL`),
    ),
  };
}

/** Rows without a value in one of the columns are never the same (manual, 5.4.3), unless it was said otherwise. */
function uniqueObstacle(table: ObjectKey, { columns, nullsNotDistinct }: UniqueConstraint): Obstacle {
  const names = columns.map(quoteIdentifier);
  const present = nullsNotDistinct ? [] : names.map((name) => `${name} IS NOT NULL`);
  return {
    rows: `rows with a repeated value in ${columnList(columns)}`,
    sql: repeated(table, names, present, []),
  };
}

function indexObstacle(table: ObjectKey, index: Index): Obstacle | null {
  const keys = allKnown(index.parts.map(indexedText));
  const predicate = index.predicate === null ? '' : executable(index.predicate.canonical);
  if (!index.unique || keys === null || predicate === null) return null;
  const present = index.nullsNotDistinct ? [] : keys.map((key) => `${key} IS NOT NULL`);
  return {
    rows: `rows with a repeated value in (${keys.join(', ')})`,
    sql: repeated(table, keys, predicate === '' ? present : [...present, predicate], []),
  };
}

/**
 * Rows that refer to nothing: with MATCH SIMPLE those that have a value in every column, with MATCH FULL those that have one in any (manual,
 * CREATE TABLE). A constraint that is not validated looks at no row.
 */
function foreignKeyObstacle(table: ObjectKey, key: ForeignKey, toNothing: boolean): Obstacle | null {
  if (!key.validated) return null;
  const own = key.columns.map((name) => `child.${quoteIdentifier(name)}`);
  const same = key.referencedColumns.map((name, at) => `parent.${quoteIdentifier(name)} = ${own[at]}`);
  const present = own.map((name) => `${name} IS NOT NULL`);
  const parent = `EXISTS (SELECT FROM ${sqlName(key.referencedTable)} AS parent WHERE ${and(same)})`;
  const bound = key.match === 'full' ? `(${or(present)})` : and(present);
  if (toNothing) {
    return {
      rows: `rows whose ${columnList(key.columns)} would refer to nothing`,
      sql: `SELECT count(*) FROM ${sqlName(table)} AS child WHERE ${bound}`,
    };
  }
  return {
    rows: `rows whose ${columnList(key.columns)} is not in ${sqlName(key.referencedTable)}`,
    sql: `SELECT count(*) FROM ${sqlName(table)} AS child WHERE ${bound} AND NOT ${parent}`,
  };
}

function wordsObstacle(table: ObjectKey, words: string): Obstacle | null {
  const found = readWords(table, words, false);
  if (found?.kind !== 'statements' || found.rows === null) return null;
  const { words: rows, harmless } = found.rows;
  const sql = `SELECT CASE WHEN count(*) > ${harmless} THEN count(*) ELSE 0 END FROM ${sqlName(table)}`;
  return { rows, sql };
}

/** What rows could stand in the way of a change; see `Ddl.obstacle`. */
export function obstacle(change: Change): Obstacle | null {
  switch (change.kind) {
    case 'add-column':
      return newColumn(change.table, change.column);
    case 'alter-column':
      return alteredColumn(change.table, change.expected, change.actual);
    case 'add-primary-key':
      return primaryKeyObstacle(change.table, change.primaryKey.columns);
    case 'add-unique':
      return uniqueObstacle(change.table, change.unique);
    case 'create-index':
      return indexObstacle(change.table, change.index);
    case 'add-foreign-key':
      return foreignKeyObstacle(change.table, change.foreignKey, change.toNothing === true);
    case 'create-words':
      return wordsObstacle(change.table, change.words);
    case 'add-check': {
      const { expression, validated } = change.check;
      const text = validated ? executable(expression.canonical) : null;
      if (text === null) return null;
      return {
        rows: `rows that do not satisfy ${text}`,
        sql: `SELECT count(*) FROM ${sqlName(change.table)} WHERE NOT (${text})`,
      };
    }
    default:
      return null;
  }
}
