import { readFile, writeFile } from 'node:fs/promises';
import { AdoptError } from '../errors.ts';

const unusable = (file: string, what: string, hint: string) => (cause: NodeJS.ErrnoException) => {
  throw new AdoptError('CONFIG.FILE', `${file} cannot be ${what} (${cause.code ?? cause.message}).`, {
    hint,
    cause,
  });
};

/** The text of a file that was named on the command line. @throws AdoptError `CONFIG.FILE` */
export function readGiven(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(unusable(file, 'read', 'Check that it is a file that you may read.'));
}

/** Writes a file that was named on the command line. @throws AdoptError `CONFIG.FILE` */
export function writeGiven(file: string, text: string): Promise<void> {
  const hint = 'Check that its folder exists, that you may write there, and that the disk is not full.';
  return writeFile(file, text).catch(unusable(file, 'written', hint));
}
