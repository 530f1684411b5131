import type { DifferenceKind, RawDifference } from '../compare/difference.ts';
import { objectIdentity } from '../schema/elements.ts';
import type { ObjectKind, Snapshot } from '../schema/snapshot.ts';

const SEGMENTS: Record<Exclude<DifferenceKind, 'table' | 'object'>, string> = {
  column: 'columns',
  'primary-key': 'primaryKey',
  unique: 'uniques',
  'foreign-key': 'foreignKeys',
  check: 'checks',
  index: 'indexes',
  unmodelled: 'unmodelled',
};

const OBJECT_SEGMENTS: Record<ObjectKind, string> = {
  view: 'views',
  'materialized-view': 'materializedViews',
  sequence: 'sequences',
  enum: 'enums',
  domain: 'domains',
  type: 'types',
  function: 'functions',
  'foreign-table': 'foreignTables',
};

/** Names things as people do: always with their schema. */
export interface Namer {
  /** A table's qualified name, there or not. */
  table(key: string): string;
  /** Where a difference is, as the report's `path`. */
  path(difference: RawDifference): string[];
  /** The same without the default schema, as manifests name things: equal in databases whose default schemas have different names. */
  bare(difference: RawDifference): string[];
}

/** The name by which a difference is accepted: its path without the leading kind, joined with dots. */
export function differenceName(difference: { readonly path: readonly string[] }): string {
  return difference.path.slice(1).join('.');
}

/** A namer for one snapshot: what the snapshot does not hold is in its default schema, unless its key says otherwise. */
export function createNamer(snapshot: Snapshot): Namer {
  const names = new Map<string, string>();
  for (const table of snapshot.tables) names.set(table.key, `${table.schema}.${table.name}`);
  for (const object of snapshot.objects) names.set(objectIdentity(object), `${object.schema}.${object.name}`);
  const inDefaultSchema = (key: string) => {
    const unqualified = /^(?:[^".]+|"(?:[^"]|"")*")$/.test(key);
    return unqualified ? `${snapshot.schemas[0]}.${key}` : key;
  };
  const table = (key: string) => names.get(key) ?? inDefaultSchema(key);
  const pathOf = (difference: RawDifference, qualified: (key: string, identity: string) => string) => {
    if (difference.kind === 'object') {
      const kind = difference.owner.slice(0, difference.owner.indexOf(' ')) as ObjectKind;
      const key = difference.owner.slice(kind.length + 1);
      return [OBJECT_SEGMENTS[kind], qualified(key, difference.owner)];
    }
    const owner = ['tables', qualified(difference.owner, difference.owner)];
    return difference.kind === 'table' ? owner : [...owner, SEGMENTS[difference.kind], difference.name];
  };
  return {
    table,
    path: (difference) => pathOf(difference, (key, identity) => names.get(identity) ?? inDefaultSchema(key)),
    bare: (difference) => pathOf(difference, (key) => key),
  };
}
