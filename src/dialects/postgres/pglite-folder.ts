import { readdir } from 'node:fs/promises';
import { AdoptError } from '../../errors.ts';

/** What PostgreSQL writes into a data directory, and PGlite goes by: without it, it makes a new database there. */
const MARK = 'PG_VERSION';

/** The names in a folder; none where it is not there, null where it is no folder. */
async function namesIn(directory: string): Promise<readonly string[] | null> {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * Sees to it that PGlite, which makes a database wherever there is none, is not given a folder in which that would be wrong.
 *
 * @param create whether a database is to be made where the folder is missing or empty.
 * @throws AdoptError `CONNECT.NO_DATABASE` where there is none and none is to be made; whatever is wanted, where the folder holds other files.
 * `CONFIG.FILE` where it is no folder.
 */
export async function requireDatabaseFolder(directory: string, create: boolean): Promise<void> {
  const names = await namesIn(directory);
  if (names === null) {
    throw new AdoptError(
      'CONFIG.FILE',
      `${directory} is a file, or within one, and no folder of a PGlite database.`,
      {
        hint: 'Name the folder of the database.',
      },
    );
  }
  if (names.includes(MARK)) return;
  if (names.length !== 0) {
    throw new AdoptError(
      'CONNECT.NO_DATABASE',
      `There is no PGlite database in ${directory}, but other files are.`,
      {
        hint: 'Name the folder of the database. A new one is made only in a folder that is missing or empty.',
      },
    );
  }
  if (create) return;
  throw new AdoptError('CONNECT.NO_DATABASE', `There is no PGlite database in ${directory}.`, {
    hint: 'See whether that is the right folder. One that is to be new is made by upgrade, handle-legacy and startup.',
  });
}
