import type { Verdict } from '../classify/verdict.ts';
import type { IdTrouble } from '../database/tracker.ts';
import type { ErrorCode } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { MendingSql, TrackerContents } from '../history/mend-history.ts';
import type { Refusal } from './plan.ts';

/** One trouble of a history, and what mends it. */
export interface RepairStep {
  /** What it is chosen by. */
  readonly name: string;
  /** The trouble's code, and the trouble in a sentence. */
  readonly code: ErrorCode;
  readonly trouble: string;
  /** Why this mends it and nothing else, in a sentence. */
  readonly proof: string;
  /** Run in this order, as they stand. */
  readonly statements: readonly string[];
  /** What undoes them, in the order in which it is to be run. */
  readonly undo: readonly string[];
}

/** What will be done about a history. Plain data. */
export interface RepairPlan {
  readonly format: 1;
  /** Of the schema that the proofs rest on. */
  readonly fingerprint: string;
  /** The names of all steps that could be chosen. */
  readonly available: readonly string[];
  readonly steps: readonly RepairStep[];
  /** Troubles that cannot be mended on proof alone. With any here nothing is done, unless steps were chosen by name. */
  readonly refused: readonly Refusal[];
  readonly notices: readonly string[];
}

/** What the user decided beforehand. */
export interface RepairChoices {
  /** Names of steps; every one that is proved where it is empty. */
  readonly only: readonly string[];
  /** Free a lock of which it is not proved that nobody holds it. */
  readonly forceUnlock: boolean;
}

export interface RepairFacts {
  readonly verdict: Verdict;
  readonly history: History;
  readonly contents: TrackerContents;
  readonly idTrouble: IdTrouble | null;
  /** Of migrations that leave no trace: how it is known that one has run, by revision. */
  readonly knownToHaveRun: ReadonlyMap<string, string>;
  /** Why nothing can be written; null when it can. */
  readonly readOnlyReason: string | null;
  readonly sql: MendingSql;
}

/** What one look for troubles came to. */
export interface RepairFindings {
  readonly steps: readonly RepairStep[];
  readonly refused: readonly Refusal[];
  /** Steps that are carried out only when they are chosen by name; until then each is a refusal. */
  readonly offered?: readonly { readonly step: RepairStep; readonly refusal: Refusal }[];
}

/** No trouble. */
export const NOTHING_FOUND: RepairFindings = { steps: [], refused: [] };
