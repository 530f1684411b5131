import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Manifest, serializeManifest } from '../../src/manifest/format.ts';

/** Writes manifests where `loadChain` looks for them. */
export async function writeManifests(folder: string, manifests: readonly Manifest[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const manifest of manifests) {
    await writeFile(path.join(folder, `${manifest.revision}.json`), serializeManifest(manifest));
  }
}
