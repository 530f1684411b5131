import type { Change } from '../database/ddl.ts';
import { type Parent, parentsOf } from '../schema/parents.ts';
import {
  type Same,
  sameCheck,
  sameColumn,
  sameForeignKey,
  sameIndex,
  samePrimaryKey,
  sameUnique,
} from '../schema/same-elements.ts';
import type { ForeignKey, ObjectKey, Table } from '../schema/snapshot.ts';

/** Changes that a table makes to its heirs as well, and those that a partitioned table makes to its partitions (PostgreSQL manual, ALTER TABLE). */
const TO_HEIRS: readonly Change['kind'][] = [
  'add-column',
  'alter-column',
  'drop-column',
  'add-check',
  'drop-check',
];
const INHERITED: Readonly<Record<Parent['as'], readonly Change['kind'][]>> = {
  heir: TO_HEIRS,
  partition: [
    ...TO_HEIRS,
    'add-primary-key',
    'drop-primary-key',
    'add-unique',
    'drop-unique',
    'create-index',
    'drop-index',
    'drop-foreign-key',
  ],
};

const unnamed = <T extends { readonly name: string | null }>(piece: T): T => ({ ...piece, name: '' });

/** Whether two changes have the same piece, if that is the kind of piece that they have. */
function alike<T>(pieceOf: (change: Change) => T | null, same: Same<T>) {
  return (one: Change, other: Change): boolean => {
    const [a, b] = [pieceOf(one), pieceOf(other)];
    return a !== null && b !== null && same(a, b);
  };
}

const ALIKE = [
  alike((change) => {
    if (change.kind === 'alter-column') return change.expected;
    return change.kind === 'add-column' || change.kind === 'drop-column' ? change.column : null;
  }, sameColumn),
  alike((change) => ('check' in change ? unnamed(change.check) : null), sameCheck),
  alike((change) => ('primaryKey' in change ? unnamed(change.primaryKey) : null), samePrimaryKey),
  alike((change) => ('unique' in change ? unnamed(change.unique) : null), sameUnique),
  alike((change) => ('index' in change ? unnamed(change.index) : null), sameIndex),
  alike((change) => ('foreignKey' in change ? unnamed(change.foreignKey) : null), sameForeignKey),
];

/** Whether two changes do the same to their tables, whatever it is called there. */
function doTheSame(one: Change, other: Change): boolean {
  return one.kind === other.kind && ALIKE.some((areAlike) => areAlike(one, other));
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
 * @param tables by key: as they are expected to be, of what is made, and as they are, of what is dropped.
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
      changes.some((other) => 'table' in other && other.table === key && doTheSame(change, other)),
  );
}
