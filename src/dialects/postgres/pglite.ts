import knexFactory, { type Knex } from 'knex';
import type { ScratchDatabase } from '../../database/dialect.ts';
import { type HostNaming, namingOf } from '../../database/host-naming.ts';
import { AdoptError } from '../../errors.ts';
import { type DirectoryLock, hasLockFile, lockDirectory, type ProcessTable } from './directory-lock.ts';
import { emptyDatabase } from './empty.ts';
import { requireDatabaseFolder } from './pglite-folder.ts';

export interface OpenPgliteOptions {
  /** Whether a database is made where the directory is missing or empty; none is by default. */
  readonly create?: boolean | undefined;
  /** Needed for a directory, so that a lock file left behind by a dead process can be told from a live one's. */
  readonly processes?: ProcessTable | undefined;
  /** How long to wait for another process to let go of the directory, in milliseconds; 0 by default. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An embedded PostgreSQL, to be given to Knex. */
export interface OpenPglite {
  /** For Knex with client `pg`; the pool must have at most one connection, since there is one session. */
  readonly connection: Knex.StaticConnectionConfig;
  /** Closes the database and lets go of its directory; may be called twice. Knex is to be destroyed before. */
  close(): Promise<void>;
}

/** Knex's settings for {@link OpenPglite}: one session, kept for ever. */
export const PGLITE_POOL = { min: 0, max: 1 } as const;

/** Who knows no processes takes over from nobody. */
const UNKNOWN_PROCESSES: ProcessTable = { pid: 0, isAlive: () => true };

/** Holds a directory that PGlite may be given. */
async function holdDirectory(
  directory: string,
  { create = false, processes = UNKNOWN_PROCESSES, waitMs = 0, signal }: OpenPgliteOptions,
): Promise<DirectoryLock> {
  // Where nobody is at work, a folder that will not do is refused before anything is written: the lock, and the folders above it.
  if (!(await hasLockFile(directory))) await requireDatabaseFolder(directory, create);
  const lock = await lockDirectory(directory, processes, waitMs, signal);
  try {
    await requireDatabaseFolder(directory, create);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Opens a PGlite database: of a directory, or in memory for null.
 *
 * Two processes on one directory lose each other's rows silently (`servers.md`), so a lock file `<directory>.lock` is held while it is open.
 *
 * @throws AdoptError `CONFIG.DRIVER_MISSING` when the package is not installed; `CONNECT.IN_USE` when another process has the directory open;
 * `CONNECT.NO_DATABASE` when no database is in it, and none is to be made or other files are;
 * `CONFIG.FILE` when it is no directory of a database, or cannot be made.
 */
export async function openPglite(
  directory: string | null,
  options: OpenPgliteOptions = {},
): Promise<OpenPglite> {
  const { PGlite, createPgConfig } = await loadPglite();
  const lock = directory === null ? null : await holdDirectory(directory, options);
  try {
    const database = await (directory === null ? PGlite.create() : PGlite.create(directory));
    let closed: Promise<void> | undefined;
    return {
      connection: createPgConfig(database),
      close: () => {
        closed ??= database.close().finally(() => lock?.release());
        return closed;
      },
    };
  } catch (error) {
    await lock?.release();
    if (directory === null) throw error;
    // Its file system, which is its own, throws what is no Error.
    const reason = error instanceof Error ? `: ${error.message.replace(/\.$/, '')}` : '';
    throw new AdoptError('CONFIG.FILE', `The PGlite directory ${directory} cannot be opened${reason}.`, {
      hint: 'Check that it is a directory that PGlite made, or none yet, and that you may read and write there.',
      cause: error,
    });
  }
}

interface PgliteModules {
  readonly PGlite: typeof import('@electric-sql/pglite').PGlite;
  readonly createPgConfig: typeof import('@electric-sql/pglite/node-postgres').createPgConfig;
}

async function loadPglite(): Promise<PgliteModules> {
  try {
    const [{ PGlite }, { createPgConfig }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite/node-postgres'),
    ]);
    return { PGlite, createPgConfig };
  } catch (error) {
    throw new AdoptError('CONFIG.DRIVER_MISSING', 'The package @electric-sql/pglite is not installed.', {
      hint: 'Run: npm install @electric-sql/pglite',
      cause: error,
    });
  }
}

/**
 * An embedded PostgreSQL in memory, for replaying a chain without a server. It has one session: an instance takes some 0.6 to 1.8 s to start and
 * 300 MB, so it is emptied for the next replay and not made anew.
 *
 * @param naming how the host's Knex writes names and reads rows, which is how its migrations are to be run.
 * @throws AdoptError `CONFIG.DRIVER_MISSING`
 */
export async function createPgliteScratch(naming: HostNaming = {}): Promise<ScratchDatabase> {
  const database = await openPglite(null);
  const knex = knexFactory({
    ...namingOf(naming),
    client: 'pg',
    connection: database.connection,
    pool: PGLITE_POOL,
  });
  let removed: Promise<void> | undefined;
  return {
    knex,
    reset: () => emptyDatabase(knex),
    remove: () => {
      removed ??= knex.destroy().finally(() => database.close());
      return removed;
    },
  };
}
