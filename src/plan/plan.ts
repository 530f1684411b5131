import type { TableCopy } from '../database/set-aside.ts';
import type { ErrorCode } from '../errors.ts';
import type { ReceiptBasis } from '../history/receipts.ts';
import type { Mapping } from './mapping.ts';

/** Why nothing, or not this, will be done. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** Rows that would stand in the way of a step, counted before anything is written. */
export interface RowCheck {
  /** What could not be made: the name of the difference. */
  readonly name: string;
  /** In words that follow a number: `rows without a value in "name"`. */
  readonly rows: string;
  /** One SELECT of one number; anything but 0 stops the plan. */
  readonly sql: string;
}

/**
 * One thing that will be done.
 *
 * - `mend`: the pieces of one migration that are missing, made as the chain expects them; `checks` are asked before the first step.
 * - `run-missing`: Knex runs one migration of which nothing is there, although later ones are; recorded with the `stamp` that follows.
 * - `set-aside`: everything the chain knows is moved to `place`; `tables` says how many tables, `undo` moves them back. `replay`: Knex runs these into the cleared place, and
 *   they are recorded with the `stamp` that follows. `copy`: rows go back, `without` some foreign keys that could not hold meanwhile; `orphans`
 *   are counted afterwards.
 * - `verify`: the schema is read again and must meet the revision, else nothing is recorded.
 * - `create-history`: Knex's two tables and the one lock row, as far as they are missing.
 * - `stamp`: rows for revisions that were proved, and the receipt of it; nothing of theirs is run.
 * - `migrate`: Knex runs these, itself. What they do is theirs to say, so there is no SQL.
 * - `intend-seeds`: that seeds are to follow is written down before an install, for whoever goes on after a kill. `seed`: Knex runs them, where
 *   they are due, in one transaction with the row that says that they have run.
 */
export type Step =
  | {
      readonly kind: 'mend';
      readonly revision: string;
      readonly names: readonly string[];
      readonly statements: readonly string[];
      readonly checks: readonly RowCheck[];
      readonly sql: string;
    }
  | {
      readonly kind: 'run-missing';
      readonly revision: string;
      readonly recordedName: string;
      readonly sql: null;
    }
  | {
      readonly kind: 'set-aside';
      readonly place: string;
      readonly tables: number;
      readonly statements: readonly string[];
      readonly checks: readonly RowCheck[];
      readonly undo: readonly string[];
      readonly sql: string;
    }
  | {
      readonly kind: 'replay';
      /** Where what was there is, and how many tables. */
      readonly place: string;
      readonly tables: number;
      readonly revision: string;
      readonly recordedNames: readonly string[];
      readonly sql: null;
    }
  | {
      readonly kind: 'copy';
      readonly copies: readonly TableCopy[];
      readonly without: readonly string[];
      readonly with: readonly string[];
      readonly orphans: readonly RowCheck[];
      readonly sql: null;
    }
  | { readonly kind: 'verify'; readonly revision: string; readonly sql: null }
  | { readonly kind: 'create-history'; readonly sql: string }
  | {
      readonly kind: 'stamp';
      readonly revisions: readonly string[];
      readonly recordedNames: readonly string[];
      readonly receipt: ReceiptBasis;
      readonly sql: string;
    }
  | {
      readonly kind: 'migrate';
      readonly revisions: readonly string[];
      readonly recordedNames: readonly string[];
      /** The chain up to the target: what Knex is shown. */
      readonly chain: readonly string[];
      readonly sql: null;
    }
  | { readonly kind: 'intend-seeds'; readonly seeds: readonly string[]; readonly sql: string }
  | { readonly kind: 'seed'; readonly seeds: readonly string[]; readonly sql: null };

/**
 * - `none`: nothing to do. `install`: run the whole chain on a fresh database. `stamp`: adopt a legacy one, then run the rest.
 * - `complete`: make what a partial one lacks of the revision it nearly is, then as `stamp`.
 * - `rebuild`: set what a partial one has aside, run the chain into the cleared place, copy the rows back, then as `stamp`.
 * - `upgrade`: a managed one, run what is pending. `seed`: one whose install was interrupted before its seeds ran. `refuse`: see `refused`.
 */
export type Strategy = 'none' | 'install' | 'stamp' | 'complete' | 'rebuild' | 'upgrade' | 'seed' | 'refuse';

/** What will be done about a verdict. Plain data: it survives a JSON round trip and can be carried out by another process. */
export interface Plan {
  readonly format: 1;
  readonly strategy: Strategy;
  /** The revision the database will be at; null when refused. */
  readonly target: string | null;
  /** Of the schema this plan was made for; read again under the lock, and a changed one stops the plan. */
  readonly fingerprint: string;
  /** Of the history this plan was made for, likewise. */
  readonly historyDigest: string;
  /**
   * Where data and not structure chose among several revisions: whose probes were asked, and a digest of what they and the histories of other
   * tools said, which is asked again under the lock; null where nothing rests on it.
   */
  readonly evidence: { readonly probes: readonly string[]; readonly digest: string } | null;
  readonly steps: readonly Step[];
  readonly refused: readonly Refusal[];
  /** What a human should know before saying yes; nothing here stops the plan. */
  readonly notices: readonly string[];
}

/** What the user decided beforehand. */
export interface PlanOptions {
  /** Stop at this revision; null is head. */
  readonly to: string | null;
  /** What to do about a partial database. */
  readonly onPartial: 'refuse' | 'complete' | 'rebuild';
  /** Of a partial database that is rebuilt or completed: other names, and values for columns that have none. */
  readonly mapping: Mapping | null;
  /** Settles an ambiguous verdict: one of its candidates. Of a partial database that is completed: the revision to complete it to. */
  readonly at: string | null;
  /** Settles an ambiguity of migrations that leave no trace in a schema: run them, or skip them. */
  readonly traceless: 'refuse' | 'run' | 'skip';
  /** Names of risky differences that are accepted; see `differenceName`. */
  readonly accept: readonly string[];
  /** Others' tables beside ours are expected. */
  readonly shared: boolean;
  /** Have Knex's seeds run once, after a fresh install and nothing else. */
  readonly seed: 'never' | 'when-fresh';
}

export const DEFAULT_PLAN_OPTIONS: PlanOptions = {
  to: null,
  onPartial: 'refuse',
  mapping: null,
  at: null,
  traceless: 'refuse',
  accept: [],
  shared: false,
  seed: 'never',
};
