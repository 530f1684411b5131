import type { Knex } from 'knex';
import type { ServerInfo } from '../schema/snapshot.ts';
import type { Session } from './session.ts';
import type { TableName } from './table-name.ts';

/** Why the next row of a table would not get an id that is free, or would get none. */
export interface IdTrouble {
  /** As a sentence. */
  readonly problem: string;
  /** The statement that mends it, and the one that undoes that; null where it takes a change of structure. */
  readonly mend: { readonly sql: string; readonly undo: string } | null;
}

/** The rows of a table, every value as text. */
export interface TableContents {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Statements under whose settings these texts mean the same when they are written again; mostly none. */
  readonly settings: readonly string[];
}

/** What judging and mending Knex's two tables asks of a server beside reading them. */
export interface TrackerAccess {
  /**
   * Why it is not proved that nobody holds Knex's lock: each session that could, or what keeps us from knowing, in words. Empty is the proof.
   *
   * Knex writes no name beside its lock. But whoever holds it is connected to this database, as somebody who may write the lock table; so
   * where no session is, but those of this Knex instance, nobody holds it. (A holder whose pool has closed its last idle connection, in the
   * middle of a migration that asks nothing of the database for that long, is not seen.)
   *
   * @param knex the instance whose own connections are not looked for.
   */
  findLockDoubts(session: Session, knex: Knex, lockTable: TableName): Promise<readonly string[]>;

  /** What is wrong with how a history table makes ids; null where nothing is, and where this role may not look. */
  findIdTrouble(session: Session, table: TableName): Promise<IdTrouble | null>;

  /** All rows of a table. */
  readRows(session: Session, table: TableName, columns: readonly string[]): Promise<TableContents>;

  /**
   * Keeps everybody else from writing to these tables until the transaction ends. Does not wait.
   *
   * @returns false when somebody else has written to one of them and not committed: the transaction is then of no more use.
   */
  hold(trx: Knex.Transaction, server: ServerInfo, tables: readonly TableName[]): Promise<boolean>;

  /** Runs one statement as it stands: a `?` in it is no place for a value. Rejects with the driver's own error. */
  run(trx: Knex.Transaction, sql: string): Promise<void>;
}
