import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { AdoptError } from '../errors.ts';
import { DIALECT_NAMES, type DialectName } from '../schema/snapshot.ts';
import { compareText } from '../util/order.ts';
import { buildChain, type Chain } from './chain.ts';
import { type Manifest, parseManifest } from './format.ts';

const BUILD_HINT = 'Run "knex-adopt manifest build" in the repository and commit what it writes.';

async function jsonFiles(directory: string): Promise<string[] | null> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.endsWith('.json')).sort(compareText);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new AdoptError(
      'MANIFEST.MISSING',
      `The manifests folder ${directory} cannot be read: ${(cause as Error).message}.`,
      {
        hint: 'Check the path given with --manifests.',
        cause,
      },
    );
  }
}

/** Where the manifests of one dialect are: a sub-folder of the manifests folder. */
export function manifestFolder(directory: string, dialect: DialectName): string {
  return path.join(directory, dialect);
}

async function noManifests(directory: string, dialect: DialectName): Promise<AdoptError> {
  for (const other of DIALECT_NAMES) {
    if (other === dialect) continue;
    const files = await jsonFiles(manifestFolder(directory, other));
    if (files !== null && files.length > 0) {
      return new AdoptError(
        'MANIFEST.DIALECT',
        `${directory} holds manifests for ${other} only, but the database is ${dialect}.`,
        {
          hint: `Run "knex-adopt manifest build" against a ${dialect} server (or --url) and commit what it writes.`,
        },
      );
    }
  }
  return new AdoptError(
    'MANIFEST.MISSING',
    `There are no manifests in ${manifestFolder(directory, dialect)}.`,
    {
      hint: BUILD_HINT,
    },
  );
}

/** The folder of accepted variants, in that of their dialect. */
export const VARIANTS_FOLDER = 'variants';

/** The file name of a variant's manifest. The name of a variant holds no dot, so that the last one is where the revision ends. */
export function variantFile(revision: string, variant: string): string {
  return `${revision}.${variant}.json`;
}

/** Where the manifest of a revision, or of a variant of one, was read; what dialect it says it is of may be another. */
function fileOf(folder: string, { revision, variant }: Manifest): string {
  return variant === undefined
    ? path.join(folder, `${revision}.json`)
    : path.join(folder, VARIANTS_FOLDER, variantFile(revision, variant));
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: Error) => {
    throw new AdoptError('MANIFEST.INVALID', `${file} cannot be read: ${cause.message}.`, {
      hint: 'Make it a readable file, or remove it and run "knex-adopt manifest build".',
      cause,
    });
  });
}

async function readFolder(
  folder: string,
  nameOf: (manifest: Manifest) => string | null,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const name of (await jsonFiles(folder)) ?? []) {
    const file = path.join(folder, name);
    const manifest = parseManifest(await textOf(file), file);
    const expected = nameOf(manifest);
    if (expected !== name) {
      const { revision, variant } = manifest;
      const what =
        variant === undefined ? `the manifest of ${revision}` : `the variant "${variant}" of ${revision}`;
      throw new AdoptError('MANIFEST.INVALID', `${file} says that it is ${what}.`, {
        hint:
          expected === null
            ? 'Manifests of revisions are in the folder of their dialect, those of variants in its sub-folder "variants".'
            : `Name it ${expected}, or write the manifests anew with "knex-adopt manifest build".`,
      });
    }
    manifests.push(manifest);
  }
  return manifests;
}

/** Every manifest of one dialect, by revision; empty when there is no folder. Order is not checked. */
export async function readManifests(directory: string, dialect: DialectName): Promise<Map<string, Manifest>> {
  const manifests = await readFolder(manifestFolder(directory, dialect), ({ revision, variant }) =>
    variant === undefined ? `${revision}.json` : null,
  );
  return new Map(manifests.map((manifest) => [manifest.revision, manifest]));
}

/** The manifests of accepted variants of one dialect; empty when there is no folder. */
export function readVariants(directory: string, dialect: DialectName): Promise<Manifest[]> {
  const folder = path.join(manifestFolder(directory, dialect), VARIANTS_FOLDER);
  return readFolder(folder, ({ revision, variant, parent }) =>
    variant === undefined || parent !== revision ? null : variantFile(revision, variant),
  );
}

/**
 * Loads the chain of expectations for the given revisions, in their order, with the accepted variants of them.
 *
 * @param revisions the revisions of the migrations source, in order: the manifests must be theirs, one each.
 * @throws AdoptError `MANIFEST.MISSING` · `MANIFEST.INVALID` · `MANIFEST.CHAIN` · `MANIFEST.DIALECT` · `MANIFEST.FINGERPRINT`
 */
export async function loadChain(
  directory: string,
  dialect: DialectName,
  revisions: readonly string[],
): Promise<Chain> {
  const manifests = await readManifests(directory, dialect);
  if (manifests.size === 0) throw await noManifests(directory, dialect);
  const folder = manifestFolder(directory, dialect);
  const ordered = revisions.map((revision) => {
    const manifest = manifests.get(revision);
    if (manifest === undefined) {
      throw new AdoptError('MANIFEST.CHAIN', `Migration ${revision} has no manifest in ${folder}.`, {
        hint: BUILD_HINT,
      });
    }
    return manifest;
  });
  const stray = [...manifests.keys()].find((revision) => !revisions.includes(revision));
  if (stray !== undefined) {
    throw new AdoptError('MANIFEST.CHAIN', `${path.join(folder, `${stray}.json`)} belongs to no migration.`, {
      hint: 'If the migration was removed or renamed on purpose, run "knex-adopt manifest build".',
    });
  }
  const variants = await readVariants(directory, dialect);
  return buildChain(dialect, ordered, (manifest) => fileOf(folder, manifest), variants);
}
