import type { Knex } from 'knex';
import type { ObjectKey, Snapshot } from '../schema/snapshot.ts';
import type { KnownStructure } from './known.ts';
import type { ServerSetting } from './server-setting.ts';
import type { Session } from './session.ts';
import type { TableName } from './table-name.ts';

/** Whether this role sees all there is. On false nothing may be concluded from what is absent. */
export interface Visibility {
  readonly complete: boolean;
  /** What is known to be hidden; empty when the server does not even say how much. */
  readonly hidden: readonly ObjectKey[];
  /** The exact statements that would let this role see. */
  readonly grants: readonly string[];
  /**
   * Kinds of things of which this role may not even learn that there are any, while it sees every table whole (MySQL family: triggers take
   * TRIGGER, routines EXECUTE), each with the statement that would show them. A verdict that depends on one is refused. Absent where there
   * are none.
   */
  readonly unseen?: readonly { readonly kind: 'trigger' | 'function'; readonly grant: string }[];
}

/** A table that a tool is changing online, in a copy that it will put in the table's place. */
export interface TableUnderChange {
  readonly table: ObjectKey;
  /** What shows it, in words: the tool and its tables or triggers. */
  readonly sign: string;
}

export interface Introspection {
  readonly snapshot: Snapshot;
  /** For each set of rules in `IntrospectOptions.without`: the same reading, made canonical without them. */
  readonly without: readonly Snapshot[];
  readonly visibility: Visibility;
  /** Settings that decide what a statement makes beside what it says. Absent where a dialect knows none. */
  readonly settings?: readonly ServerSetting[];
  /** Absent where there are none, and where a dialect knows no such tools. */
  readonly underChange?: readonly TableUnderChange[];
}

/** A look at the catalog that was begun, and can be asked whether it was disturbed. */
export interface CatalogWatch {
  /**
   * Whether the structure of the schemas may have changed since the watch was opened. False is a proof; true may also mean that something was
   * written that has nothing to do with structure, or in another database. One query.
   *
   * @param session sees what is committed now: not one whose transaction has kept the snapshot that the watch was opened with.
   */
  hasChanged(session: Session): Promise<boolean>;
}

/** A database that is read again and again while it changes, by who alone changes it. */
export interface Follower {
  /**
   * The structure as it is now, exactly as `Dialect.introspect` gives it, of every schema that is there: what may have changed since the last call is read, and what
   * provably has not is taken over, the same values. The very same snapshot where nothing has changed.
   *
   * @throws AdoptError as `Dialect.introspect`.
   */
  read(session: Session): Promise<Snapshot>;
}

/**
 * Runs a reading, with a session that cannot write.
 *
 * @param offered a connection that has nothing else to do now, for where there is no other.
 */
export type Observe = <T>(offered: Knex, reading: (session: Session) => Promise<T>) => Promise<T>;

/** Whatever is there belongs to the snapshot, and there is one of each state. */
export type FollowOptions = Pick<IntrospectOptions, 'schemas' | 'exclude'>;

export interface IntrospectOptions {
  /** Which schemas to read, the default one first. */
  readonly schemas: readonly string[];
  /** Tables left out by exact name: Knex's own two, and our receipts. */
  readonly exclude: readonly TableName[];
  /**
   * What the chain expects that the snapshot will be held against. What providers and services put there and the chain does not know is left
   * out, and names that the server takes for the chain's have the chain's spelling. Absent where what is read is to be recorded.
   */
  readonly known?: KnownStructure | undefined;
  /** Sets of equivalence rules that are not to be applied, each in a snapshot of its own. None, usually. */
  readonly without?: readonly ReadonlySet<string>[] | undefined;
}
