import type { Change } from '../database/ddl.ts';
import { byCharacterSet, isEither } from '../manifest/chosen-collation.ts';
import type { Table } from '../schema/snapshot.ts';

/**
 * Whether the columns of a database that could have their collation from either default all have it from that of their character set, and not from
 * the database's: then a migration chose the character set (`table.charset('utf8mb4')`).
 */
function choosesCharacters(expected: readonly Table[], actual: readonly Table[]): boolean {
  const there = new Map(actual.map((table) => [table.key, table]));
  const held = expected.flatMap(({ key, columns }) =>
    columns
      .filter(({ collation }) => isEither(collation))
      .flatMap(({ name }) => there.get(key)?.columns.find((one) => one.name === name)?.collation ?? []),
  );
  const telling = held.filter((collation) => !isEither(collation));
  return telling.length > 0 && telling.every((one) => one.charsetDefault && !one.databaseDefault);
}

/**
 * Makes what is missing of the character set that the rest of a database is of. A manifest that was recorded where both defaults are one does not
 * say which of them a column has; where they differ, what is made by the other one could not be joined with, or refer to, what is there.
 *
 * @returns the change as it is to be made in this database; the same value where nothing is to be chosen.
 */
export function charactersAsThere(
  expected: readonly Table[],
  actual: readonly Table[],
): (change: Change) => Change {
  if (!choosesCharacters(expected, actual)) return (change) => change;
  return (change) => {
    if (change.kind === 'create-table')
      return { ...change, table: { ...change.table, columns: change.table.columns.map(byCharacterSet) } };
    return change.kind === 'add-column' ? { ...change, column: byCharacterSet(change.column) } : change;
  };
}
