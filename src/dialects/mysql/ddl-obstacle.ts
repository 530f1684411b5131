import type { Change, Obstacle } from '../../database/ddl.ts';
import type {
  CheckConstraint,
  Column,
  ForeignKey,
  Index,
  ObjectKey,
  PrimaryKey,
} from '../../schema/snapshot.ts';
import { sqlExpression } from './ddl-expression.ts';
import { keyColumn } from './ddl-keys.ts';
import { allOf, shownName, sqlName } from './ddl-names.ts';
import { quoteName } from './expression-tree.ts';
import { mayHold } from './may-hold.ts';

const isNull = (value: string) => `${value} is null`;
const isNotNull = (value: string) => `${value} is not null`;

/** What a key compares of a column: its value, or the beginning of it. */
function keyValue(column: string): string {
  const { name, length } = keyColumn(column);
  return length === null ? quoteName(name) : `left(${quoteName(name)}, ${length})`;
}

function countRows(table: ObjectKey, where: string): string {
  return `select count(*) from ${sqlName(table)}${where === '' ? '' : ` where ${where}`}`;
}

/** How many rows share their values with another row; a row with a NULL among them shares them with none. GROUP BY compares as a key does. */
function countShared(table: ObjectKey, values: readonly string[]): string {
  const groups =
    `select count(*) as n from ${sqlName(table)} where ${values.map(isNotNull).join(' and ')} ` +
    `group by ${values.join(', ')} having count(*) > 1`;
  return `select coalesce(sum(n), 0) from (${groups}) as shared`;
}

function listed(columns: readonly string[]): string {
  return columns.map((column) => shownName(keyColumn(column).name)).join(', ');
}

/** Without a default the server fills in a value of its own choice, also in strict mode (manual, 13.6), which nobody asked for. */
function addColumn(table: ObjectKey, column: Column): Obstacle | null {
  if (column.nullable || column.identity !== null || column.default.kind !== 'none') return null;
  const rows = `rows that have no value for ${shownName(column.name)}`;
  if (column.generated === null) return { rows, sql: countRows(table, '') };
  const expression = sqlExpression(column.generated.expression.canonical);
  return expression === null ? null : { rows, sql: countRows(table, isNull(`(${expression})`)) };
}

/** A value that the type does not take: the UPDATE would fail, or store another one, after the column has been added for good. */
function fillColumn(table: ObjectKey, { name, type }: Column, value: string): Obstacle | null {
  if (mayHold(type.canonical, value)) return null;
  return {
    rows: `rows to be given ${JSON.stringify(value)} in ${shownName(name)}, which is ${type.canonical}`,
    sql: countRows(table, ''),
  };
}

/** AUTO_INCREMENT gives every row that has 0 another number (manual, 5.6.9). */
function alterColumn(table: ObjectKey, expected: Column, actual: Column): Obstacle | null {
  const name = quoteName(actual.name);
  const toNotNull = actual.nullable && !expected.nullable;
  const toNumbered = actual.identity === null && expected.identity !== null;
  if (!toNotNull && !toNumbered) return null;
  const what = [...(toNotNull ? ['without a value'] : []), ...(toNumbered ? ['with 0'] : [])];
  const where = [...(toNotNull ? [isNull(name)] : []), ...(toNumbered ? [`${name} = 0`] : [])];
  return {
    rows: `rows ${what.join(' or ')} in ${shownName(actual.name)}`,
    sql: countRows(table, where.join(' or ')),
  };
}

function addPrimaryKey(table: ObjectKey, key: PrimaryKey): Obstacle {
  const values = key.columns.map(keyValue);
  return {
    rows: `rows without a value in ${listed(key.columns)}, or with the same as another row`,
    sql: `select (${countRows(table, values.map(isNull).join(' or '))}) + (${countShared(table, values)})`,
  };
}

function addUnique(table: ObjectKey, columns: readonly string[]): Obstacle {
  return {
    rows: `rows with the same ${listed(columns)} as another row`,
    sql: countShared(table, columns.map(keyValue)),
  };
}

function createUniqueIndex(table: ObjectKey, index: Index): Obstacle | null {
  const values = allOf(
    index.parts.map(({ column, length, expression }) => {
      if (column !== null)
        return length === null ? quoteName(column) : `left(${quoteName(column)}, ${length})`;
      const text = expression === null ? null : sqlExpression(expression.canonical);
      return text === null ? null : `(${text})`;
    }),
  );
  if (!index.unique || values === null) return null;
  const what = index.parts.map((part) => part.column).filter((column) => column !== null);
  const shown = what.length === index.parts.length ? listed(what) : `values for ${shownName(index.name)}`;
  return { rows: `rows with the same ${shown} as another row`, sql: countShared(table, values) };
}

function addCheck(table: ObjectKey, check: CheckConstraint): Obstacle | null {
  const expression = sqlExpression(check.expression.canonical);
  if (!check.validated || expression === null) return null;
  return {
    rows: `rows that the check ${shownName(check.name)} is not true for`,
    sql: countRows(table, `not (${expression})`),
  };
}

/** Where one of several columns is NULL nothing is referred to (manual, 15.1.20.5: MATCH SIMPLE). */
function addForeignKey(table: ObjectKey, key: ForeignKey, toNothing: boolean): Obstacle {
  const own = key.columns.map((column) => `child.${quoteName(column)}`);
  const same = key.referencedColumns.map((column, at) => `parent.${quoteName(column)} = ${own[at] ?? ''}`);
  if (toNothing) {
    const rows = `rows whose ${listed(key.columns)} would refer to nothing`;
    return {
      rows,
      sql: countRows(table, key.columns.map((column) => isNotNull(quoteName(column))).join(' and ')),
    };
  }
  return {
    rows: `rows whose ${listed(key.columns)} is not in ${shownName(key.referencedTable)}`,
    sql:
      `select count(*) from ${sqlName(table)} as child where ${own.map(isNotNull).join(' and ')} ` +
      `and not exists (select 1 from ${sqlName(key.referencedTable)} as parent where ${same.join(' and ')})`,
  };
}

/** See `Ddl.obstacle`. */
export function obstacle(change: Change): Obstacle | null {
  switch (change.kind) {
    case 'add-column':
      return addColumn(change.table, change.column);
    case 'fill-column':
      return fillColumn(change.table, change.column, change.value);
    case 'alter-column':
      return alterColumn(change.table, change.expected, change.actual);
    case 'add-primary-key':
      return addPrimaryKey(change.table, change.primaryKey);
    case 'add-unique':
      return addUnique(change.table, change.unique.columns);
    case 'create-index':
      return createUniqueIndex(change.table, change.index);
    case 'add-check':
      return addCheck(change.table, change.check);
    case 'add-foreign-key':
      return addForeignKey(change.table, change.foreignKey, change.toNothing === true);
    default:
      return null;
  }
}
