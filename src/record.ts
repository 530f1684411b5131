import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ScratchDatabase } from './database/dialect.ts';
import { type Manifest, serializeManifest } from './manifest/format.ts';
import { manifestFolder } from './manifest/load.ts';
import { makeManifest, type RecordedState, recordState } from './manifest/make-manifest.ts';
import { revisionsToCompare, type VaryingColumns, varyingBetween, withVarying } from './manifest/varying.ts';
import { migrateEach } from './migrations/knex-migrator.ts';
import type { Snapshot } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** Told of each revision once its expectation has been read. */
export type RecordProgress = (done: number, total: number, revision: string) => void;

/**
 * Runs the chain, and reads the state after each revision that `wanted` names: of the schemas given (the connection's default one first),
 * without the history tables.
 */
async function replay(
  workspace: Workspace,
  scratch: ScratchDatabase,
  wanted: readonly number[],
  read: (index: number, snapshot: Snapshot) => void,
): Promise<void> {
  const { dialect, source, tableName } = workspace;
  const counter = { queries: 0 };
  const facts = await dialect.read(scratch.knex, counter, (session) => dialect.readServer(session));
  const schema = facts.defaultSchema;
  const follower = dialect.follow(facts, {
    schemas: [schema, ...workspace.schemas.slice(1)],
    exclude: [tableName, `${tableName}_lock`].map((name) => ({ schema, name })),
  });
  const looked = new Set(wanted);
  const historyTable = { schema, name: tableName };
  await dialect.observe(scratch.knex, counter, facts, (observe) =>
    migrateEach(scratch.knex, { source, historyTable }, async (done, knex) => {
      const index = done - 1;
      if (looked.has(index)) read(index, await observe(knex, (session) => follower.read(session)));
    }),
  );
}

/** What a second run of the chain makes differently, after each revision. @throws AdoptError `MIGRATIONS.VARYING` */
async function replayAgain(
  workspace: Workspace,
  scratch: ScratchDatabase,
  states: readonly Snapshot[],
): Promise<readonly VaryingColumns[]> {
  const seen = new Map<number, VaryingColumns>();
  await scratch.reset();
  await replay(workspace, scratch, revisionsToCompare(states), (index, second) => {
    const revision = workspace.source.migrations[index]?.revision ?? '';
    seen.set(index, varyingBetween(revision, states[index] as Snapshot, second));
  });
  let varying: VaryingColumns = new Set();
  return states
    .map((_, index) => states.length - 1 - index)
    .map((index) => {
      varying = seen.get(index) ?? varying;
      return varying;
    })
    .toReversed();
}

/**
 * Replays the chain on an empty scratch database, by Knex's own migrator, and reads what each migration made of it; then replays it once more
 * to find what is different on every run.
 *
 * @returns one manifest for each revision, in order.
 * @throws AdoptError `MIGRATIONS.FAILED` · `MIGRATIONS.LOAD` with the migration's name; `MIGRATIONS.VARYING` when the two runs differ in more
 * than a constant.
 */
export async function replayManifests(
  workspace: Workspace,
  scratch: ScratchDatabase,
  progress: RecordProgress = () => {},
): Promise<readonly Manifest[]> {
  const { migrations } = workspace.source;
  const states: Snapshot[] = [];
  await replay(workspace, scratch, [...migrations.keys()], (index, snapshot) => {
    states.push(snapshot);
    progress(index + 1, migrations.length, migrations[index]?.revision ?? '');
  });
  const varying = await replayAgain(workspace, scratch, states);
  let before: RecordedState | null = null;
  return migrations.map(({ revision }, index) => {
    const snapshot = withVarying(states[index] as Snapshot, varying[index] ?? new Set());
    const manifest = makeManifest(before, revision, snapshot);
    before = recordState(revision, snapshot);
    return manifest;
  });
}

/** How a manifest on disk stands to what it should be. */
export type ManifestChange = 'added' | 'changed' | 'removed' | 'unchanged';

/** File name and change of each manifest, in chain order, then those that belong to no migration. */
export type ManifestChanges = readonly { readonly revision: string; readonly change: ManifestChange }[];

async function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}

/** `recordedOn` and `defaultCollation` say where a manifest was read; that it was read elsewhere this time is no change. */
function sameButForServer(text: string, manifest: Manifest): boolean {
  const recorded = (member: string): Record<string, unknown> => {
    const value = new RegExp(`"${member}": ("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
    return value === undefined ? {} : { [member]: JSON.parse(value) };
  };
  const as = { ...manifest, ...recorded('recordedOn'), ...recorded('defaultCollation') };
  return text === serializeManifest(as);
}

/** Compares manifests with the files in the manifests folder. Writes nothing. */
export async function compareManifestFiles(
  workspace: Workspace,
  manifests: readonly Manifest[],
): Promise<ManifestChanges> {
  const folder = manifestFolder(workspace.manifests, workspace.dialect.name);
  const changes: { revision: string; change: ManifestChange }[] = [];
  for (const manifest of manifests) {
    const text = await textOf(path.join(folder, `${manifest.revision}.json`));
    const change = text === null ? 'added' : sameButForServer(text, manifest) ? 'unchanged' : 'changed';
    changes.push({ revision: manifest.revision, change });
  }
  const known = new Set(manifests.map((manifest) => `${manifest.revision}.json`));
  const files = await readdir(folder).catch(() => []);
  for (const file of files.filter((name) => name.endsWith('.json') && !known.has(name))) {
    changes.push({ revision: file.slice(0, -'.json'.length), change: 'removed' });
  }
  return changes;
}

/**
 * Writes manifests into the manifests folder: only files that change are touched, and those of migrations that are gone are removed.
 *
 * @returns what {@link compareManifestFiles} said before writing.
 */
export async function writeManifestFiles(
  workspace: Workspace,
  manifests: readonly Manifest[],
): Promise<ManifestChanges> {
  const changes = await compareManifestFiles(workspace, manifests);
  const folder = manifestFolder(workspace.manifests, workspace.dialect.name);
  await mkdir(folder, { recursive: true });
  for (const { revision, change } of changes) {
    const file = path.join(folder, `${revision}.json`);
    const manifest = manifests.find((candidate) => candidate.revision === revision);
    if (change === 'removed') await rm(file);
    else if (change !== 'unchanged' && manifest !== undefined)
      await writeFile(file, serializeManifest(manifest));
  }
  return changes;
}
