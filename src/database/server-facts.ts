import type { ServerInfo } from '../schema/snapshot.ts';

/** What a dialect says of the server and of this connection before anything else is read. */
export interface ServerFacts {
  readonly server: ServerInfo;
  /** Where unqualified names land: PostgreSQL's `current_schema()`, the MySQL family's database. */
  readonly defaultSchema: string;
  /** Who is connected, as the server names it; for messages and GRANT statements. */
  readonly user: string;
  readonly database: string;
  /** Why nothing could be written here (a standby, `read_only`, …), as a sentence; null when writing is possible. */
  readonly readOnlyReason: string | null;
  /**
   * Whether a pooler in transaction mode stands between us and the server, so that session locks and settings mean nothing
   * (`hazards.md` (j)).
   */
  readonly pooled: boolean;
}
