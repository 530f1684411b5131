import type { Knex } from 'knex';
import type { AdoptError } from '../errors.ts';
import type { ElementKind } from '../schema/elements.ts';
import type { DialectName, ObjectKey } from '../schema/snapshot.ts';
import type { SqlSyntax } from '../util/one-statement.ts';
import type { Ddl } from './ddl.ts';
import type {
  CatalogWatch,
  Follower,
  FollowOptions,
  Introspection,
  IntrospectOptions,
  Observe,
} from './introspection.ts';
import type { KnownStructure } from './known.ts';
import type { ServerFacts } from './server-facts.ts';
import type { QueryCounter, Session } from './session.ts';
import type { SetAside } from './set-aside.ts';
import type { SetAsidePlace } from './set-aside-place.ts';
import type { TableName } from './table-name.ts';
import type { TrackerAccess } from './tracker.ts';

/** A table that may be a Knex history or lock table, found in a catalog. */
export interface LocatedTable extends TableName {
  readonly columns: readonly string[];
  /** Row security decides which of its rows this role sees. Absent where there is no such thing. */
  readonly rowsFiltered?: boolean;
  /** Whether this role may read it. Absent where a table that it may not read is not found. */
  readonly readable?: boolean;
}

/** Where tables of some names are, and where unqualified names land. */
export interface Location {
  /** Null where there is no such schema: no database chosen, or a search path that names none that exists. */
  readonly defaultSchema: string | null;
  readonly tables: readonly LocatedTable[];
}

/**
 * - `transaction`: one transaction holds the lock and all the work (PostgreSQL, all pending migrations transactional).
 * - `session`: a connection of its own holds the lock while the work runs on the pool.
 */
export type LockMode = 'transaction' | 'session';

export interface LockRequest {
  /** What is locked: the same text in every replica, unique per history table. */
  readonly name: string;
  readonly mode: LockMode;
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else holds the lock and waiting begins. */
  readonly onWait?: (() => void) | undefined;
}

export interface LockedScope {
  /** In mode `transaction` the transaction that must carry every statement; otherwise the host's own instance. */
  readonly knex: Knex;
  /**
   * @throws AdoptError `LOCK.LOST` when the lock is no longer ours: whatever was to be written next must not be.
   */
  assertHeld(): Promise<void>;
}

/** A column of a table that is named by its key. */
export interface NamedColumn {
  readonly table: ObjectKey;
  readonly column: string;
}

/** A database that exists only while a chain is replayed in it. */
export interface ScratchDatabase {
  readonly knex: Knex;
  /** Empties it, for another replay. */
  reset(): Promise<void>;
  /**
   * Another one, for a replay at the same time, to be removed by whoever asked for it. Absent where that costs more than it saves.
   *
   * @param unlike whether its default collation should be another one, where this one's is also that of its character set: what a column that
   * has it comes by is only told where the two differ.
   */
  beside?(unlike: boolean): Promise<ScratchDatabase>;
  /**
   * There where it stands beside another one and has another default collation: its text columns that do not have that one. One query, of the
   * default schema.
   */
  readonly readNotDefault?: () => Promise<readonly NamedColumn[]>;
  /** Closes the connections and removes it, whatever happened before; never throws twice. */
  remove(): Promise<void>;
}

export interface DialectCapabilities {
  /** DDL can be rolled back. */
  readonly transactionalDdl: boolean;
}

/** A question that people wrote, to be asked of a database. */
export interface Question {
  /** One SELECT, without its semicolon. */
  readonly sql: string;
  /** Where its unqualified names are looked for (MySQL family: the connection's own database). */
  readonly schema: string;
  /** How long it may take, in milliseconds. */
  readonly limitMs: number;
}

/**
 * - `value`: the one value of the one row, as text; null for NULL, and for no row.
 * - `denied`: this role may not read what is asked for. `late`: the limit was reached. `failed`: anything else, in the server's words.
 */
export type Answer =
  | { readonly kind: 'value'; readonly value: string | null }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly message: string };

/** How a family takes the names of constraints and indexes. */
export interface PieceNames {
  /** The name that the server makes of one in a statement; two are one name when it makes the same of them. */
  nameOf(text: string, quoted: boolean): string;
  readonly indexKinds: readonly ElementKind[];
}

/**
 * All that this project knows about one SQL family. Nothing outside `dialects/` asks which dialect it has; server facts that decide
 * something are capabilities or methods here.
 */
export interface Dialect {
  readonly name: DialectName;
  readonly capabilities: DialectCapabilities;
  readonly tracker: TrackerAccess;
  /** The ways in which its servers may read a text, depending on settings. */
  readonly syntaxes: readonly SqlSyntax[];
  /** How a statement that Knex hands to the driver marks its values: `$1`, `$2`, … or `?` for each in turn. */
  readonly placeholders: 'numbered' | 'question-marks';
  /**
   * Whether the family's own client takes a script apart at each semicolon outside of quotes and comments, and sends a statement that holds
   * some (the body of a trigger) whole only where `DELIMITER` gave it another mark (MySQL 8.0 manual, 4.5.1.2).
   */
  readonly clientDelimiters: boolean;

  /**
   * The schemas that are read of a database: those that are wanted, the default one first, and those in which the chain has anything
   * (PostgreSQL; of the MySQL family a schema is a database, with a name that is another on each server).
   */
  schemasToRead(wanted: readonly string[], known: KnownStructure | undefined): readonly string[];

