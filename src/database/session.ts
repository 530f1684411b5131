/** One row, column by column; every value as text. Queries cast what is not text, so the host's type parsers change nothing. */
export type TextRow = readonly (string | null)[];

/**
 * One connection, pinned, for reading. Made by a dialect's `read`; everything asked through one session sees one connection, with the
 * settings that change how a server prints its catalog pinned.
 */
export interface Session {
  /**
   * Runs one query with bound values (`?`) and gives its rows.
   *
   * @throws AdoptError whatever the dialect's `translateError` makes of the driver's error; the driver's own error when it makes nothing.
   */
  query(sql: string, bindings?: readonly (string | number | boolean | null)[]): Promise<readonly TextRow[]>;
}

/** Counts the queries of a run, for the report. */
export interface QueryCounter {
  queries: number;
}
