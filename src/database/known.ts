import type { ObjectKey, SchemaObject, Table } from '../schema/snapshot.ts';

/** What a chain expects of each table and object, at whichever revision or variant: every version of it. */
export interface KnownStructure {
  /** By key. */
  readonly tables: ReadonlyMap<ObjectKey, readonly Table[]>;
  /** By identity, see `objectIdentity`. */
  readonly objects: ReadonlyMap<string, readonly SchemaObject[]>;
}