  /**
   * Runs `work` with a session that cannot write: in a read-only transaction with pinned settings, always rolled back. Given a transaction,
   * it works inside it (in a savepoint where that is what restores the settings) and leaves it as found.
   *
   * @throws AdoptError `CONNECT.*` when the server cannot be reached.
   */
  read<T>(knex: Knex, counter: QueryCounter, work: (session: Session) => Promise<T>): Promise<T>;

  /**
   * Runs `work` with a way to read a database again and again while it is changed, by who awaits each reading before changing it again; as
   * cheaply as can be, and never anything that is not committed.
   *
   * @throws AdoptError `CONNECT.*` when the server cannot be reached.
   */
  observe<T>(
    knex: Knex,
    counter: QueryCounter,
    facts: ServerFacts,
    work: (observe: Observe) => Promise<T>,
  ): Promise<T>;

  /**
   * Runs `work` with a session that costs nothing beside its queries: no transaction, no pinned settings. For statements whose answer no
   * setting changes: the look at the history that every start-up takes.
   *
   * @throws AdoptError `CONNECT.*` when the server cannot be reached.
   */
  glance<T>(knex: Knex, counter: QueryCounter, work: (session: Session) => Promise<T>): Promise<T>;

  /**
   * Asks a question of somebody else's making, in a read-only transaction of its own with a time limit; no setting of the session is left
   * changed.
   *
   * @throws AdoptError `CONNECT.*`, `DETECT.UNSTABLE`
   */
  ask(knex: Knex, counter: QueryCounter, facts: ServerFacts, question: Question): Promise<Answer>;

  /** @throws AdoptError `DETECT.NO_SCHEMA`, `DETECT.UNSUPPORTED_SERVER` */
  readServer(session: Session): Promise<ServerFacts>;

  /**
   * The structure of the given schemas in a constant number of queries, whatever the number of tables.
   *
   * @throws AdoptError `DETECT.NO_SCHEMA` when a schema does not exist, `DETECT.UNSTABLE` when the catalog is locked by DDL in progress.
   */
  introspect(session: Session, facts: ServerFacts, options: IntrospectOptions): Promise<Introspection>;

  /**
   * Begins to follow the structure of the given schemas, to be read again and again. Asks nothing yet.
   */
  follow(facts: ServerFacts, options: FollowOptions): Follower;

  /**
   * Opens a watch over the structure of these schemas, before they are read. One query, or two.
   *
   * @throws AdoptError `DETECT.UNSTABLE` when another session is changing them at this moment, as far as this role can see that; names it.
   */
  watchCatalog(session: Session, schemas: readonly string[]): Promise<CatalogWatch>;

  /**
   * Every table of one of these names, in every schema a history could be in (PostgreSQL: all but system schemas; MySQL family: the current
   * database), and where unqualified names land. One query, also when it finds nothing.
   */
  locateTables(session: Session, names: readonly string[]): Promise<Location>;

  /**
   * Tables and views of these names that an application finds by a name alone although they do not stand in the default schema: those in the
   * schemas of PostgreSQL's search path behind the first. One query; none on the MySQL family, which has no such path.
   */
  locateBehind(session: Session, names: readonly string[]): Promise<readonly TableName[]>;

  /**
   * Runs `work` while holding the server-side lock.
   *
   * @throws AdoptError `LOCK.TIMEOUT` when another holder keeps it for longer than `waitMs`; `LOCK.POOLED` when a session lock is asked for
   * behind a transaction pooler.
   */
  withLock<T>(
    knex: Knex,
    facts: ServerFacts,
    request: LockRequest,
    work: (scope: LockedScope) => Promise<T>,
  ): Promise<T>;

  /** A temporary database on the same server (or embedded), for replaying a chain. */
  createScratch(knex: Knex): Promise<ScratchDatabase>;

  /**
   * The statements that make, in an empty database, what the structure of these schemas stands on and a snapshot does not hold: PostgreSQL's
   * schemas and extensions. One query, or none.
   */
  readFoundations(session: Session, schemas: readonly string[]): Promise<readonly string[]>;

  /**
   * Whether a statement that is sent to a scratch database may change something outside of it: what a server's databases share, or one of
   * `others`. Told by its text: what a procedure does, or a text that is put together, is not seen.
   */
  mayReachOutside(sql: string, others: readonly string[]): boolean;

  /** A quoted name. */
  quoteName(name: string): string;

  /** How names of constraints and indexes are read in a statement, and what `DROP INDEX` takes away. */
  readonly pieceNames: PieceNames;

  /**
   * The statement that gives a constraint or an index another name; null where the family has none for its kind.
   *
   * @param table its key; without a schema it stands in the default one.
   */
  renamePiece(table: ObjectKey, kind: ElementKind, actual: string, expected: string): string | null;

  /** Whether a name is short enough to be kept whole. */
  fitsName(name: string): boolean;

  /** A quoted, qualified name, for statements that people read or that are run as text. */
  quoteTable(table: TableName): string;

  /** How this family writes changes of structure. */
  readonly ddl: Ddl;

  /** How tables are moved out of the way and their rows copied. */
  readonly setAside: SetAside;

  /** How what was moved there is dropped. */
  readonly setAsidePlace: SetAsidePlace;

  /** What a driver's error means, or null where it means nothing to us. Never repeats a secret. */
  translateError(error: unknown): AdoptError | null;
}
