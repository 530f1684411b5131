import path from 'node:path';
import { compareTables } from './compare/compare-table.ts';
import { AdoptError } from './errors.ts';
import { buildChain, type Chain } from './manifest/chain.ts';
import { manifestFolder, readManifests, VARIANTS_FOLDER, variantFile } from './manifest/load.ts';
import { makeManifest, type RecordedState, recordState } from './manifest/make-manifest.ts';
import { type LiveRecording, liveSnapshot, stateAtEnd, writeManifest } from './record-live.ts';
import { changeOf, type ObjectChange, type TableChange, tableChange } from './revision-details.ts';
import type { Column, Snapshot, Table } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** What was recorded: where, and what the variant has otherwise than its revision. */
export interface VariantRecording {
  readonly file: string;
  readonly change: LiveRecording['change'];
  readonly details: {
    readonly revision: string;
    readonly variant: string;
    /** Of the whole schema. */
    readonly fingerprint: string;
    readonly tables: readonly TableChange[];
    readonly objects: readonly ObjectChange[];
  };
}

/** Letters and digits of any script, `_` and `-`: it becomes a part of a file's name, in which a dot would be a border. */
const VARIANT_NAME = /^[\p{L}\p{N}_-]{1,100}$/u;

function requireName(variant: string): void {
  if (VARIANT_NAME.test(variant)) return;
  throw new AdoptError('USAGE.INVALID', `"${variant}" cannot be the name of a variant.`, {
    hint: 'Use letters, digits, "_" and "-": --variant old-init-sql.',
  });
}

/** The chain up to the revision, from its manifests. @throws AdoptError `MANIFEST.*` */
async function chainUntil(workspace: Workspace, revision: string): Promise<Chain> {
  const { dialect, manifests: directory, source } = workspace;
  const manifests = await readManifests(directory, dialect.name);
  const index = source.migrations.findIndex((migration) => migration.revision === revision);
  const until = source.migrations.slice(0, index + 1).map((migration) => {
    const manifest = manifests.get(migration.revision);
    if (manifest !== undefined) return manifest;
    throw new AdoptError('MANIFEST.CHAIN', `Migration ${migration.revision} has no manifest to build on.`, {
      hint: 'Run "knex-adopt manifest build" first: a variant holds what it has otherwise than its revision.',
    });
  });
  return buildChain(dialect.name, until);
}

/** A column that makes up a constant on every run is expected to in the variant too, where it still does. */
function withExpectedDefault(expected: Table | undefined, column: Column): Column {
  const known = expected?.columns.find(({ name }) => name === column.name)?.default;
  return known?.kind === 'varying' && known.of === column.default.kind
    ? { ...column, default: known }
    : column;
}

/** The snapshot with what is equal to the expectation, by any rule, as the expectation has it: only what differs is recorded. */
function withExpected(expected: RecordedState, snapshot: Snapshot): Snapshot {
  const tables = snapshot.tables.map((table) => {
    const known = expected.tables.get(table.key);
    if (known !== undefined && compareTables(table.key, known, table).length === 0) return known;
    return { ...table, columns: table.columns.map((column) => withExpectedDefault(known, column)) };
  });
  return { ...snapshot, tables };
}

/**
 * Takes the schema of the database as it is as an accepted variant of a revision, and writes its manifest: what it has otherwise than the
 * revision expects. Whatever is in the database becomes part of the variant: strangers too.
 *
 * @param revision one of the chain, see `requireRevision`.
 * @throws AdoptError `USAGE.INVALID` for a name that cannot be one, or when the database has nothing otherwise; `MANIFEST.*`;
 * `DETECT.BLIND`, `CONNECT.*`
 */
export async function recordVariant(
  workspace: Workspace,
  revision: string,
  variant: string,
): Promise<VariantRecording> {
  requireName(variant);
  const chain = await chainUntil(workspace, revision);
  const expected = stateAtEnd(chain) ?? { revision, tables: new Map(), objects: new Map() };
  const snapshot = withExpected(expected, await liveSnapshot(workspace, chain));
  const manifest = makeManifest(expected, revision, snapshot, variant);
  if (manifest.tables.length === 0 && manifest.objects.length === 0) {
    throw new AdoptError('USAGE.INVALID', `The database has nothing otherwise than ${revision} expects.`, {
      hint: 'It meets that revision as it is; there is no variant to record.',
    });
  }
  const { name } = workspace.dialect;
  const folder = path.join(manifestFolder(workspace.manifests, name), VARIANTS_FOLDER);
  const file = path.join(folder, variantFile(revision, variant));
  const actual = recordState(revision, snapshot);
  return {
    file,
    change: await writeManifest(file, manifest),
    details: {
      revision,
      variant,
      fingerprint: manifest.fingerprint,
      tables: manifest.tables.map(([key]) =>
        tableChange(key, expected.tables.get(key) ?? null, actual.tables.get(key) ?? null),
      ),
      objects: manifest.objects.map(([object]) => ({
        object,
        change: changeOf(expected.objects.get(object) ?? null, actual.objects.get(object) ?? null),
      })),
    },
  };
}
