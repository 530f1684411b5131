import { objectIdentity } from '../schema/elements.ts';
import { fingerprintSum, tableHash } from '../schema/fingerprint.ts';
import type { ObjectKey, SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import { compareText } from '../util/order.ts';
import { encodeTable } from './encode-table.ts';
import { MANIFEST_FORMAT, type Manifest, type ObjectFormat } from './format.ts';
import type { TableFormat } from './table-format.ts';

/** The state that a manifest builds on: what the revision before expected, as read from the same database. */
export interface RecordedState {
  readonly revision: string;
  readonly tables: ReadonlyMap<ObjectKey, Table>;
  readonly objects: ReadonlyMap<string, SchemaObject>;
}

/** A snapshot as the state after a revision. */
export function recordState(revision: string, snapshot: Snapshot): RecordedState {
  return {
    revision,
    tables: new Map(snapshot.tables.map((table) => [table.key, table])),
    objects: new Map(snapshot.objects.map((object) => [objectIdentity(object), object])),
  };
}

function changes<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  equal: (a: T, b: T) => boolean,
): [string, T | null][] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort(compareText);
  return keys.flatMap((key): [string, T | null][] => {
    const was = before.get(key);
    const is = after.get(key);
    if (is === undefined) return [[key, null]];
    return was !== undefined && equal(was, is) ? [] : [[key, is]];
  });
}

function defaultCollation(snapshot: Snapshot): string | undefined {
  for (const table of snapshot.tables) {
    for (const { collation } of table.columns) {
      if (collation?.databaseDefault && collation.charsetDefault) return collation.name;
    }
  }
  return undefined;
}

/** An object as a manifest writes it. */
export function encodeObject({ kind, definition, unread }: SchemaObject): ObjectFormat {
  return { kind, definition, ...(unread === undefined ? {} : { unread }) };
}

/**
 * The manifest of one revision: what differs between the state before and this snapshot.
 *
 * A table stands in it when it compares different or when a constraint or index of it has another name, so that rebuilt manifests are
 * byte-stable and names can be trusted by people.
 *
 * @param variant the name of a variant, where `before` is the state of the revision itself and the snapshot is another schema for it.
 */
export function makeManifest(
  before: RecordedState | null,
  revision: string,
  snapshot: Snapshot,
  variant?: string,
): Manifest {
  const after = recordState(revision, snapshot);
  const sum = fingerprintSum();
  for (const table of after.tables.values()) sum.add(table);
  for (const object of after.objects.values()) sum.add(object);
  const sameTable = (a: Table, b: Table) =>
    // What a migration did not touch is the same value where it was followed.
    a === b ||
    (tableHash(a) === tableHash(b) && JSON.stringify(encodeTable(a)) === JSON.stringify(encodeTable(b)));
  const collation = defaultCollation(snapshot);
  return {
    format: MANIFEST_FORMAT,
    dialect: snapshot.dialect,
    revision,
    ...(variant === undefined ? {} : { variant }),
    parent: before?.revision ?? null,
    fingerprint: sum.fingerprint(),
    recordedOn: `${snapshot.server.vendor} ${snapshot.server.version.split('.').slice(0, 2).join('.')}`,
    ...(collation === undefined ? {} : { defaultCollation: collation }),
    tables: changes(before?.tables ?? new Map<string, Table>(), after.tables, sameTable).map(
      ([key, table]): [string, TableFormat | null] => [key, table === null ? null : encodeTable(table)],
    ),
    objects: changes(
      before?.objects ?? new Map<string, SchemaObject>(),
      after.objects,
      (a, b) => a.definition === b.definition && a.unread === b.unread,
    ).map(([identity, object]): [string, ObjectFormat | null] => [
      identity,
      object === null ? null : encodeObject(object),
    ]),
  };
}
