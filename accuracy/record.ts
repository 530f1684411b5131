import { buildChain, type Chain } from '../src/manifest/chain.ts';
import { type Manifest, parseManifest, serializeManifest } from '../src/manifest/format.ts';
import { makeManifest, type RecordedState, recordState } from '../src/manifest/make-manifest.ts';
import type { Snapshot } from '../src/schema/snapshot.ts';
import { type ChainFolder, type DumpedRevision, readDump } from './chain-folder.ts';
import { observeScratch } from './observe.ts';
import { type Scratch, type Server, withScratch } from './scratch.ts';

/** A dump that a server did not take. */
export interface NotLoadable {
  readonly dump: string;
  readonly server: 'recording' | 'detecting';
  /** What the server said. */
  readonly message: string;
}

/** A chain with its expectations. */
export interface RecordedChain {
  readonly chain: Chain;
  /** Of each revision in `revisions`. */
  readonly manifests: readonly Manifest[];
  /** Those that could be recorded; one for each revision of the chain. */
  readonly revisions: readonly DumpedRevision[];
  readonly notLoadable: readonly NotLoadable[];
  /** Dumps that the server took and that could not be read from it: by dump, why. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** What went wrong, in a line: Knex puts the statement, of many lines, before the driver's own words. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const words = text.includes('\n') ? (text.split(' - ').at(-1) ?? '') : text;
  return words.replaceAll(/\s+/g, ' ');
}

/**
 * The database of a dump, on a server.
 *
 * @returns what the server said where it did not take the dump.
 */
export async function withDump<T>(
  server: Server,
  sql: string,
  work: (scratch: Scratch) => Promise<T>,
): Promise<{ readonly refused: string } | { readonly result: T }> {
  return withScratch(server, async (scratch) => {
    try {
      await scratch.load(sql);
    } catch (error) {
      return { refused: errorText(error) };
    }
    return { result: await work(scratch) };
  });
}

/** Manifests in chain order, through the text that would stand in their files. */
function throughFiles(recorded: readonly { revision: string; snapshot: Snapshot }[]) {
  let before: RecordedState | null = null;
  return recorded.map(({ revision, snapshot }) => {
    const text = serializeManifest(makeManifest(before, revision, snapshot));
    before = recordState(revision, snapshot);
    return parseManifest(text, `${revision}.json`);
  });
}

/** Records the manifest of each revision from its dump; a revision whose dump does not load is left out of the chain. */
export async function recordChain(
  folder: ChainFolder,
  server: Server,
  signal: AbortSignal,
): Promise<RecordedChain> {
  const snapshots = new Map<string, Snapshot>();
  const notLoadable: NotLoadable[] = [];
  const unreadable = new Map<string, string>();
  for (const dump of new Set(folder.revisions.map((revision) => revision.dump))) {
    signal.throwIfAborted();
    const outcome = await withDump(server, await readDump(folder, dump), (scratch) =>
      observeScratch(scratch, server, null).catch(errorText),
    );
    if ('refused' in outcome) notLoadable.push({ dump, server: 'recording', message: outcome.refused });
    else if (typeof outcome.result === 'string') unreadable.set(dump, outcome.result);
    else snapshots.set(dump, outcome.result.observation.snapshot);
  }
  const recorded = folder.revisions.flatMap((migration) => {
    const snapshot = snapshots.get(migration.dump);
    return snapshot === undefined ? [] : [{ migration, snapshot }];
  });
  const manifests = throughFiles(
    recorded.map(({ migration, snapshot }) => ({ revision: migration.revision, snapshot })),
  );
  return {
    chain: buildChain(folder.dialect, manifests),
    manifests,
    revisions: recorded.map(({ migration }) => migration),
    notLoadable,
    unreadable,
  };
}
