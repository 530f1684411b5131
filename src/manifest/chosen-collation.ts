import type { NamedColumn } from '../database/dialect.ts';
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

/**
 * The columns of what a first run made of which the chain chose the character set: those that could have their collation from either default, and
 * do not have the default of the database of a second run, where that is another.
 */
export function chosenIn(first: Snapshot, notDefault: readonly NamedColumn[]): ChosenColumns {
  const apart = new Set(notDefault.map(({ table, column }) => columnId({ key: table }, { name: column })));
  return new Set(
    first.tables.flatMap((table) =>
      table.columns.flatMap((column) => {
        const id = columnId(table, column);
        return isEither(column.collation) && apart.has(id) ? [id] : [];
      }),
    ),
  );
}

/** Whether the second of two collations is what the first one is where the default is another. */
function isTheSame(first: Collation, second: Collation): boolean {
  const isOtherDefault = second.databaseDefault && !second.charsetDefault;
  return first.name === second.name || (isEither(first) && isOtherDefault);
}

/**
 * What a second run made in a database with another default collation, with the collations that it would have by the defaults of the first. A
 * column that has another one for another reason keeps it: then the chain makes two different schemas.
 */
export function withCollationsOf(first: Snapshot, second: Snapshot): Snapshot {
  const firsts = new Map(first.tables.map((table) => [table.key, table]));
  const aligned = (column: Column, like: Column | undefined): Column => {
    const [a, b] = [like?.collation ?? null, column.collation];
    return a === null || b === null || !isTheSame(a, b) ? column : { ...column, collation: a };
  };
  const tables = second.tables.map((table) => {
    const likes = new Map(firsts.get(table.key)?.columns.map((column) => [column.name, column]));
    return { ...table, columns: table.columns.map((one) => aligned(one, likes.get(one.name))) };
  });
  return { ...second, tables };
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
