import { AdoptError } from '../errors.ts';
import { objectIdentity } from '../schema/elements.ts';
import { type Fingerprint, fingerprintSum, tableHash } from '../schema/fingerprint.ts';
import type { DialectName, ObjectKey, SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import { compareText } from '../util/order.ts';
import { MANIFEST_FORMAT, type Manifest, type ObjectFormat } from './format.ts';
import { decodeTable, encodeTable, type TableFormat } from './table-format.ts';

/** What one thing is from a revision on, until its next version; null is "not there". */
export interface Version<T> {
  /** Index of the revision that brought this version. */
  readonly from: number;
  readonly value: T | null;
}

/** The history of one thing through the chain, oldest first; before the first version it does not exist. */
export type Timeline<T> = readonly Version<T>[];

export interface Revision {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  /** Keys of the tables that this migration created, changed or dropped. */
  readonly changedTables: readonly ObjectKey[];
  /** Identities of the other objects it touched. */
  readonly changedObjects: readonly string[];
}

/**
 * The whole chain of expectations as an overlay: what each revision changed, and the timeline of everything it ever knew. Nothing here is
 * the size of revisions × tables.
 */
export interface Chain {
  readonly dialect: DialectName;
  readonly revisions: readonly Revision[];
  readonly tables: ReadonlyMap<ObjectKey, Timeline<Table>>;
  readonly objects: ReadonlyMap<string, Timeline<SchemaObject>>;
}

/** What a timeline says at a revision (by index; -1 is before the first). */
export function valueAt<T>(timeline: Timeline<T> | undefined, index: number): T | null {
  let value: T | null = null;
  for (const version of timeline ?? []) {
    if (version.from > index) break;
    value = version.value;
  }
  return value;
}

/** Everything expected at a revision, sorted by key. */
export function expectedAt(chain: Chain, index: number): { tables: Table[]; objects: SchemaObject[] } {
  const at = <T>(timelines: ReadonlyMap<string, Timeline<T>>): T[] =>
    [...timelines.entries()]
      .sort(([a], [b]) => compareText(a, b))
      .flatMap(([, timeline]) => valueAt(timeline, index) ?? []);
  return { tables: at(chain.tables), objects: at(chain.objects) };
}

/** The index of a revision in the chain, or -1. */
export function indexOfRevision(chain: Chain, name: string): number {
  return chain.revisions.findIndex((revision) => revision.name === name);
}

function decodeObject(identity: string, format: ObjectFormat): SchemaObject {
  const key = identity.slice(format.kind.length + 1);
  return { kind: format.kind, key, schema: '', name: key, definition: format.definition };
}

function extend<T>(timelines: Map<string, Version<T>[]>, key: string, version: Version<T>): T | null {
  const timeline = timelines.get(key);
  if (timeline === undefined) {
    timelines.set(key, [version]);
    return null;
  }
  const before = timeline.at(-1)?.value ?? null;
  timeline.push(version);
  return before;
}

/**
 * Puts manifests, in chain order, together.
 *
 * @param fileOf names the file of a manifest, for messages.
 * @throws AdoptError `MANIFEST.CHAIN` when a parent is not the manifest before; `MANIFEST.DIALECT` when they are of several dialects;
 * `MANIFEST.FINGERPRINT` when what a file holds does not give the fingerprint it claims: it was edited by hand, or merged badly.
 */
export function buildChain(
  dialect: DialectName,
  manifests: readonly Manifest[],
  fileOf: (manifest: Manifest) => string = (manifest) => `${manifest.revision}.json`,
): Chain {
  const tables = new Map<ObjectKey, Version<Table>[]>();
  const objects = new Map<string, Version<SchemaObject>[]>();
  const revisions: Revision[] = [];
  const sum = fingerprintSum();
  let parent: string | null = null;
  for (const [from, manifest] of manifests.entries()) {
    const file = fileOf(manifest);
    if (manifest.dialect !== dialect) {
      throw new AdoptError(
        'MANIFEST.DIALECT',
        `${file} is a ${manifest.dialect} manifest, but the database is ${dialect}.`,
        {
          hint: 'Give the folder that holds one sub-folder per dialect with --manifests, or run "knex-adopt manifest build".',
        },
      );
    }
    if (manifest.parent !== parent) {
      throw new AdoptError(
        'MANIFEST.CHAIN',
        `${file} builds on ${manifest.parent ?? 'an empty database'}, but the migration before it is ${parent ?? 'none'}.`,
        { hint: 'The migrations changed since the manifests were made: run "knex-adopt manifest build".' },
      );
    }
    for (const [key, format] of manifest.tables) {
      const value = format === null ? null : decodeTable(key, format, manifest.defaultCollation ?? '');
      const before = extend(tables, key, { from, value });
      if (before !== null) sum.remove(before);
      if (value !== null) sum.add(value);
    }
    for (const [identity, format] of manifest.objects) {
      const value = format === null ? null : decodeObject(identity, format);
      const before = extend(objects, identity, { from, value });
      if (before !== null) sum.remove(before);
      if (value !== null) sum.add(value);
    }
    if (sum.fingerprint() !== manifest.fingerprint) {
      throw new AdoptError(
        'MANIFEST.FINGERPRINT',
        `${file} does not have the fingerprint that it claims: its content was changed by hand.`,
        {
          hint: 'Restore it from version control, or write all manifests anew with "knex-adopt manifest build".',
          details: { claimed: manifest.fingerprint, actual: sum.fingerprint() },
        },
      );
    }
    revisions.push({
      name: manifest.revision,
      fingerprint: manifest.fingerprint,
      changedTables: manifest.tables.map(([key]) => key),
      changedObjects: manifest.objects.map(([identity]) => identity),
    });
    parent = manifest.revision;
  }
  return { dialect, revisions, tables, objects };
}

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

/**
 * The manifest of one revision: what differs between the state before and this snapshot.
 *
 * A table stands in it when it compares different or when a constraint or index of it has another name, so that rebuilt manifests are
 * byte-stable and names can be trusted by people.
 */
export function makeManifest(before: RecordedState | null, revision: string, snapshot: Snapshot): Manifest {
  const after = recordState(revision, snapshot);
  const sum = fingerprintSum();
  for (const table of after.tables.values()) sum.add(table);
  for (const object of after.objects.values()) sum.add(object);
  const sameTable = (a: Table, b: Table) =>
    tableHash(a) === tableHash(b) && JSON.stringify(encodeTable(a)) === JSON.stringify(encodeTable(b));
  const collation = defaultCollation(snapshot);
  return {
    format: MANIFEST_FORMAT,
    dialect: snapshot.dialect,
    revision,
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
      (a, b) => a.definition === b.definition,
    ).map(([identity, object]): [string, ObjectFormat | null] => [
      identity,
      object === null ? null : { kind: object.kind, definition: object.definition },
    ]),
  };
}
