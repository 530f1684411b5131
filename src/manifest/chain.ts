import { AdoptError } from '../errors.ts';
import { type Fingerprint, fingerprintSum } from '../schema/fingerprint.ts';
import { shareElements } from '../schema/same-elements.ts';
import type { DialectName, ObjectKey, SchemaObject, Table } from '../schema/snapshot.ts';
import { compareText, sortedBy } from '../util/order.ts';
import { decodeTable } from './decode-table.ts';
import type { Manifest, ObjectFormat } from './format.ts';
import type { TableFormat } from './table-format.ts';

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
 * Another schema that is accepted for a revision (what an old `init.sql` made, say), as an overlay on what the revision expects: null for what
 * is expected there and is not in the variant.
 */
export interface Variant {
  readonly name: string;
  /** Index of the revision. */
  readonly of: number;
  readonly fingerprint: Fingerprint;
  readonly tables: ReadonlyMap<ObjectKey, Table | null>;
  readonly objects: ReadonlyMap<string, SchemaObject | null>;
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
  /** In the order of their revisions, then of their names. */
  readonly variants: readonly Variant[];
}

/** Whether a table was ever expected, by a revision or by a variant of one. */
export function knowsTable(chain: Chain, key: ObjectKey): boolean {
  return chain.tables.has(key) || chain.variants.some((variant) => variant.tables.has(key));
}

