import type { Change } from '../database/ddl.ts';
import { type Parent, parentsOf } from '../schema/parents.ts';
import {
  sameCheck,
  sameColumn,
  sameForeignKey,
  sameIndex,
  samePrimaryKey,
  sameUnique,
} from '../schema/same-elements.ts';
import type { ForeignKey, ObjectKey, Table } from '../schema/snapshot.ts';

/** Changes that a table makes to its heirs as well, and those that a partitioned table makes to its partitions (PostgreSQL manual, ALTER TABLE). */
const INHERITED: Readonly<Record<Parent['as'], readonly Change['kind'][]>> = {
  heir: ['add-column', 'alter-column', 'add-check'],
  partition: ['add-column', 'alter-column', 'add-check', 'add-primary-key', 'add-unique', 'create-index'],
};

const unnamed = <T extends { readonly name: string | null }>(piece: T): T => ({ ...piece, name: '' });

/** Whether two changes make the same of their tables, whatever it is called there. */
function makeTheSame(one: Change, other: Change): boolean {
  if (one.kind === 'add-column' && other.kind === 'add-column') return sameColumn(one.column, other.column);
  if (one.kind === 'alter-column' && other.kind === 'alter-column')
    return sameColumn(one.expected, other.expected);
  if (one.kind === 'add-check' && other.kind === 'add-check')
    return sameCheck(unnamed(one.check), unnamed(other.check));
  if (one.kind === 'add-primary-key' && other.kind === 'add-primary-key')
    return samePrimaryKey(unnamed(one.primaryKey), unnamed(other.primaryKey));
  if (one.kind === 'add-unique' && other.kind === 'add-unique')
    return sameUnique(unnamed(one.unique), unnamed(other.unique));
  return (
    one.kind === 'create-index' &&
    other.kind === 'create-index' &&
    sameIndex(unnamed(one.index), unnamed(other.index))
  );
}

/** Whether a partitioned table makes a foreign key of one of its partitions: it then does so when that is attached, too. */
export function isInherited(
  table: Table,
  foreignKey: ForeignKey,
  tables: ReadonlyMap<ObjectKey, Table>,
): boolean {
  return parentsOf(table).some(
    ({ key, as }) =>
      as === 'partition' &&
      tables.get(key)?.foreignKeys.some((one) => sameForeignKey(unnamed(one), unnamed(foreignKey))) === true,
  );
}

/**
 * Whether a change comes with another one, which is made to a parent of the table.
 *
 * @param changes all that are made.
 * @param tables as they are expected to be, by key.
 */
export function comesWithParent(
  change: Change,
  changes: readonly Change[],
  tables: ReadonlyMap<ObjectKey, Table>,
): boolean {
  const table = 'table' in change && typeof change.table === 'string' ? tables.get(change.table) : undefined;
  if (table === undefined) return false;
  if (change.kind === 'add-foreign-key') return isInherited(table, change.foreignKey, tables);
  return parentsOf(table).some(
    ({ key, as }) =>
      INHERITED[as].includes(change.kind) &&
      changes.some((other) => 'table' in other && other.table === key && makeTheSame(change, other)),
  );
}
