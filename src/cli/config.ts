import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { knexConfigTarget, type Target, urlTarget } from '../dialects/connect.ts';
import { AdoptError } from '../errors.ts';
import { DIALECT_NAMES, type DialectName } from '../schema/snapshot.ts';
import { environmentTarget } from './config-environment.ts';
import type { AdoptSection, Knexfile } from './config-knexfile.ts';
import type { Context } from './context.ts';

/** Options that say where things are; every command has them. */
export interface PlaceOptions {
  readonly url?: string | undefined;
  readonly knexfile?: string | undefined;
  readonly env?: string | undefined;
  readonly migrations?: string | undefined;
  readonly manifests?: string | undefined;
  readonly schema?: readonly string[] | undefined;
  readonly table?: string | undefined;
  readonly receipts?: string | undefined;
  /** Equivalence rules to do without, on commands that judge. */
  readonly withoutRule?: readonly string[] | undefined;
}

/** Where everything is, decided. */
export interface Settings {
  /** Null when no database is named anywhere. */
  readonly target: Target | null;
  /** For Knex: with absolute folders. */
  readonly migrations: Knex.MigratorConfig;
  /** With its folders as absolute paths. */
  readonly seeds: Knex.SeederConfig;
  /** The migrations folders; none when the knexfile has a `migrationSource` of its own. */
  readonly folders: readonly string[];
  /** Absolute. */
  readonly manifests: string;
  /** None: as the connection says. */
  readonly schemas: readonly string[];
  readonly tableName: string | null;
  /** Our own table of receipts; undefined for the usual. */
  readonly receipts: string | undefined;
  readonly withoutRules: readonly string[];
  readonly adopt: AdoptSection;
}

async function knexfileOf(context: Context, options: PlaceOptions): Promise<Knexfile | null> {
  const { findKnexfile, readKnexfile } = await import('./config-knexfile.ts');
  const file = await findKnexfile(options.knexfile, context.cwd);
  if (file === null) return null;
  context.enterDirectory(path.dirname(file));
  return readKnexfile(file, options.env, context.env.NODE_ENV);
}

function targetOf(context: Context, options: PlaceOptions, knexfile: Knexfile | null): Target | null {
  if (options.url !== undefined) return urlTarget(options.url, context.cwd);
  const configured =
    knexfile === null ? null : knexConfigTarget(knexfile.config, path.dirname(knexfile.file));
  return configured ?? environmentTarget(context);
}

function foldersOf(
  context: Context,
  options: PlaceOptions,
  knexfile: Knexfile | null,
  host: Knex.MigratorConfig,
): readonly string[] {
  if (options.migrations !== undefined) return [path.resolve(context.cwd, options.migrations)];
  if (host.migrationSource !== undefined) return [];
  const base = knexfile === null ? context.cwd : path.dirname(knexfile.file);
  return [host.directory ?? './migrations'].flat().map((folder) => path.resolve(base, folder));
}

function seedsOf(base: string, host: Knex.SeederConfig = {}): Knex.SeederConfig {
  if (host.seedSource !== undefined) return host;
  const directory = [host.directory ?? './seeds'].flat().map((folder) => path.resolve(base, folder));
  return { ...host, directory };
}

/**
 * Finds database, migrations and manifests: `--url`, else the knexfile named or found, else `DATABASE_URL`, else its parts. With `--url` a
 * knexfile still says where the migrations are.
 *
 * @throws AdoptError `CONFIG.BAD_URL`, `CONFIG.BAD_KNEXFILE`, `CONFIG.UNSUPPORTED_DIALECT`, `CONFIG.NO_DATABASE` when two are named.
 */
export async function readSettings(context: Context, options: PlaceOptions): Promise<Settings> {
  const knexfile = await knexfileOf(context, options);
  if (options.env !== undefined && knexfile === null) {
    throw new AdoptError('CONFIG.BAD_KNEXFILE', 'There is no knexfile whose environment --env could name.', {
      hint: 'Name it with --knexfile PATH.',
    });
  }
  const target = targetOf(context, options, knexfile);
  for (const secret of target?.secrets ?? []) context.secrets.add(secret);
  const adopt = knexfile?.adopt ?? {};
  const { migrationSource, ...host } = knexfile?.config.migrations ?? {};
  const folders = foldersOf(context, options, knexfile, knexfile?.config.migrations ?? {});
  const base = knexfile === null ? context.cwd : path.dirname(knexfile.file);
  const manifests =
    options.manifests !== undefined
      ? path.resolve(context.cwd, options.manifests)
      : adopt.manifests !== undefined
        ? path.resolve(base, adopt.manifests)
        : path.join(folders[0] ?? path.resolve(base, 'migrations'), 'manifests');
  return {
    target,
    migrations: {
      ...host,
      ...(folders.length > 0 ? { directory: folders } : { migrationSource }),
    } as Knex.MigratorConfig,
    seeds: seedsOf(base, knexfile?.config.seeds),
    folders,
    manifests,
    schemas: options.schema ?? adopt.schemas ?? [],
    tableName: options.table ?? adopt.table ?? null,
    receipts: options.receipts ?? adopt.receipts,
    withoutRules: [...(adopt.withoutRules ?? []), ...(options.withoutRule ?? [])],
    adopt,
  };
}

/** The database, for commands that cannot do without. @throws AdoptError `CONFIG.NO_DATABASE` */
export function requireTarget({ target }: Settings): Target {
  if (target !== null) return target;
  throw new AdoptError('CONFIG.NO_DATABASE', 'No database is named.', {
    hint: 'Give --url URL, or --knexfile PATH, or set DATABASE_URL, or POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, POSTGRES_USER and POSTGRES_PASSWORD (or the same of MYSQL_).',
  });
}

/** The family that is meant where no database has to be there: that of the configured one, else the first that has manifests. */
export async function usualDialect({ target, manifests }: Settings): Promise<DialectName> {
  if (target !== null) return target.dialect;
  const folders: readonly string[] = await readdir(manifests).catch(() => []);
  return DIALECT_NAMES.find((name) => folders.includes(name)) ?? DIALECT_NAMES[0];
}
