import type { TableCopy } from '../database/set-aside.ts';
import type { ObjectKey, Table } from '../schema/snapshot.ts';
import type { CompletionFacts } from './complete.ts';
import type { Refusal, RowCheck } from './plan.ts';

/** What rebuilding needs to know beside the verdict. */
export interface RebuildFacts extends CompletionFacts {
  /** Tells one place where things are set aside from another: digits of the time. */
  readonly stamp: string;
}

/** A table that is set aside, and where its rows go; null for those that have no home. */
export interface Move {
  readonly actual: Table;
  readonly expected: Table | null;
}

/** How the rows of one table go into the table that the chain makes. */
export interface Planned {
  /** The table whose rows are copied. */
  readonly table: ObjectKey;
  readonly copy: TableCopy;
  readonly checks: readonly RowCheck[];
  readonly refused: readonly Refusal[];
  /** Names of the old table's columns whose values stay behind. */
  readonly homeless: readonly string[];
}
