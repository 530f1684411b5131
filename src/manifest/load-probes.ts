import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { AdoptError } from '../errors.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { compareText } from '../util/order.ts';
import { PROBES_FOLDER, type ProbeFile } from './probe.ts';

const ENDING = '.sql';

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(ENDING)).sort(compareText);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new AdoptError(
      'PROBE.INVALID',
      `The folder ${folder} cannot be read: ${(cause as Error).message}.`,
      {
        hint: 'Make it a readable folder, or remove it.',
        cause,
      },
    );
  }
}

/**
 * The probes for one dialect, in chain order: those of the manifests folder, and before them those in the dialect's own folder.
 *
 * @throws AdoptError `PROBE.INVALID` when one belongs to no migration, or cannot be read.
 */
export async function loadProbes(
  directory: string,
  dialect: DialectName,
  revisions: readonly string[],
): Promise<readonly ProbeFile[]> {
  const found = new Map<string, ProbeFile>();
  for (const place of [PROBES_FOLDER, path.posix.join(dialect, PROBES_FOLDER)]) {
    for (const name of await namesIn(path.join(directory, place))) {
      const revision = name.slice(0, -ENDING.length);
      const file = path.posix.join(place, name);
      if (!revisions.includes(revision)) {
        throw new AdoptError('PROBE.INVALID', `The probe ${file} belongs to no migration.`, {
          hint: 'Name it after the revision whose data change it asks about, or remove it.',
        });
      }
      const text = await readFile(path.join(directory, place, name), 'utf8').catch((cause: Error) => {
        throw new AdoptError('PROBE.INVALID', `The probe ${file} cannot be read: ${cause.message}.`, {
          hint: 'Make it a readable file, or remove it.',
          cause,
        });
      });
      found.set(revision, { revision, file, text });
    }
  }
  return revisions.flatMap((revision) => found.get(revision) ?? []);
}
