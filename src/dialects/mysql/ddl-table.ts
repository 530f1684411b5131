import type { Table } from '../../schema/snapshot.ts';
import { columnDefinition, tableCollation, withoutPassingDefault } from './ddl-column.ts';
import { checkClause, indexClause, primaryKeyClause, uniqueClause } from './ddl-keys.ts';
import { allOf, sqlName } from './ddl-names.ts';
import { createTrigger, readTableWords, type TableWords, UNUSED_INDEX } from './ddl-words.ts';
import { quoteName } from './expression-tree.ts';

/** The period between the bounds of system versioning, where the table has columns for them (KB, System-Versioned Tables). */
function periodClause(table: Table): string | null {
  const bound = (which: string) =>
    table.columns.find((column) => column.generated?.expression.canonical === `row ${which}`)?.name;
  const [start, end] = [bound('start'), bound('end')];
  return start === undefined || end === undefined
    ? null
    : `period for system_time (${quoteName(start)}, ${quoteName(end)})`;
}

/** The server puts the end of a row's validity into a primary key by itself, and so shows it, but does not take it. */
function primaryKeyOf(table: Table, words: TableWords): string | null {
  if (table.primaryKey === null) return null;
  const bounds = new Set(
    table.columns
      .filter((column) => column.generated?.expression.canonical === 'row end')
      .map((column) => column.name),
  );
  const columns = table.primaryKey.columns.filter((column) => !bounds.has(column));
  return primaryKeyClause({ ...table.primaryKey, columns }, words.primaryKeyOrder);
}

/**
 * CREATE TABLE with everything but foreign keys, and its triggers. Null where any part of it cannot be written.
 */
export function createTable(table: Table): readonly string[] | null {
  const words = readTableWords(table.unmodelled);
  if (words === null || table.columns.length === 0) return null;
  const used = (name: string, clause: string | null) =>
    clause !== null && words.unusedIndexes.has(name) ? `${clause}${UNUSED_INDEX}` : clause;
  const primaryKey = primaryKeyOf(table, words);
  const period = periodClause(table);
  const lines = allOf([
    ...table.columns.map((column) => columnDefinition(column)),
    ...(primaryKey === null ? [] : [primaryKey]),
    ...table.uniques.map((unique) => used(unique.name, uniqueClause(unique))),
    ...table.indexes.map((index) => used(index.name, indexClause(index))),
    ...table.checks.map(checkClause),
    ...(period === null ? [] : [period]),
  ]);
  if (lines === null) return null;
  const options = [
    `engine=${words.engine}${tableCollation(table.columns)}`,
    ...(words.versioned ? ['with system versioning'] : []),
    ...(words.partitioning === null ? [] : [words.partitioning]),
  ];
  return [
    `create table ${sqlName(table.key)} (\n  ${lines.join(',\n  ')}\n) ${options.join(' ')}`,
    ...withoutPassingDefault(table.key, table.columns),
    ...words.triggers.map((trigger) => createTrigger(table.key, trigger)),
  ];
}
