import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AdoptError } from './errors.ts';
import { blindness, observeDatabase } from './gather.ts';
import { buildChain, type Chain, expectedAt } from './manifest/chain.ts';
import { type Manifest, serializeManifest } from './manifest/format.ts';
import { manifestFolder, readManifests } from './manifest/load.ts';
import { makeManifest, type RecordedState, recordState } from './manifest/make-manifest.ts';
import { describeRevision, type RevisionDetails } from './revision-details.ts';
import { objectIdentity } from './schema/elements.ts';
import { schemaFingerprint } from './schema/fingerprint.ts';
import type { Snapshot } from './schema/snapshot.ts';
import { uniqueSorted } from './util/order.ts';
import type { Workspace } from './workspace.ts';

/** What was recorded, and whether the file had to be written for it. */
export interface LiveRecording {
  readonly file: string;
  readonly change: 'added' | 'changed' | 'unchanged';
  /** Tables and objects of which the manifest that was there expected something else, or nothing, sorted. */
  readonly replaced: readonly string[];
  readonly details: RevisionDetails;
}

/** The manifests before a revision, in order. @throws AdoptError `MANIFEST.CHAIN` */
function manifestsBefore(
  workspace: Workspace,
  manifests: ReadonlyMap<string, Manifest>,
  index: number,
): Manifest[] {
  const revisions = workspace.source.migrations.map((migration) => migration.revision);
  const later = revisions.slice(index + 1).find((revision) => manifests.has(revision));
  if (later !== undefined) {
    throw new AdoptError(
      'MANIFEST.CHAIN',
      `The manifest of ${later} builds on ${revisions[index]}, so that one cannot be recorded anew alone.`,
      {
        hint: `Remove ${later}.json and those after it first, or write all with "knex-adopt manifest build".`,
      },
    );
  }
  return revisions.slice(0, index).map((revision) => {
    const manifest = manifests.get(revision);
    if (manifest !== undefined) return manifest;
    throw new AdoptError(
      'MANIFEST.CHAIN',
      `${revision}, which comes before it, has no manifest to build on.`,
      {
        hint: `Record it first, with "knex-adopt manifest record ${revision}" on a database that stands there.`,
      },
    );
  });
}

/** What the last revision of a chain expects, as what a manifest builds on; null for an empty chain. */
export function stateAtEnd(chain: Chain): RecordedState | null {
  const last = chain.revisions.at(-1);
  if (last === undefined) return null;
  const { tables, objects } = expectedAt(chain, chain.revisions.length - 1);
  return {
    revision: last.name,
    tables: new Map(tables.map((table) => [table.key, table])),
    objects: new Map(objects.map((object) => [objectIdentity(object), object])),
  };
}

/**
 * Everything in the database but the histories of migrators, and what others put there and the chain does not know, in the chain's spelling.
 *
 * @throws AdoptError `DETECT.BLIND`, `CONNECT.*`
 */
export async function liveSnapshot(workspace: Workspace, chain: Chain): Promise<Snapshot> {
  // What is recorded is canonical, whatever rules this workspace does without.
  const observation = await observeDatabase(
    { ...workspace, withoutRules: [] },
    workspace.knex,
    { queries: 0 },
    chain,
  );
  const { snapshot, visibility, foreignHistories } = observation;
  if (!visibility.complete) throw blindness(observation, visibility.hidden);
  const histories = new Set(foreignHistories.map(({ table }) => `${table.schema}\n${table.name}`));
  return {
    ...snapshot,
    tables: snapshot.tables.filter((table) => !histories.has(`${table.schema}\n${table.name}`)),
  };
}

/** Writes a manifest where it is not there already, byte for byte. */
export async function writeManifest(file: string, manifest: Manifest): Promise<LiveRecording['change']> {
  const text = serializeManifest(manifest);
  const was = await readFile(file, 'utf8').catch(() => null);
  if (was === text) return 'unchanged';
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return was === null ? 'added' : 'changed';
}

/** The tables and objects of which two states have something else, by name, sorted; names of constraints and indexes are nothing else. */
function unlike(one: RecordedState, other: RecordedState): string[] {
  const members = ({ tables, objects }: RecordedState) =>
    new Map([
      ...[...tables].map(
        ([key, table]) => [key, schemaFingerprint({ tables: [table], objects: [] })] as const,
      ),
      ...[...objects].map(
        ([identity, object]) => [identity, schemaFingerprint({ tables: [], objects: [object] })] as const,
      ),
    ]);
  const [mine, theirs] = [members(one), members(other)];
  return uniqueSorted([...mine.keys(), ...theirs.keys()]).filter(
    (name) => mine.get(name) !== theirs.get(name),
  );
}

/**
 * Takes the expectation for one revision from the database as it is, upon what the revision before expects, and writes its manifest. Whatever
 * is in the database becomes part of the expectation: strangers too. A manifest that was there is replaced, and told so.
 *
 * @param revision one of the chain, see `requireRevision`.
 * @throws AdoptError `MANIFEST.CHAIN` when a revision before has no manifest or one after has; `DETECT.BLIND`, `CONNECT.*`
 */
export async function recordLive(workspace: Workspace, revision: string): Promise<LiveRecording> {
  const { dialect } = workspace;
  const index = workspace.source.migrations.findIndex((migration) => migration.revision === revision);
  const manifests = await readManifests(workspace.manifests, dialect.name);
  const before = manifestsBefore(workspace, manifests, index);
  const chain = buildChain(dialect.name, before);
  const snapshot = await liveSnapshot(workspace, chain);
  const manifest = makeManifest(stateAtEnd(chain), revision, snapshot);
  const there = manifests.get(revision);
  const was = there === undefined ? null : stateAtEnd(buildChain(dialect.name, [...before, there]));
  const folder = manifestFolder(workspace.manifests, dialect.name);
  const file = path.join(folder, `${revision}.json`);
  return {
    file,
    change: await writeManifest(file, manifest),
    replaced: was === null ? [] : unlike(was, recordState(revision, snapshot)),
    details: await describeRevision(workspace, buildChain(dialect.name, [...before, manifest]), revision),
  };
}
