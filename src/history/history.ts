import type { TableName } from '../database/dialect.ts';

/** One row of Knex's history table. */
export interface HistoryRow {
  /** The recorded name: exactly what the migrations source returned, extension included. */
  readonly name: string;
  /** Null marks a row that an adoption stamped (ADR 1). */
  readonly batch: number | null;
}

/**
 * - `absent`: no lock table, or no row in it (Knex makes the row itself).
 * - `free`, `held`: one row, `is_locked` 0 or 1.
 * - `broken`: anything else, which Knex reads as locked for ever (`hazards.md` §1.3).
 */
export type LockState = 'absent' | 'free' | 'held' | 'stale' | 'broken';

/** Knex's history as it stands in the database, read with plain SELECTs: Knex's own readers create the tables. */
export interface History {
  /** Where the history is, or would be made. */
  readonly table: TableName;
  readonly lockTable: TableName;
  readonly present: boolean;
  readonly lockPresent: boolean;
  /** By id. */
  readonly rows: readonly HistoryRow[];
  readonly lock: LockState;
}
