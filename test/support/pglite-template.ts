import { openAsBlob } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

/**
 * The data folder of a new PGlite, as an archive to start others from: that takes a fifth of the time of making one. Kept below
 * `node_modules` for the next file and the next run, one per version of PGlite.
 */
export async function pgliteTemplate(): Promise<Blob> {
  const packageFolder = join(dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite'))), '..');
  const { version }: { version: string } = JSON.parse(
    await readFile(join(packageFolder, 'package.json'), 'utf8'),
  );
  const path = join(packageFolder, `../../.cache/knex-adopt/pglite-${version}.tar`);
  try {
    return await openAsBlob(path);
  } catch {
    const archive = await makeTemplate();
    // Where nothing can be kept, each start takes longer; that is all.
    await keep(archive, path).catch(() => {});
    return archive;
  }
}

async function makeTemplate(): Promise<Blob> {
  const instance = new PGlite();
  try {
    // Asked before it is ready, it never answers (PGlite 0.5.16).
    await instance.waitReady;
    return await instance.dumpDataDir('none');
  } finally {
    await instance.close();
  }
}

/** Renamed when it is whole, because another process may be looking for it. */
async function keep(archive: Blob, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, new Uint8Array(await archive.arrayBuffer()));
  await rename(unfinished, path);
}
