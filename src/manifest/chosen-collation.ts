import type { Collation, Column, Snapshot, Table } from '../schema/snapshot.ts';
import { columnId } from './varying.ts';

/*
 * MySQL family: where the default collation of a database is also the one that the server gives its character set, nothing tells which of the two
 * a column took, and so whether the chain chose the character set (`table.charset('utf8mb4')`) or nobody did. In a database with another default
 * it tells: the second run of a chain is made in such a one.
 */

/** The columns whose character set a chain chose, and no collation: `table key`, a line end, the column's name. */
export type ChosenColumns = ReadonlySet<string>;

/** Whether nobody can tell how a column came by its collation. */
export const isEither = (collation: Collation | null): boolean =>
  collation?.databaseDefault === true && collation.charsetDefault;

/** The column as one that has its collation by its character set. */
export const byCharacterSet = (column: Column): Column =>
  column.collation !== null && isEither(column.collation)
    ? { ...column, collation: { ...column.collation, databaseDefault: false } }
    : column;

/** Whether the second of two collations is what the first one is where the default is another. */
function isTheSame(first: Collation, second: Collation): boolean {
  const isOtherDefault = second.databaseDefault && !second.charsetDefault;
  return first.name === second.name || (isEither(first) && isOtherDefault);
}

/** What two runs of one chain tell of each other. */
export interface ToldCollations {
  readonly chosen: ChosenColumns;
  /** What the second run made, with the collations that it would have by the defaults of the first. */
  readonly second: Snapshot;
}

/**
 * Holds what two runs of one chain made against each other, the second in a database with another default collation.
 *
 * A column that has another collation for another reason keeps it: then the chain makes two different schemas.
 */
export function tellCollations(first: Snapshot, second: Snapshot): ToldCollations {
  const chosen = new Set<string>();
  const firsts = new Map(first.tables.map((table) => [table.key, table]));
  const aligned = (table: Table, column: Column, like: Column | undefined): Column => {
    const [a, b] = [like?.collation ?? null, column.collation];
    if (a === null || b === null || !isTheSame(a, b)) return column;
    if (isEither(a) && !b.databaseDefault) chosen.add(columnId(table, column));
    return { ...column, collation: a };
  };
  const tables = second.tables.map((table) => {
    const likes = new Map(firsts.get(table.key)?.columns.map((column) => [column.name, column]));
    return { ...table, columns: table.columns.map((one) => aligned(table, one, likes.get(one.name))) };
  });
  return { chosen, second: { ...second, tables } };
}

/** Expects these columns to have the collation of their character set, whatever the default of the database. */
export function withChosenCollations(snapshot: Snapshot, chosen: ChosenColumns): Snapshot {
  if (chosen.size === 0) return snapshot;
  const isChosen = (table: Table) => (column: Column) => chosen.has(columnId(table, column));
  const tables = snapshot.tables.map((table) =>
    table.columns.some(isChosen(table))
      ? {
          ...table,
          columns: table.columns.map((column) => (isChosen(table)(column) ? byCharacterSet(column) : column)),
        }
      : table,
  );
  return { ...snapshot, tables };
}
