import type { SchemaObject, Table } from '../schema/snapshot.ts';
import type { TableName } from './table-name.ts';

/** One column of a row that is copied. */
export interface CopiedColumn {
  readonly from: string;
  readonly to: string;
  /** The canonical type as it is, and as it is to be. */
  readonly actual: string;
  readonly expected: string;
}

/** Rows of one table that go into another. */
export interface TableCopy {
  readonly from: TableName;
  readonly to: TableName;
  readonly columns: readonly CopiedColumn[];
  /**
   * Columns (of `to`) of each key whose columns are all copied; a row that a migration made gives way to the one that is copied. Where there is
   * no key, it does to one that has the same in every copied column.
   */
  readonly keys: readonly (readonly string[])[];
  /** Columns of `to` that take their values from a counter. */
  readonly counted: readonly string[];
  /** Values for columns that no row has one for, by column. */
  readonly filled: Readonly<Record<string, string>>;
  /** Whether the rows are the table's own, without those of tables that inherit from it: they are copied with theirs. */
  readonly alone: boolean;
  /** A single key column by which the rows can be taken in portions; null where all go at once. */
  readonly portionsBy: string | null;
}

/** How the rows of one table are copied, in order, on one connection. Every text is one statement. */
export interface CopyStatements {
  readonly before: readonly string[];
  /** A SELECT of the keys at which portions end, in order; null where all rows go at once. */
  readonly portions: ((size: number) => string) | null;
  /** Copies the rows after one key and up to another; null for no bound. */
  insert(after: string | null, upTo: string | null): string;
  readonly after: readonly string[];
  /** Gives the connection its settings back; run also when something before it failed. */
  readonly restore: readonly string[];
}

/**
 * How a family moves tables out of the way without touching a row, and copies rows between two tables. Pure but for nothing: it writes texts.
 */
export interface SetAside {
  /** Whether rows may be copied before those that their foreign keys point to. */
  readonly copiesAhead: boolean;
  /** Whether the triggers of a table cannot be kept from acting upon the rows that are copied into it, unless they are gone meanwhile. */
  readonly firesTriggers: boolean;
  /** Where things are set aside: a schema or database whose name begins with the default one's. */
  place(defaultSchema: string, stamp: string): string;
  /** Why a thing cannot be moved there, in words after its name; null where it can. */
  objection(thing: { readonly table: Table } | { readonly object: SchemaObject }): string | null;
  /** The statements that make the place and move everything into it, as few as can be. */
  move(place: string, tables: readonly TableName[], objects: readonly SchemaObject[]): readonly string[];
  /** The statements that move tables back to where they were; none where all of it is one transaction. */
  back(place: string, tables: readonly TableName[]): readonly string[];
  /** The statements that remove an empty place; none where all of it is one transaction. */
  discard(place: string): readonly string[];
  /** The statements that drop tables which were made in the cleared place, and hold nobody's rows. */
  clear(tables: readonly TableName[]): readonly string[];
  /** A SELECT of one number: how many tables stand in the place. */
  countTables(place: string): string;
  /**
   * A SELECT of one number: how many rows have a value that would be another after it was copied. Null where no value can be, and undefined
   * where that cannot be asked.
   */
  losses(table: TableName, column: CopiedColumn): string | null | undefined;
  /** The statements by which a counter of its own that was moved to the place, and was made anew, goes on where the moved one is; none for the rest. */
  goOn(place: string, object: SchemaObject): readonly string[];
  copy(copy: TableCopy): CopyStatements;
  /**
   * A SELECT of two texts: how many rows, and a sum over what the copied columns hold that does not depend on their order. Both sides of a copy
   * give the same for the same values.
   */
  digest(copy: TableCopy, side: 'from' | 'to'): string;
}
