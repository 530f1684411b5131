import type { Change } from '../database/ddl.ts';
import { sameCollation } from '../schema/collation.ts';
import { parseObjectKey } from '../schema/object-key.ts';
import type { Column, Snapshot } from '../schema/snapshot.ts';

/**
 * Changes as they are to be written for a database of which the default collation is known. A column that is to have it, and is made or altered
 * in a table that is there, is given it by name: left out, it would come from the table, which may have been given another default. In a new table
 * it comes from the database by itself, and a collation that is equal for comparing stays what it is.
 *
 * @returns the change; the same value where nothing is to be named.
 */
export function inDatabaseCollation({
  defaultCollation: name,
}: Pick<Snapshot, 'defaultCollation'>): (change: Change) => Change {
  if (name === undefined) return (change) => change;
  const collation = { name, databaseDefault: false, charsetDefault: false };
  const named = (column: Column): Column =>
    column.collation?.databaseDefault === true ? { ...column, collation } : column;
  return (change) => {
    if (change.kind !== 'add-column' && change.kind !== 'alter-column') return change;
    // A table of another schema is in another database, which has a default of its own.
    if (parseObjectKey(change.table).schema !== null) return change;
    if (change.kind === 'add-column') return { ...change, column: named(change.column) };
    const { expected, actual } = change;
    return sameCollation(expected.collation, actual.collation)
      ? change
      : { ...change, expected: named(expected) };
  };
}
