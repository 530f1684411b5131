import type { Column, Snapshot, Table } from '../schema/snapshot.ts';

/** The collations that columns of a state have because they are their database's default. */
function defaultsOf({ tables }: Snapshot): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ columns }) =>
      columns.flatMap(({ collation }) => (collation?.databaseDefault ? [collation.name] : [])),
    ),
  );
}

const chosen = (column: Column): Column =>
  column.collation?.databaseDefault
    ? { ...column, collation: { ...column.collation, databaseDefault: false } }
    : column;

/**
 * The states of a replay, in order, where a migration changes the default of its database (`ALTER DATABASE … CHARACTER SET`, as those do that
 * convert everything to utf8mb4): then the default is the chain's choice, and a column that has the one is not as one that has the other. In
 * all other chains it is nobody's, and the states are given back as they are.
 *
 * What is one table in several states stays one.
 */
export function withChosenDefault(states: readonly Snapshot[]): readonly Snapshot[] {
  const defaults = new Set(states.flatMap((state) => [...defaultsOf(state)]));
  if (defaults.size < 2) return states;
  const made = new Map<Table, Table>();
  const tableOf = (table: Table): Table => {
    const known = made.get(table) ?? { ...table, columns: table.columns.map(chosen) };
    made.set(table, known);
    return known;
  };
  return states.map((state) => ({ ...state, tables: state.tables.map(tableOf) }));
}
