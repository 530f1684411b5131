import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ScratchDatabase } from './database/dialect.ts';
import { withChosenCollations } from './manifest/chosen-collation.ts';
import { withChosenDefault } from './manifest/chosen-default.ts';
import { type Manifest, serializeManifest } from './manifest/format.ts';
import { manifestFolder } from './manifest/load.ts';
import { makeManifest, type RecordedState, recordState } from './manifest/make-manifest.ts';
import { withVarying } from './manifest/varying.ts';
import { loadRunnable } from './migrations/knex-migrator.ts';
import { type RecordProgress, replayTwice } from './replay-twice.ts';
import { characterSetOf } from './schema/collation.ts';
import type { Snapshot } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/**
 * Replays the chain on an empty scratch database, twice (see {@link replayTwice}).
 *
 * @returns one manifest for each revision, in order.
 * @throws AdoptError `MIGRATIONS.FAILED` · `MIGRATIONS.LOAD` with the migration's name; `MIGRATIONS.INVALID` for one without a `down`;
 * `MIGRATIONS.VARYING` when the two runs differ in more than a constant.
 */
export async function replayManifests(
  workspace: Workspace,
  scratch: ScratchDatabase,
  progress: RecordProgress = () => {},
): Promise<readonly Manifest[]> {
  // Knex would say of one that it cannot run only that it is no migration, and not before the others have run.
  await loadRunnable(
    workspace.source,
    workspace.source.migrations.map(({ recordedName }) => recordedName),
  );
  const { states, varying, chosen } = await replayTwice(workspace, scratch, progress);
  const expected = withChosenDefault(states);
  let before: RecordedState | null = null;
  return workspace.source.migrations.map(({ revision }, index) => {
    const snapshot = withChosenCollations(
      withVarying(expected[index] as Snapshot, varying[index] ?? new Set()),
      chosen[index] ?? new Set(),
    );
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

/**
 * What a manifest says, without where it was read: `recordedOn`, `defaultCollation`, and which collation that server gives a character set.
 *
 * @throws SyntaxError where the text is no JSON.
 */
function contentOf(text: string): string {
  const { recordedOn: _server, defaultCollation: _collation, ...content } = JSON.parse(text);
  return JSON.stringify(content, (_name, value) =>
    value?.default === 'charset' ? { ...value, name: characterSetOf(value) } : value,
  );
}

/** Whether a file says what the manifest says; that it was read on another server is no change. */
function saysTheSame(text: string, manifest: Manifest): boolean {
  try {
    return contentOf(text) === contentOf(serializeManifest(manifest));
  } catch {
    return false;
  }
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
    const change = text === null ? 'added' : saysTheSame(text, manifest) ? 'unchanged' : 'changed';
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
