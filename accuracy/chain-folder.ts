import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { type Migration, revisionOf } from '../src/migrations/migration.ts';
import { DIALECT_NAMES, type DialectName } from '../src/schema/snapshot.ts';
import { compareText } from '../src/util/order.ts';

const chainFile = z.object({
  dialect: z.enum(DIALECT_NAMES),
  revisions: z
    .array(z.object({ recordedName: z.string().min(1).nullable(), dump: z.string().min(1) }))
    .min(1),
});

/** One revision of a chain, and the file that holds a database at it. */
export interface DumpedRevision extends Migration {
  readonly dump: string;
}

/** A database whose truth is known. */
export interface KnownDatabase {
  readonly dump: string;
  /** The revisions that leave exactly this database, in chain order. */
  readonly revisions: readonly string[];
  /** Whether it is also the database before the first migration. */
  readonly before: boolean;
}

/** A chain as data: what each of its migrations left. */
export interface ChainFolder {
  readonly name: string;
  readonly folder: string;
  readonly dialect: DialectName;
  readonly revisions: readonly DumpedRevision[];
  /** Every distinct dump once, in chain order. */
  readonly databases: readonly KnownDatabase[];
}

function knownDatabases(revisions: z.infer<typeof chainFile>['revisions']): KnownDatabase[] {
  return [...new Set(revisions.map(({ dump }) => dump))].map((dump) => {
    const names = revisions.filter((one) => one.dump === dump).map((one) => one.recordedName);
    return {
      dump,
      revisions: names.filter((name) => name !== null).map(revisionOf),
      before: names.includes(null),
    };
  });
}

/**
 * Reads every chain of a folder, sorted by name.
 *
 * @throws Error naming the file that cannot be understood.
 */
export async function readChainFolders(directory: string, only: string | null): Promise<ChainFolder[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory() && (only === null || entry.name.includes(only)))
    .map((entry) => entry.name)
    .sort(compareText);
  const chains: ChainFolder[] = [];
  for (const name of names) {
    const folder = path.join(directory, name);
    const file = path.join(folder, 'chain.json');
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const { dialect, revisions } = readChainFile(text, file);
    const dumped = revisions.flatMap(({ recordedName, dump }) =>
      recordedName === null ? [] : [{ recordedName, revision: revisionOf(recordedName), dump }],
    );
    chains.push({ name, folder, dialect, revisions: dumped, databases: knownDatabases(revisions) });
  }
  return chains;
}

function readChainFile(text: string, file: string): z.infer<typeof chainFile> {
  try {
    return chainFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} does not describe a chain.`, { cause });
  }
}

/** The SQL text of a dump, gzipped or not. @throws Error when there is no such file. */
export async function readDump(chain: ChainFolder, dump: string): Promise<string> {
  const bytes = await readFile(path.join(chain.folder, dump));
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (gzipped ? gunzipSync(bytes) : bytes).toString('utf8');
}
