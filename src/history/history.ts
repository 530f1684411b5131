import type { TableName } from '../database/table-name.ts';

/** One row of Knex's history table. */
export interface HistoryRow {
  /** The recorded name: exactly what the migrations source returned, extension included. */
  readonly name: string;
  /** Null marks a row that an adoption stamped (ADR 1). */
  readonly batch: number | null;
}

/**
 * - `absent`: no lock table, or no row in it (Knex makes the row itself).
 * - `free`: one row, `is_locked` 0.
 * - `held`: one row, `is_locked` 1. `stale`: the same, and it is proved that nobody is there who could hold it.
 * - `broken`: anything else, which Knex reads as locked for ever (`hazards.md` §1.3).
 */
export type LockState = 'absent' | 'free' | 'held' | 'stale' | 'broken';

/** Knex's history as it stands in the database, read with plain SELECTs: Knex's own readers create the tables. */
export interface History {
  /** Where the history is, or would be made. */
  readonly table: TableName;
  readonly lockTable: TableName;
  /** Our own receipts beside it: where they are, or would be. */
  readonly receipts: {
    readonly table: TableName;
    readonly present: boolean;
    /** What is left of a plan that was interrupted, as it wrote it down; null where there is none, and once something is recorded. */
    readonly journal: string | null;
  };
  readonly present: boolean;
  readonly lockPresent: boolean;
  /** By id. */
  readonly rows: readonly HistoryRow[];
  readonly lock: LockState;
  /** `is_locked` of each row of the lock table, as text. */
  readonly lockRows: readonly (string | null)[];
  /** Of a lock that is not free: why it is not proved that nobody holds it; see `TrackerAccess.findLockDoubts`. */
  readonly lockDoubts: readonly string[];
}
