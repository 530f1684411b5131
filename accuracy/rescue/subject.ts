import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { dialectOf } from '../../src/dialects/dialect-of.ts';
import type { Chain } from '../../src/manifest/chain.ts';
import { loadChain, manifestFolder } from '../../src/manifest/load.ts';
import type { MigrationModule } from '../../src/migrations/load-module.ts';
import type { Migration } from '../../src/migrations/migration.ts';
import { directorySource } from '../../src/migrations/source.ts';
import type { DialectName } from '../../src/schema/snapshot.ts';
import { MIGRATIONS } from '../../test/support/reference-chain.ts';
import { type ChainFolder, readDump } from '../chain-folder.ts';
import { recordChain } from '../record.ts';
import type { Scratch, Server } from '../scratch.ts';
import { writeManifests } from './manifest-files.ts';
import { migrationFromManifests } from './manifest-migration.ts';

/** A chain whose databases are damaged and rescued. */
export interface Subject {
  readonly name: string;
  readonly server: Server;
  readonly chain: Chain;
  /** The folder of its manifests. */
  readonly manifests: string;
  readonly migrations: readonly Migration[];
  /** Makes the database of one revision (by index) in an empty one. */
  make(scratch: Scratch, index: number): Promise<void>;
  load(recordedName: string): Promise<MigrationModule>;
  remove(): Promise<void>;
}

/** The reference chain, whose migrations are run. */
export async function referenceSubject(server: Server, dialect: DialectName): Promise<Subject> {
  const source = await directorySource({ directories: [MIGRATIONS] });
  const manifests = path.join(MIGRATIONS, 'manifests');
  const revisions = source.migrations.map(({ revision }) => revision);
  return {
    name: `reference.${dialect}`,
    server,
    chain: await loadChain(manifests, dialect, revisions),
    manifests,
    migrations: source.migrations,
    make: async ({ knex }, index) => {
      for (const { recordedName } of source.migrations.slice(0, index + 1)) {
        await (await source.load(recordedName)).up(knex);
      }
    },
    load: (name) => source.load(name),
    remove: async () => {},
  };
}

/** A chain of dumps. Its migrations are not there: what they change of the structure is run in their place. */
export async function dumpedSubject(
  folder: ChainFolder,
  server: Server,
  signal: AbortSignal,
): Promise<Subject> {
  const { chain, manifests, revisions } = await recordChain(folder, server, signal);
  const directory = await mkdtemp(path.join(tmpdir(), 'knex-adopt-rescue-'));
  await writeManifests(manifestFolder(directory, folder.dialect), manifests);
  return {
    name: folder.name,
    server,
    chain,
    manifests: directory,
    migrations: revisions.map(({ revision, recordedName }) => ({ revision, recordedName })),
    make: async (scratch, index) => {
      await scratch.load(await readDump(folder, revisions[index]?.dump ?? ''));
    },
    load: async (name) => {
      const index = revisions.findIndex(({ recordedName }) => recordedName === name);
      return migrationFromManifests(chain, index, (knex: Knex) => dialectOf(knex).ddl);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
