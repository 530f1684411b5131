import type { DifferenceKind, RawDifference } from '../compare/difference.ts';
import { isGround } from '../schema/elements.ts';
import { keyWithSchema } from '../schema/object-key.ts';
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
  schema: 'schemas',
  extension: 'extensions',
  view: 'views',
  'materialized-view': 'materializedViews',
  sequence: 'sequences',
  enum: 'enums',
  domain: 'domains',
  type: 'types',
  function: 'functions',
  'foreign-table': 'foreignTables',
  statistics: 'statistics',
};

/** Where a difference is. */
type Place = Pick<RawDifference, 'kind' | 'owner' | 'name'>;

/** Names things as people do: always with their schema. */
export interface Namer {
  /** A table's qualified name, there or not. */
  table(key: string): string;
  /** Where a difference is, as the report's `path`. */
  path(difference: Place): string[];
  /** The same without the default schema, as manifests name things: equal in databases whose default schemas have different names. */
  bare(difference: Place): string[];
}

/** The name by which a difference is accepted: its path without the leading kind, joined with dots. */
export function differenceName(difference: { readonly path: readonly string[] }): string {
  return difference.path.slice(1).join('.');
}

/** A namer for one snapshot: a key without a schema is one of its default schema. */
export function createNamer({ schemas }: Pick<Snapshot, 'schemas'>): Namer {
  const table = (key: string) => keyWithSchema(key, schemas[0] ?? '');
  const pathOf = (difference: Place, named: (key: string) => string) => {
    if (difference.kind === 'object') {
      const kind = difference.owner.slice(0, difference.owner.indexOf(' ')) as ObjectKind;
      const key = difference.owner.slice(kind.length + 1);
      // Schemas and extensions are in none.
      return [OBJECT_SEGMENTS[kind], isGround({ kind }) ? key : named(key)];
    }
    const owner = ['tables', named(difference.owner)];
    return difference.kind === 'table' ? owner : [...owner, SEGMENTS[difference.kind], difference.name];
  };
  return {
    table,
    path: (difference) => pathOf(difference, table),
    bare: (difference) => pathOf(difference, (key) => key),
  };
}
