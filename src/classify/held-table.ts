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

/** Each table that the chain or the database knows, by key: those of the chain in its order, then those of the database alone in its order. */
export function holdTables(chain: Chain, snapshot: Snapshot): ReadonlyMap<ObjectKey, HeldTable> {
  const actuals = new Map<ObjectKey, Table>();
  for (const table of snapshot.tables) actuals.set(table.key, table);
  const held = new Map<ObjectKey, HeldTable>();
  chain.tables.forEach((timeline, key) => {
    const actual = actuals.get(key);
    held.set(key, {
      key,
      timeline,
      there: actual === undefined ? null : comparableWith(timeline, actual),
    });
  });
  actuals.forEach((actual, key) => {
    if (!held.has(key)) held.set(key, { key, timeline: [], there: comparableWith([], actual) });
  });
  return held;
}
