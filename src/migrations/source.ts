import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';
import { compareText, sortedBy } from '../util/order.ts';
import { asMigration, evaluateMigration, importMigration, type MigrationModule } from './load-module.ts';
import { type Migration, revisionOf } from './migration.ts';

/** The user's migrations, in order, and what Knex needs to run them. */
export interface MigrationsSource {
  readonly migrations: readonly Migration[];
  /** Where they come from, for messages. */
  readonly origin: string;
  /** Loads one migration. @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID` */
  load(recordedName: string): Promise<MigrationModule>;
  /**
   * Evaluates one migration once more, but nothing that it imports; undefined where that would make the same. A source of the host's own has
   * none: it decides what it gives.
   */
  loadAgain?(recordedName: string): Promise<MigrationModule | undefined>;
}

/** Extensions that are loaded from a folder when the user names none. `.d.ts` files never are. */
export const LOAD_EXTENSIONS: readonly string[] = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts'];

export interface DirectoryOptions {
  /** Absolute paths. */
  readonly directories: readonly string[];
  /** As Knex's `sortDirsSeparately`: folders in the order given, each sorted on its own. */
  readonly sortDirsSeparately?: boolean | undefined;
  readonly loadExtensions?: readonly string[] | undefined;
}

async function filesOf(directory: string, extensions: readonly string[]): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    throw new AdoptError(
      'MIGRATIONS.MISSING',
      `The migrations folder ${directory} does not exist or cannot be read.`,
      {
        hint: 'Name the folder with --migrations DIR, or "migrations.directory" in the knexfile.',
        cause,
      },
    );
  }
  return names
    .filter((name) => extensions.includes(path.extname(name)) && !/\.d\.[cm]?ts$/.test(name))
    .sort(compareText)
    .map((name) => path.join(directory, name));
}

/** Two files for one revision (a stray compiled copy beside its source, mostly) would make the chain a matter of luck. */
function rejectDuplicates(migrations: readonly Migration[], origin: string): void {
  const seen = new Map<string, string>();
  for (const { revision, recordedName } of migrations) {
    const before = seen.get(revision);
    if (before !== undefined) {
      throw new AdoptError(
        'MIGRATIONS.DUPLICATE',
        `Revision ${revision} has two migrations in ${origin}: ${before} and ${recordedName}.`,
        {
          hint: 'Remove one of them; a compiled copy does not belong beside its source.',
        },
      );
    }
    seen.set(revision, recordedName);
  }
}

function checked(migrations: readonly Migration[], origin: string): readonly Migration[] {
  if (migrations.length === 0) {
    throw new AdoptError('MIGRATIONS.MISSING', `There are no migrations in ${origin}.`, {
      hint: 'Name the folder with --migrations DIR, or make a first migration with "knex-adopt create NAME".',
    });
  }
  rejectDuplicates(migrations, origin);
  return migrations;
}

/**
 * The migrations of one or more folders, named and ordered as Knex's own file source names and orders them: by file name in code-unit order
 * over all folders, unless they are sorted separately.
 *
 * @throws AdoptError `MIGRATIONS.MISSING` when a folder is not there or none holds a migration; `MIGRATIONS.DUPLICATE`.
 */
export async function directorySource(options: DirectoryOptions): Promise<MigrationsSource> {
  const extensions = options.loadExtensions ?? LOAD_EXTENSIONS;
  const lists = await Promise.all(options.directories.map((directory) => filesOf(directory, extensions)));
  const files =
    options.sortDirsSeparately === true
      ? lists.flat()
      : sortedBy(lists.flat(), (file) => path.basename(file));
  const origin = options.directories.join(', ');
  const byName = new Map(files.map((file) => [path.basename(file), file]));
  const migrations = files.map((file) => {
    const recordedName = path.basename(file);
    return { revision: revisionOf(recordedName), recordedName };
  });
  return {
    migrations: checked(migrations, origin),
    origin,
    load: async (recordedName) => importMigration(byName.get(recordedName) ?? recordedName),
    loadAgain: async (recordedName) => evaluateMigration(byName.get(recordedName) ?? recordedName),
  };
}

function badSource(what: string, cause?: unknown): AdoptError {
  return new AdoptError(
    'MIGRATIONS.LOAD',
    `The configured migrationSource cannot list its migrations: ${what}`,
    {
      hint: 'Mend the migrationSource in the Knex configuration.',
      cause,
    },
  );
}

/** What a migrations source lists, each with the name that Knex records. */
async function listed(
  source: Knex.MigrationSource<unknown>,
  loadExtensions: readonly string[],
): Promise<readonly (readonly [recordedName: string, item: unknown])[]> {
  let items: unknown;
  let names: readonly unknown[];
  try {
    items = await source.getMigrations(loadExtensions);
    names = Array.isArray(items) ? items.map((item) => source.getMigrationName(item)) : [];
  } catch (cause) {
    throw badSource((cause as Error).message, cause);
  }
  if (!Array.isArray(items)) throw badSource('getMigrations gives no list.');
  const list: readonly unknown[] = items;
  return names.map((name, index) => {
    if (typeof name !== 'string' || name === '') throw badSource('getMigrationName gives no name.');
    return [name, list[index]];
  });
}

/**
 * The migrations of a migrations source that the user wrote for Knex.
 *
 * @throws AdoptError `MIGRATIONS.LOAD` when the source cannot list them, or gives what are no names; `MIGRATIONS.MISSING`, `MIGRATIONS.DUPLICATE`.
 */
export async function customSource(
  source: Knex.MigrationSource<unknown>,
  loadExtensions: readonly string[] = [],
): Promise<MigrationsSource> {
  const origin = 'the configured migrationSource';
  const items = await listed(source, loadExtensions);
  const byName = new Map(items);
  const migrations = items.map(([recordedName]) => ({ revision: revisionOf(recordedName), recordedName }));
  return {
    migrations: checked(migrations, origin),
    origin,
    load: async (recordedName) => {
      let migration: unknown;
      try {
        migration = await source.getMigration(byName.get(recordedName));
      } catch (cause) {
        throw new AdoptError(
          'MIGRATIONS.LOAD',
          `Migration ${recordedName} does not load: ${(cause as Error).message}`,
          {
            hint: 'Mend the migration; nothing has been changed in the database.',
            cause,
          },
        );
      }
      return asMigration(recordedName, migration);
    },
  };
}
