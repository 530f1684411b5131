import path from 'node:path';
import type { Knex } from 'knex';
import type { Dialect } from './database/dialect.ts';
import { isKnexName } from './database/knex-name.ts';
import { loadDialect } from './dialects/load-dialect.ts';
import { AdoptError } from './errors.ts';
import { DEFAULT_RECEIPTS_TABLE, type ReceiptAuthor } from './history/receipts.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { MigrationObserver } from './migrations/knex-migrator.ts';
import { customSource, directorySource, type MigrationsSource } from './migrations/source.ts';

import { VERSION } from './version.ts';

/** What every use case starts from. */
export interface WorkspaceOptions {
  /** The application's own instance: left open, and as found. */
  readonly knex: Knex;
  /** The migrations folder(s). Default: what the instance's own `migrations` configuration says, else `./migrations`. */
  readonly migrations?: string | readonly string[] | undefined;
  /** The manifests folder. Default: `manifests` in the (first) migrations folder. */
  readonly manifests?: string | undefined;
  /** Schemas to look at, the default one first. Default: the one where the connection puts new tables. */
  readonly schemas?: readonly string[] | undefined;
  /** Knex's history table. Default: the instance's `migrations.tableName`, else `knex_migrations`. */
  readonly tableName?: string | undefined;
  /** What this application is called, for the receipts. Default: it is not said. */
  readonly application?: string | undefined;
  /** Our own table, with a receipt for each adoption. Default: `knex_adoption`. */
  readonly receipts?: string | undefined;
  /** Equivalence rules that are not to count, by the names in `docs/formats.md`. Default: every rule counts. */
  readonly withoutRules?: readonly string[] | undefined;
  /** How long a probe beside the manifests may take, in milliseconds. Default: 10 seconds. */
  readonly probeLimitMs?: number | undefined;
  /** Any pino-compatible logger. Default: silence. */
  readonly logger?: Logger | undefined;
  /** Told of each migration that Knex runs. */
  readonly observer?: MigrationObserver | undefined;
  /** Stops waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** A {@link WorkspaceOptions} with everything decided. */
export interface Workspace {
  readonly knex: Knex;
  readonly dialect: Dialect;
  readonly source: MigrationsSource;
  readonly manifests: string;
  readonly schemas: readonly string[];
  readonly tableName: string;
  /** The schema that the user named for the history, or null. */
  readonly historySchema: string | null;
  /** Our own table of receipts. */
  readonly receipts: string;
  /** Who adopts, for the receipts. */
  readonly author: Pick<ReceiptAuthor, 'tool' | 'application'>;
  /** Equivalence rules that do not count, each once. */
  readonly withoutRules: readonly string[];
  readonly probeLimitMs?: number | undefined;
  readonly logger: Logger;
  readonly observer: MigrationObserver | undefined;
  readonly signal: AbortSignal | undefined;
}

function hostConfig(knex: Knex): Knex.MigratorConfig {
  return (knex.client.config.migrations as Knex.MigratorConfig | undefined) ?? {};
}

function directoriesOf(options: WorkspaceOptions, host: Knex.MigratorConfig): string[] {
  const given = options.migrations ?? host.directory ?? './migrations';
  return [given].flat().map((directory) => path.resolve(directory));
}

/**
 * Knex makes a second table beside its history, `…_lock`: one whose name is cut by the server it would not find again.
 *
 * @throws AdoptError `HISTORY.INVALID`
 */
function requireTableName(knex: Knex, dialect: Dialect, name: string): string {
  const problem = !isKnexName(knex, name)
    ? 'it writes it otherwise'
    : dialect.fitsName(`${name}_lock`)
      ? null
      : `${name}_lock is longer than a name may be`;
  if (problem === null) return name;
  throw new AdoptError(
    'HISTORY.INVALID',
    `Knex cannot have a history table with the name ${JSON.stringify(name)}: ${problem}.`,
    { hint: 'Name another with --table NAME, or "migrations.tableName" in the Knex configuration.' },
  );
}

/** Each rule once. An application that switches none off does not load their list. @throws AdoptError `USAGE.INVALID` */
async function knownRules(rules: readonly string[]): Promise<readonly string[]> {
  if (rules.length === 0) return [];
  const { requireRules } = await import('./equivalence-rules.ts');
  return requireRules(rules);
}

async function sourceOf(options: WorkspaceOptions): Promise<MigrationsSource> {
  const host = hostConfig(options.knex);
  const extensions = host.loadExtensions === undefined ? undefined : [...host.loadExtensions];
  return options.migrations === undefined && host.migrationSource !== undefined
    ? customSource(host.migrationSource, extensions)
    : directorySource({
        directories: directoriesOf(options, host),
        sortDirsSeparately: host.sortDirsSeparately,
        loadExtensions: extensions,
      });
}

async function decided(
  options: WorkspaceOptions,
  readSource: (options: WorkspaceOptions) => Promise<MigrationsSource>,
): Promise<Workspace> {
  const withoutRules = await knownRules(options.withoutRules ?? []);
  const source = await readSource(options);
  const host = hostConfig(options.knex);
  const dialect = await loadDialect(options.knex);
  return {
    knex: options.knex,
    dialect,
    source,
    manifests: path.resolve(
      options.manifests ?? path.join(directoriesOf(options, host)[0] ?? '.', 'manifests'),
    ),
    schemas: options.schemas ?? [],
    tableName: requireTableName(
      options.knex,
      dialect,
      options.tableName ?? host.tableName ?? 'knex_migrations',
    ),
    historySchema: host.schemaName ?? options.schemas?.[0] ?? null,
    receipts: requireTableName(options.knex, dialect, options.receipts ?? DEFAULT_RECEIPTS_TABLE),
    author: { tool: `knex-adopt ${VERSION}`, application: options.application ?? null },
    withoutRules,
    probeLimitMs: options.probeLimitMs,
    logger: options.logger ?? silentLogger,
    observer: options.observer,
    signal: options.signal,
  };
}

/**
 * Reads the migrations source and decides what was left to decide. Nothing is asked of the database.
 *
 * @throws AdoptError `USAGE.INVALID` for a rule that does not exist; `CONFIG.UNSUPPORTED_DIALECT`; `HISTORY.INVALID`; `MIGRATIONS.MISSING` · `MIGRATIONS.DUPLICATE` · `MIGRATIONS.LOAD`.
 */
export function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  return decided(options, sourceOf);
}

/**
 * A workspace for looking at a database that is held against no chain: its migrations are not looked for, and there need not be any.
 *
 * @throws AdoptError as {@link openWorkspace}, but for `MIGRATIONS.*`.
 */
export function openWithoutMigrations(options: WorkspaceOptions): Promise<Workspace> {
  const load = (recordedName: string) =>
    Promise.reject(
      new AdoptError('MIGRATIONS.LOAD', `There is no migration ${recordedName}.`, {
        hint: 'Name the folder with --migrations DIR.',
      }),
    );
  return decided(options, async () => ({ migrations: [], origin: 'no folder', load }));
}