/** Whether an object beside the tables was ever expected, by a revision or by a variant of one. */
export function knowsObject(chain: Chain, identity: string): boolean {
  return chain.objects.has(identity) || chain.variants.some((variant) => variant.objects.has(identity));
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

/** What a timeline says before a revision (by index), and at it. */
export function valuesAround<T>(
  timeline: Timeline<T> | undefined,
  index: number,
): readonly [before: T | null, at: T | null] {
  return [valueAt(timeline, index - 1), valueAt(timeline, index)];
}

/** What is expected of one table at a revision (by index), or at a variant of it. */
export function tableAt(chain: Chain, key: ObjectKey, index: number, variant: Variant | null): Table | null {
  const own = variant?.tables.get(key);
  return own === undefined ? valueAt(chain.tables.get(key), index) : own;
}

/** What is expected of one object beside the tables at a revision (by index), or at a variant of it. */
export function objectAt(
  chain: Chain,
  identity: string,
  index: number,
  variant: Variant | null,
): SchemaObject | null {
  const own = variant?.objects.get(identity);
  return own === undefined ? valueAt(chain.objects.get(identity), index) : own;
}

/** Everything expected at a revision, or at a variant of it, sorted by key. */
export function expectedAt(
  chain: Chain,
  index: number,
  variant: Variant | null = null,
): { tables: Table[]; objects: SchemaObject[] } {
  const keys = (chains: Iterable<string>, own: Iterable<string> = []) =>
    [...new Set([...chains, ...own])].sort(compareText);
  return {
    tables: keys(chain.tables.keys(), variant?.tables.keys()).flatMap(
      (key) => tableAt(chain, key, index, variant) ?? [],
    ),
    objects: keys(chain.objects.keys(), variant?.objects.keys()).flatMap(
      (identity) => objectAt(chain, identity, index, variant) ?? [],
    ),
  };
}

/** The index of a revision in the chain, or -1. */
export function indexOfRevision(chain: Chain, name: string): number {
  return chain.revisions.findIndex((revision) => revision.name === name);
}

function decodeObject(identity: string, format: ObjectFormat): SchemaObject {
  const key = identity.slice(format.kind.length + 1);
  const { kind, definition, unread } = format;
  return { kind, key, schema: '', name: key, definition, ...(unread === undefined ? {} : { unread }) };
}

/**
 * What a manifest holds, decoded: the tables and objects it names, null for those that are gone. A table that was there before shares with that
 * version what it has of it.
 */
function overlayOf(
  manifest: Manifest,
  before: ReadonlyMap<ObjectKey, Timeline<Table>>,
): Pick<Variant, 'tables' | 'objects'> {
  const collation = manifest.defaultCollation ?? '';
  const decode = (key: ObjectKey, format: TableFormat): Table => {
    const table = decodeTable(key, format, collation);
    const known = before.get(key)?.at(-1)?.value ?? null;
    return known === null ? table : shareElements(table, known);
  };
  return {
    tables: new Map(
      manifest.tables.map(([key, format]) => [key, format === null ? null : decode(key, format)]),
    ),
    objects: new Map(
      manifest.objects.map(([identity, format]) => [
        identity,
        format === null ? null : decodeObject(identity, format),
      ]),
    ),
  };
}

/** Puts the versions of an overlay into timelines; gives each with what it replaces. */
function extend<T>(
  timelines: Map<string, Version<T>[]>,
  overlay: ReadonlyMap<string, T | null>,
  from: number,
): [before: T | null, after: T | null][] {
  return [...overlay].map(([key, value]) => {
    const timeline = timelines.get(key);
    if (timeline === undefined) timelines.set(key, [{ from, value }]);
    else timeline.push({ from, value });
    return [timeline?.at(-2)?.value ?? null, value];
  });
}

/** Names the file of a manifest, for messages. */
type FileOf = (manifest: Manifest) => string;

function requireDialect(dialect: DialectName, manifest: Manifest, file: string): void {
  if (manifest.dialect === dialect) return;
  throw new AdoptError(
    'MANIFEST.DIALECT',
    `${file} is a ${manifest.dialect} manifest, but the database is ${dialect}.`,
    {
      hint: 'Give the folder that holds one sub-folder per dialect with --manifests, or run "knex-adopt manifest build".',
    },
  );
}

/**
 * Puts manifests, in chain order, together.
 *
 * @param fileOf names the file of a manifest, for messages.
 * @param variants manifests of accepted variants, in any order.
 * @throws AdoptError `MANIFEST.CHAIN` when a parent is not the manifest before, or a variant's revision is none of the chain;
 * `MANIFEST.DIALECT` when they are of several dialects; `MANIFEST.FINGERPRINT` when what a file holds does not give the fingerprint it
 * claims: it was edited by hand, merged badly, or is a variant of a revision that expects something else by now.
 */
export function buildChain(
  dialect: DialectName,
  manifests: readonly Manifest[],
  fileOf: FileOf = (manifest) => `${manifest.revision}.json`,
  variants: readonly Manifest[] = [],
): Chain {
  const tables = new Map<ObjectKey, Version<Table>[]>();
  const objects = new Map<string, Version<SchemaObject>[]>();
  const revisions: Revision[] = [];
  const accepted: Variant[] = [];
  const sum = fingerprintSum();
  const replace = (
    changes: readonly (readonly [Table | SchemaObject | null, Table | SchemaObject | null])[],
  ) => {
    for (const [before, after] of changes) {
      if (before !== null) sum.remove(before);
      if (after !== null) sum.add(after);
    }
  };
  let parent: string | null = null;
  for (const [from, manifest] of manifests.entries()) {
    const file = fileOf(manifest);
    requireDialect(dialect, manifest, file);
    if (manifest.parent !== parent) {
      throw new AdoptError(
        'MANIFEST.CHAIN',
        `${file} builds on ${manifest.parent ?? 'an empty database'}, but the migration before it is ${parent ?? 'none'}.`,
        { hint: 'The migrations changed since the manifests were made: run "knex-adopt manifest build".' },
      );
    }
    const overlay = overlayOf(manifest, tables);
    replace(extend(tables, overlay.tables, from));
    replace(extend(objects, overlay.objects, from));
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
    const own = variants.filter(({ revision }) => revision === manifest.revision);
    for (const variant of sortedBy(own, ({ variant: name }) => name ?? '')) {
      const variantFile = fileOf(variant);
      requireDialect(dialect, variant, variantFile);
      const { tables: ownTables, objects: ownObjects } = overlayOf(variant, tables);
      const changes = [
        ...[...ownTables].map(([key, value]) => [tables.get(key)?.at(-1)?.value ?? null, value] as const),
        ...[...ownObjects].map(([key, value]) => [objects.get(key)?.at(-1)?.value ?? null, value] as const),
      ];
      replace(changes);
      const actual = sum.fingerprint();
      replace(changes.map(([before, after]) => [after, before]));
      if (actual !== variant.fingerprint) throw staleVariant(variant, variantFile, actual);
      const name = variant.variant ?? '';
      accepted.push({ name, of: from, fingerprint: actual, tables: ownTables, objects: ownObjects });
    }
  }
  const stray = variants.find(({ revision }) => !revisions.some(({ name }) => name === revision));
  if (stray !== undefined) {
    throw new AdoptError('MANIFEST.CHAIN', `${fileOf(stray)} is a variant of no migration of this chain.`, {
      hint: 'If its migration was removed or renamed on purpose, remove the file or record it anew.',
    });
  }
  return { dialect, revisions, tables, objects, variants: accepted };
}

function staleVariant(
  { revision, variant, fingerprint }: Manifest,
  file: string,
  actual: string,
): AdoptError {
  return new AdoptError(
    'MANIFEST.FINGERPRINT',
    `${file} does not have the fingerprint that it claims: it was changed by hand, or ${revision} expects something else since it was recorded.`,
    {
      hint: `Restore it, or record it again from such a database with "knex-adopt manifest record ${revision} --variant ${variant ?? ''}".`,
      details: { claimed: fingerprint, actual },
    },
  );
}
