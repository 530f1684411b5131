import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import type { ServerFacts } from '../database/server-facts.ts';
import type { History } from '../history/history.ts';
import type { ReceiptAuthor } from '../history/receipts.ts';
import type { Logger } from '../logger.ts';
import type { MigrationObserver } from '../migrations/knex-migrator.ts';
import type { MigrationsSource } from '../migrations/source.ts';
import type { Snapshot } from '../schema/snapshot.ts';

/** The state of a database as a plan depends on it. */
export interface CurrentState {
  readonly fingerprint: string;
  readonly history: History;
  /** What data says, see `Plan.evidence`; null where the plan does not rest on it. */
  readonly evidenceDigest: string | null;
}

/** Everything that carrying out a plan needs and that is not a decision. */
export interface ApplyContext {
  readonly knex: Knex;
  readonly dialect: Dialect;
  readonly facts: ServerFacts;
  readonly source: MigrationsSource;
  readonly logger: Logger;
  readonly observer?: MigrationObserver | undefined;
  readonly lockWaitMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => Date;
  /** Who adopts, for the receipt. */
  readonly author: Pick<ReceiptAuthor, 'tool' | 'application'>;
  /** Reads the state again, through the connection or transaction given. */
  readState(knex: Knex): Promise<CurrentState>;
  /** Reads the schema again: its fingerprint, and the names of its blocking differences from a revision that nobody accepted. */
  readUnmet(
    knex: Knex,
    revision: string,
  ): Promise<{ readonly fingerprint: string; readonly unmet: readonly string[] }>;
  /** What is there and some revision knows. */
  readKnown(knex: Knex): Promise<Pick<Snapshot, 'tables' | 'objects'>>;
  /** Reads the history alone. */
  readHistory(knex: Knex): Promise<History>;
}
