import type { Chain, Timeline } from '../manifest/chain.ts';
import { elementCount } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import { shareElements, shareEqualElements } from '../schema/same-elements.ts';
import type { ObjectKey, Snapshot, Table } from '../schema/snapshot.ts';

/** A table that is there, ready to be compared. */
export interface Comparable {
  /** As it was read. */
  readonly actual: Table;
  /** Made of the chain's elements where the chain has the same: to compare with versions of it. */
  readonly table: Table;
  /** Of its structure. */
  readonly hash: string;
  /** Whether that is a version of the chain itself, which has the same in all that is compared. */
  readonly isVersion: boolean;
}

/** The timeline of what no revision knows. */
const NEVER: Timeline<Table> = [];

/** What the chain and the database have under one key. */
export interface HeldTable {
  readonly key: ObjectKey;
  /** Of the chain; empty where no revision knows the table. */
  readonly timeline: Timeline<Table>;
  /** Null where no such table is there. */
  readonly there: Comparable | null;
}

/** The hash of a version where it may be this one; elements are counted first, because looking a hash up costs more. */
function hasHash(version: Table, hash: string, elements: number): boolean {
  return elementCount(version) === elements && tableHash(version) === hash;
}

/** Whether two versions of a table have one structure. */
export function sameStructure(a: Table, b: Table): boolean {
  return a === b || (elementCount(a) === elementCount(b) && tableHash(a) === tableHash(b));
}

/** Whether a version has the structure of a table that is there. */
export function isLike(version: Table, { table, hash }: Comparable): boolean {
  return version === table || hasHash(version, hash, elementCount(table));
}

/** A table made of the elements of the version that has most of it: the last one of its structure, else the last. */
function comparableWith(timeline: Timeline<Table>, actual: Table): Comparable {
  const hash = tableHash(actual);
  const elements = elementCount(actual);
  let last: Table | null = null;
  for (let at = timeline.length - 1; at >= 0; at -= 1) {
    const version = timeline[at]?.value ?? null;
    if (version === null) continue;
    if (hasHash(version, hash, elements)) {
      const table = shareEqualElements(actual, version);
      return { actual, table, hash, isVersion: table === version };
    }
    last ??= version;
  }
  return { actual, table: last === null ? actual : shareElements(actual, last), hash, isVersion: false };
}

/** What the chain and the database have, table by table. */
export interface HeldTables {
  /** Those that the chain knows, in its order. */
  readonly known: readonly HeldTable[];
  /** Those that no revision knows, in the order of the database. */
  readonly strangers: readonly HeldTable[];
  /** All of them. */
  readonly byKey: ReadonlyMap<ObjectKey, HeldTable>;
}

/** Holds every table that is there against the chain. */
export function holdTables(chain: Chain, snapshot: Snapshot): HeldTables {
  const byKey = new Map<ObjectKey, HeldTable>();
  const strangers: HeldTable[] = [];
  for (const actual of snapshot.tables) {
    const { key } = actual;
    const timeline = chain.tables.get(key) ?? NEVER;
    const held = { key, timeline, there: comparableWith(timeline, actual) };
    byKey.set(key, held);
    if (timeline === NEVER) strangers.push(held);
  }
  const known: HeldTable[] = [];
  chain.tables.forEach((timeline, key) => {
    let held = byKey.get(key);
    if (held === undefined) {
      held = { key, timeline, there: null };
      byKey.set(key, held);
    }
    known.push(held);
  });
  return { known, strangers, byKey };
}
