import type { Held } from '../classify/classify.ts';
import type { History } from '../history/history.ts';
import type { ReceiptBasis } from '../history/receipts.ts';
import type { RebuildFacts } from './rebuild-facts.ts';
import type { SeedFacts } from './seed-steps.ts';

/** Facts that a plan needs and a verdict does not carry. */
export interface PlanFacts {
  readonly history: History;
  /** Why nothing can be written; null when it can. */
  readonly readOnlyReason: string | null;
  /** The statements that make the history, and that stamp; as text, for people. */
  readonly createHistorySql: readonly string[];
  stampSql(recordedNames: readonly string[], receipt: ReceiptBasis): string;
  /** What was found, held against another revision (by index) than the verdict is; see `heldAgainst`. */
  heldAgainst(index: number): Held;
  /** What completing a partial database needs; where it is left out, a partial one is refused. */
  readonly completion?: RebuildFacts | undefined;
  /** Whether a migration that fails leaves nothing behind, unless it opts out of transactions. */
  readonly transactionalDdl?: boolean | undefined;
  /** What is known of seeds, where they are asked for. */
  readonly seeds?: SeedFacts | null | undefined;
}
