import { compareTables } from './compare/compare-table.ts';
import type { RawDifference } from './compare/difference.ts';
import { loadWorkspaceChain } from './gather.ts';
import { type Chain, indexOfRevision, valueAt } from './manifest/chain.ts';
import { isTransactional } from './migrations/knex-migrator.ts';
import type { DialectName, ObjectKey, Table } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** Names of what a migration adds, changes and drops, in the order in which the table has them. */
export interface NamedChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly dropped: readonly string[];
}

/** What a migration does to one table. */
export interface TableChange {
  readonly table: ObjectKey;
  readonly change: 'created' | 'changed' | 'dropped';
  /** Of a created table all are added, of a dropped one all are dropped. */
  readonly columns: NamedChanges;
  /** Keys, constraints and indexes, each as `kind name`: `foreign-key cats_owner_fk`. */
  readonly parts: NamedChanges;
}

/** What a migration does to a view, a sequence, a type, …; each named `kind key`. */
export interface ObjectChange {
  readonly object: string;
  readonly change: 'created' | 'changed' | 'dropped';
}

/** One migration, and what it changes according to its manifest. Plain data: `show --json`. */
export interface RevisionDetails {
  readonly format: 1;
  readonly revision: string;
  readonly recordedName: string;
  /** Its place in the chain, from 1, of so many. */
  readonly position: number;
  readonly of: number;
  /** The revision before; null for the first. */
  readonly parent: string | null;
  /** Whether it has a `down`. */
  readonly reversible: boolean;
  /** Whether Knex runs it in a transaction. */
  readonly transactional: boolean;
  readonly dialect: DialectName;
  /** Of the whole schema expected after it. */
  readonly fingerprint: string;
  readonly tables: readonly TableChange[];
  readonly objects: readonly ObjectChange[];
}

/** What happens to a thing that is the one before and the other after; null is "not there". */
export function changeOf<T>(before: T | null, after: T | null): 'created' | 'changed' | 'dropped' {
  return before === null ? 'created' : after === null ? 'dropped' : 'changed';
}

/** Seen from the state after: what is expected there and missing before was added. */
function namedChanges(differences: readonly RawDifference[], columns: boolean): NamedChanges {
  const names = (outcome: RawDifference['outcome']) =>
    differences
      .filter((difference) => difference.outcome === outcome && (difference.kind === 'column') === columns)
      .map(({ kind, name }) => (columns ? name : `${kind} ${name}`.trim()));
  return { added: names('missing'), changed: names('different'), dropped: names('unexpected') };
}

/** What is done to a table that is the one before and the other after; null is "not there". Pure. */
export function tableChange(key: ObjectKey, before: Table | null, after: Table | null): TableChange {
  const some = after ?? before;
  // An empty table of the same name lets a created or dropped one be told column by column like any other.
  const empty =
    some === null
      ? null
      : {
          ...some,
          columns: [],
          primaryKey: null,
          uniques: [],
          foreignKeys: [],
          checks: [],
          indexes: [],
          unmodelled: [],
        };
  const differences = compareTables(key, after ?? empty, before ?? empty);
  return {
    table: key,
    change: changeOf(before, after),
    columns: namedChanges(differences, true),
    parts: namedChanges(differences, false),
  };
}

/** What a revision of the chain, by index, changes. Pure. */
export function revisionChanges(
  chain: Chain,
  index: number,
): { readonly tables: readonly TableChange[]; readonly objects: readonly ObjectChange[] } {
  const revision = chain.revisions[index];
  return {
    tables: (revision?.changedTables ?? []).map((key) => {
      const at = (moment: number) => valueAt(chain.tables.get(key), moment);
      return tableChange(key, at(index - 1), at(index));
    }),
    objects: (revision?.changedObjects ?? []).map((object) => {
      const at = (moment: number) => valueAt(chain.objects.get(object), moment);
      return { object, change: changeOf(at(index - 1), at(index)) };
    }),
  };
}

/**
 * Describes one revision of a chain from its migration and its manifest.
 *
 * @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID`
 */
export async function describeRevision(
  workspace: Workspace,
  chain: Chain,
  revision: string,
): Promise<RevisionDetails> {
  const { migrations } = workspace.source;
  const index = indexOfRevision(chain, revision);
  const recordedName = migrations[index]?.recordedName ?? revision;
  const module = await workspace.source.load(recordedName);
  return {
    format: 1,
    revision,
    recordedName,
    position: index + 1,
    of: migrations.length,
    parent: migrations[index - 1]?.revision ?? null,
    reversible: module.down !== undefined,
    transactional: isTransactional(module),
    dialect: chain.dialect,
    fingerprint: chain.revisions[index]?.fingerprint ?? '',
    ...revisionChanges(chain, index),
  };
}

/**
 * {@link describeRevision} with the chain of the workspace. No database is asked.
 *
 * @param revision one of the chain, see `requireRevision`.
 * @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID`, `MANIFEST.*`
 */
export async function readRevisionDetails(workspace: Workspace, revision: string): Promise<RevisionDetails> {
  return describeRevision(workspace, await loadWorkspaceChain(workspace), revision);
}
