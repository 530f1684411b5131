import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { AdoptError, isAdoptError } from '../errors.ts';
import { compareText } from '../util/order.ts';
import { importModule, moduleMember, reasonOf } from './load-module.ts';
import { LOAD_EXTENSIONS } from './source.ts';

/** The seeds that the host's Knex instance is configured with, in the order in which Knex runs them. */
export interface SeedsSource {
  /** Each once: the path within its folder; what a `seedSource` gives, where that is a text, else its number. */
  readonly names: readonly string[];
  /** @throws AdoptError `SEEDS.MISSING` when there is none of that name; `SEEDS.LOAD` when it cannot be imported or exports no `seed`. */
  load(name: string): Promise<Knex.Seed>;
}

/** What stands in a host's configuration beside the types that Knex publishes: its command line puts `specific` there. */
type HostSeeds = Knex.SeederConfig & { readonly specific?: string | null };

const missing = (message: string, cause?: unknown) =>
  new AdoptError('SEEDS.MISSING', message, {
    hint: 'Name the folder in "seeds.directory" of the Knex configuration, or have no seeds run.',
    cause,
  });

const broken = (name: string, reason: string, cause?: unknown) =>
  new AdoptError('SEEDS.LOAD', `Seed ${name} ${reason}.`, {
    hint: 'Mend it, or install what it imports: a seed exports an async function "seed" that takes a Knex instance.',
    cause,
  });

async function filesIn(directory: string, recursive: boolean): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true, recursive });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort(compareText);
  } catch (cause) {
    throw missing(`The seeds folder ${directory} does not exist or cannot be read.`, cause);
  }
}

/** As Knex's own file source finds and orders them: by the whole path, over all folders unless those are sorted separately. */
async function seedFiles(host: HostSeeds): Promise<ReadonlyMap<string, string>> {
  const directories = [host.directory ?? './seeds'].flat().map((directory) => path.resolve(directory));
  const extensions = host.loadExtensions ?? LOAD_EXTENSIONS;
  const lists = await Promise.all(directories.map((one) => filesIn(one, host.recursive === true)));
  const all = host.sortDirsSeparately === true ? lists.flat() : lists.flat().sort(compareText);
  const files = all
    .filter((file) => extensions.includes(path.extname(file)) && !/\.d\.[cm]?ts$/.test(file))
    .filter((file) => host.specific == null || path.basename(file) === host.specific);
  if (files.length === 0) throw missing(`There are no seeds in ${directories.join(', ')}.`);
  const [only = '', ...more] = directories;
  // Relative to where the process is, as Knex resolves the folders themselves.
  const base = more.length === 0 ? only : path.resolve();
  return new Map(files.map((file) => [path.relative(base, file), file]));
}

async function importSeed(name: string, file: string): Promise<Knex.Seed> {
  let module: unknown;
  try {
    module = await importModule(file);
  } catch (cause) {
    throw broken(name, `does not load: ${reasonOf(cause)}`, cause);
  }
  const exports = moduleMember(module, 'seed');
  if (typeof exports?.seed !== 'function') throw broken(name, 'exports no function "seed"');
  return exports as unknown as Knex.Seed;
}

async function customSeeds(source: Knex.SeedSource<unknown>, host: HostSeeds): Promise<SeedsSource> {
  let items: unknown[];
  try {
    items = await source.getSeeds(host);
  } catch (cause) {
    throw broken('source', `cannot list its seeds: ${reasonOf(cause)}`, cause);
  }
  if (items.length === 0) throw missing('The configured seedSource has no seeds.');
  const byName = new Map(
    items.map((item, index) => [typeof item === 'string' ? item : `${index + 1}`, item]),
  );
  return {
    names: [...byName.keys()],
    load: async (name) => {
      if (!byName.has(name)) throw missing(`The configured seedSource has no seed ${name}.`);
      let seed: Knex.Seed;
      try {
        seed = await source.getSeed(byName.get(name));
      } catch (cause) {
        throw broken(name, `does not load: ${reasonOf(cause)}`, cause);
      }
      if (typeof seed?.seed !== 'function') throw broken(name, 'has no function "seed"');
      return seed;
    },
  };
}

/**
 * Finds the seeds that the instance's own `seeds` configuration names: its `seedSource`, else the files of its folders (`./seeds`, unless it says
 * otherwise). TypeScript loads as it does for migrations.
 *
 * @throws AdoptError `SEEDS.MISSING` when a folder is not there, or there are no seeds; `SEEDS.LOAD` when a `seedSource` cannot list them.
 */
export async function openSeeds(knex: Knex): Promise<SeedsSource> {
  const host = (knex.client.config.seeds ?? {}) as HostSeeds;
  if (host.seedSource !== undefined) return customSeeds(host.seedSource, host);
  const files = await seedFiles(host);
  return {
    names: [...files.keys()],
    load: async (name) => {
      const file = files.get(name);
      if (file === undefined) throw missing(`There is no seed ${name}.`);
      return importSeed(name, file);
    },
  };
}

/**
 * Has Knex run seeds, in this order, on the connection given.
 *
 * @throws AdoptError `SEEDS.FAILED` with the seed's name and the reason; `SEEDS.MISSING`, `SEEDS.LOAD`.
 */
export async function runSeeds(knex: Knex, seeds: SeedsSource, names: readonly string[]): Promise<void> {
  const seedSource: Knex.SeedSource<string> = {
    getSeeds: async () => [...names],
    getSeed: (name) => seeds.load(name),
  };
  try {
    await knex.seed.run({ seedSource } as Knex.SeederConfig);
  } catch (cause) {
    if (isAdoptError(cause)) throw cause;
    const reason = reasonOf(cause).replace(/^Error while executing "(.*)" seed: /, 'Seed $1 failed: ');
    throw new AdoptError('SEEDS.FAILED', /^Seed /.test(reason) ? reason : `The seeds failed: ${reason}`, {
      hint: 'Mend the seed and run the same command again.',
      cause,
    });
  }
}
