import type { Change, Ddl } from '../../database/ddl.ts';
import { sameCollation } from '../../schema/collation.ts';
import type { CheckConstraint, Column, ObjectKey } from '../../schema/snapshot.ts';
import { columnDefinition, isNamedAsColumn, modifyColumn, withoutPassingDefault } from './ddl-column.ts';
import { keepsValues } from './ddl-keeps-values.ts';
import { checkClause, foreignKeyClause, indexClause, primaryKeyClause, uniqueClause } from './ddl-keys.ts';
import { allOf, alterTable, sqlName } from './ddl-names.ts';
import { createObject, dropObject, replaceObject } from './ddl-objects.ts';
import { obstacle } from './ddl-obstacle.ts';
import { createTable } from './ddl-table.ts';
import { createWords, dropWords } from './ddl-words.ts';
import { quoteName, quoteString } from './expression-tree.ts';

type OfKind<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

/** The one action that adds something to a table; null where it cannot be written. */
function addition(change: Change): string | null {
  const clause = (): string | null => {
    switch (change.kind) {
      case 'add-primary-key':
        return primaryKeyClause(change.primaryKey);
      case 'add-unique':
        return uniqueClause(change.unique);
      case 'create-index':
        return indexClause(change.index);
      case 'add-check':
        return checkClause(change.check);
      case 'add-foreign-key':
        return foreignKeyClause(change.table, change.foreignKey);
      default:
        return null;
    }
  };
  const text = clause();
  return text === null ? null : `add ${text}`;
}

function alter(table: ObjectKey, action: string | null): readonly string[] | null {
  return action === null ? null : [alterTable(table, action)];
}

/** AUTO_INCREMENT belongs to a column with a key (manual, 5.6.9: error 1075), so both are added at once. */
function addColumn({ table, column, key }: OfKind<'add-column'>): readonly string[] | null {
  const definition = columnDefinition(column);
  if (definition === null || (column.identity !== null && key === undefined)) return null;
  const actions = allOf([`add column ${definition}`, ...(key === undefined ? [] : [addition(key)])]);
  if (actions === null) return null;
  return [alterTable(table, ...actions), ...withoutPassingDefault(table, [column])];
}

/**
 * One MODIFY. A computed column is not altered to one that is not, or is kept otherwise: servers refuse most of that, and the rest would lose
 * the values. A collation that is equal for comparing stays what it is.
 */
function alterColumn({
  table,
  expected,
  actual,
  checks = [],
}: OfKind<'alter-column'>): readonly string[] | null {
  if (expected.generated?.kind !== actual.generated?.kind) return null;
  const wish = sameCollation(expected.collation, actual.collation)
    ? { keep: actual.collation }
    : 'as-expected';
  const action = modifyColumn(expected, wish, checks);
  return action === null ? null : [alterTable(table, action), ...withoutPassingDefault(table, [expected])];
}

/**
 * MariaDB does not drop a column's own check by its name (KB, CONSTRAINT); the column is given its definition without it. MySQL knows only
 * checks of tables. Each does its part of one statement.
 */
function dropCheck(table: ObjectKey, check: CheckConstraint, column: Column | undefined) {
  const byName = `drop constraint ${quoteName(check.name)}`;
  if (!isNamedAsColumn(check)) return alter(table, byName);
  const without = column === undefined ? null : modifyColumn(column, { keep: column.collation }, []);
  if (without === null || without.includes('*/') || byName.includes('*/')) return null;
  return [alterTable(table, `/*!80019 ${byName} *//*M!100201 ${without} */`)];
}

function write(change: Change): readonly string[] | null {
  switch (change.kind) {
    case 'create-table':
      return createTable(change.table);
    case 'fill-column':
      return [
        `update ${sqlName(change.table)} set ${quoteName(change.column.name)} = ${quoteString(change.value)} where ${quoteName(change.column.name)} is null`,
      ];
    case 'add-column':
      return addColumn(change);
    case 'alter-column':
      return alterColumn(change);
    case 'add-primary-key':
    case 'add-unique':
    case 'add-foreign-key':
    case 'add-check':
    case 'create-index':
      return alter(change.table, addition(change));
    case 'create-words':
      return createWords(change.table, change.words);
    case 'create-object':
      return createObject(change.object);
    case 'drop-table':
      return [`drop table ${sqlName(change.table)}`];
    case 'drop-column':
      return alter(change.table, `drop column ${quoteName(change.column.name)}`);
    case 'drop-primary-key':
      return alter(change.table, 'drop primary key');
    case 'drop-unique':
      return alter(change.table, `drop index ${quoteName(change.unique.name)}`);
    case 'drop-foreign-key':
      return alter(change.table, `drop foreign key ${quoteName(change.foreignKey.name)}`);
    case 'drop-check':
      return dropCheck(change.table, change.check, change.column);
    case 'drop-index':
      return alter(change.table, `drop index ${quoteName(change.index.name)}`);
    case 'drop-words':
      return dropWords(change.table, change.words);
    case 'drop-object':
      return dropObject(change.object);
  }
}

/**
 * Changes of structure in the form that MySQL 8 and later and MariaDB 10.5 and later both take; where they have no common one, each reads its
 * own in a comment that only it executes (KB, Comment Syntax). What one of them does not have, it refuses with an error.
 */
export const mysqlDdl: Ddl = { write, replaceObject, obstacle, keepsValues };
