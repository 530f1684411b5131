import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { z } from 'zod';
import { AdoptError, isAdoptError } from '../errors.ts';
import { importModule, reasonOf } from '../migrations/load-module.ts';

const NAMES = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'].map((extension) => `knexfile.${extension}`);

const adoptSection = z.strictObject({
  manifests: z.string().min(1).optional(),
  schemas: z.array(z.string().min(1)).optional(),
  table: z.string().min(1).optional(),
  receipts: z.string().min(1).optional(),
  onPartial: z.enum(['refuse', 'complete', 'rebuild']).optional(),
  traceless: z.enum(['refuse', 'run', 'skip']).optional(),
  accept: z.array(z.string().min(1)).optional(),
  shared: z.boolean().optional(),
  seed: z.enum(['never', 'when-fresh']).optional(),
  withoutRules: z.array(z.string().min(1)).optional(),
  lockWait: z.number().nonnegative().optional(),
});

const folders = z.union([z.string(), z.array(z.string())], {
  error: 'expected a folder, or a list of folders',
});
const extensions = z.array(z.string(), { error: 'expected a list of extensions' });

/** An object of the host's own with these functions, which need not be its own members. */
const withFunctions = (...names: readonly string[]) =>
  z.custom<object>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      names.every((name) => typeof Reflect.get(value, name) === 'function'),
    { error: `expected an object with the functions ${names.join(', ')}` },
  );

/** What of Knex's own settings is read here; the rest is Knex's. */
const knexSettings = z.looseObject({
  migrations: z
    .looseObject({
      directory: folders.nullish(),
      tableName: z.string().nullish(),
      schemaName: z.string().nullish(),
      loadExtensions: extensions.nullish(),
      migrationSource: withFunctions('getMigrations', 'getMigrationName', 'getMigration').optional(),
    })
    .optional(),
  seeds: z
    .looseObject({
      directory: folders.nullish(),
      loadExtensions: extensions.nullish(),
      seedSource: withFunctions('getSeeds', 'getSeed').optional(),
    })
    .optional(),
});

/** Our section of a knexfile: what the options of the command line say, where the command line says nothing. `lockWait` is in seconds. */
export type AdoptSection = z.infer<typeof adoptSection>;

/** A knexfile, read for one environment. */
export interface Knexfile {
  readonly file: string;
  readonly config: Knex.Config;
  readonly adopt: AdoptSection;
}

function bad(file: string, what: string, hint: string, cause?: unknown): AdoptError {
  return new AdoptError('CONFIG.BAD_KNEXFILE', `The knexfile ${file} ${what}.`, { hint, cause });
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * The knexfile that is meant: the one named, else the one in the directory, else none.
 *
 * @throws AdoptError `CONFIG.BAD_KNEXFILE` when the one named is not there.
 */
export async function findKnexfile(named: string | undefined, directory: string): Promise<string | null> {
  if (named !== undefined) {
    const file = path.resolve(directory, named);
    if (await isFile(file)) return file;
    throw bad(file, 'does not exist', 'Check the path given with --knexfile.');
  }
  for (const name of NAMES) {
    const file = path.join(directory, name);
    if (await isFile(file)) return file;
  }
  return null;
}

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function called(file: string, value: unknown): Promise<unknown> {
  if (typeof value !== 'function') return value;
  try {
    return await value();
  } catch (cause) {
    throw bad(
      file,
      `is a function that failed: ${(cause as Error).message}`,
      'Mend it, or give the database with --url.',
      cause,
    );
  }
}

async function load(file: string): Promise<Members> {
  let module: unknown;
  try {
    module = await importModule(file);
  } catch (cause) {
    throw bad(
      file,
      `does not load: ${reasonOf(cause)}`,
      'Mend the file, or install what it imports; or name another with --knexfile, or run this in a folder that has none.',
      cause,
    );
  }
  const exported = isMembers(module) && 'default' in module ? module.default : module;
  const value = await called(file, exported);
  if (isMembers(value)) return value;
  throw bad(file, 'exports no configuration', 'Export an object, or a function that gives one.');
}

/** Knex's own names in a configuration: what tells a flat knexfile from one with environments. */
const FLAT = ['client', 'connection', 'migrations', 'pool', 'searchPath', 'seeds'];

/** As Knex chooses: the environment named, else `NODE_ENV`, else `development`; a knexfile without environments is one configuration. */
async function environmentOf(
  file: string,
  members: Members,
  named: string | undefined,
  nodeEnv: string | undefined,
): Promise<Members> {
  const name = named ?? nodeEnv ?? 'development';
  const chosen = await called(file, members[name]);
  if (isMembers(chosen) && !FLAT.includes(name)) return chosen;
  const flat = FLAT.some((member) => member in members);
  if (flat && named === undefined) return members;
  const others = Object.keys(members).filter((member) => !FLAT.includes(member) && member !== 'adopt');
  throw bad(
    file,
    `has no environment "${name}"`,
    flat
      ? 'It has no environments at all: leave --env away.'
      : `Give one with --env: ${others.join(', ') || 'it has none'}.`,
  );
}

/** What a schema did not take first: where, and why. */
function firstIssue({ issues }: z.ZodError, ...above: readonly string[]): string {
  const [issue] = issues;
  const where = [...above, ...(issue?.path ?? [])].join('.');
  return `at ${where}, ${issue?.message ?? 'unreadable'}`;
}

function requireSettings(file: string, config: Members): void {
  const settings = knexSettings.safeParse(config);
  if (settings.success) return;
  throw bad(
    file,
    `has a setting that Knex cannot use: ${firstIssue(settings.error)}`,
    'Mend it in the file.',
    settings.error,
  );
}

/**
 * Reads a knexfile in JavaScript or TypeScript, ESM or CommonJS, an object or a function, flat or with environments. What it runs may read
 * files relative to its own folder: the caller has entered that.
 *
 * @throws AdoptError `CONFIG.BAD_KNEXFILE`
 */
export async function readKnexfile(
  file: string,
  named: string | undefined,
  nodeEnv: string | undefined,
): Promise<Knexfile> {
  try {
    const members = await load(file);
    const environment = await environmentOf(file, members, named, nodeEnv);
    const { adopt: own, ...config } = environment;
    requireSettings(file, config);
    const section = adoptSection.safeParse(own ?? members.adopt ?? {});
    if (section.success) return { file, config, adopt: section.data };
    throw bad(
      file,
      `has a section "adopt" that cannot be used: ${firstIssue(section.error, 'adopt')}`,
      `It may have: ${Object.keys(adoptSection.shape).join(', ')}.`,
    );
  } catch (error) {
    if (isAdoptError(error)) throw error;
    throw bad(file, `cannot be read: ${(error as Error).message}`, 'Mend the file.', error);
  }
}
