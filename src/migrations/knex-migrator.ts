import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import { namingOf, withNaming, withOwnConfig } from '../database/host-naming.ts';
import { schemaForKnex } from '../database/knex-name.ts';
import { queryBuilderOn, schemaBuilderAt } from '../database/knex-table.ts';
import type { TableName } from '../database/table-name.ts';
import { AdoptError, isAdoptError } from '../errors.ts';
import { beginMigration } from './last-begun.ts';
import type { MigrationModule } from './load-module.ts';
import type { MigrationsSource } from './source.ts';

/** Called around each migration that Knex runs. */
export interface MigrationObserver {
  started?(recordedName: string, direction: 'up' | 'down'): void;
  finished?(recordedName: string, direction: 'up' | 'down', milliseconds: number): void;
}

export interface RunOptions {
  readonly source: MigrationsSource;
  readonly historyTable: TableName;
  readonly observer?: MigrationObserver | undefined;
  /** What the family makes of an error of its driver: a connection that was lost says nothing of the migration that lost it. */
  readonly translateError: Dialect['translateError'];
}

/** Whether Knex runs this migration in a transaction; its own default is yes. */
export function isTransactional(migration: MigrationModule): boolean {
  return migration.config?.transaction !== false;
}

/**
 * Loads migrations that are about to be run, all of them, so that one that cannot be is found before anything has been written.
 *
 * @throws AdoptError `MIGRATIONS.LOAD`; `MIGRATIONS.INVALID` for one without a `down`, which Knex does not run either.
 */
export async function loadRunnable(
  source: MigrationsSource,
  recordedNames: readonly string[],
): Promise<readonly MigrationModule[]> {
  const modules: MigrationModule[] = [];
  for (const name of recordedNames) {
    const module = await source.load(name);
    if (typeof module.down !== 'function') {
      throw new AdoptError('MIGRATIONS.INVALID', `Migration ${name} has no function "down".`, {
        hint: 'Knex runs no migration without one: export an async function "down"; nothing has been changed in the database.',
      });
    }
    modules.push(module);
  }
  return modules;
}

interface KnexSource {
  readonly source: Knex.MigrationSource<string>;
  /** The migration that was running last, for naming a failure. */
  readonly running: () => string | null;
}

/**
 * Our source in Knex's words, cut off after the migrations given, so that `latest` means "up to there" on every Knex 3. Within a transaction of
 * ours Knex's migrator would run migrations without the host's naming, because the one that it opens does not know what was switched off.
 */
function knexSource(host: Knex, options: RunOptions, recordedNames: readonly string[]): KnexSource {
  const naming = namingOf(host.client.config);
  let running: string | null = null;
  const observe = (name: string, module: MigrationModule): MigrationModule => {
    const wrap = (direction: 'up' | 'down') => async (knex: Knex) => {
      running = name;
      beginMigration(name);
      options.observer?.started?.(name, direction);
      const start = performance.now();
      await withNaming(knex, naming, async () => module[direction]?.(knex));
      options.observer?.finished?.(name, direction, performance.now() - start);
    };
    return {
      up: wrap('up'),
      // Knex checks that there is a down before it runs anything; a migration without one stays without.
      ...(module.down === undefined ? {} : { down: wrap('down') }),
      ...(module.config === undefined ? {} : { config: module.config }),
    };
  };
  return {
    source: {
      getMigrations: async () => [...recordedNames],
      getMigrationName: (name) => name,
      getMigration: async (name) => observe(name, await options.source.load(name)),
    },
    running: () => running,
  };
}

/** What PostgreSQL says of an extension that is not installed on its machine; before 15, that its control file cannot be opened. */
const NO_EXTENSION = /extension "[^"]+" is not available|extension control file/;

function failure(
  cause: unknown,
  running: string | null,
  translateError: RunOptions['translateError'],
): unknown {
  if (isAdoptError(cause)) return cause;
  const translated = translateError(cause);
  if (translated?.code === 'CONNECT.LOST' && running !== null) {
    return new AdoptError(translated.code, `The connection was lost while migration ${running} ran.`, {
      ...(translated.hint === undefined ? {} : { hint: translated.hint }),
      cause,
      details: { migration: running },
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && cause.name === 'MigrationLocked') {
    return new AdoptError('LOCK.KNEX_HELD', `Knex's own migration lock could not be taken: ${reason}`, {
      hint: 'If no plain "knex migrate" is running, a dead one left it: run "knex-adopt repair-history" and try again.',
      cause,
    });
  }
  if (running === null) {
    return new AdoptError('MIGRATIONS.FAILED', `Knex could not run the migrations: ${reason}`, {
      hint: 'Mend what it names and run the same command again.',
      cause,
    });
  }
  return new AdoptError('MIGRATIONS.FAILED', `Migration ${running} failed: ${reason}`, {
    hint: NO_EXTENSION.test(reason)
      ? 'This server does not have that extension, and an embedded one has few: run the same command on one that has it, named with --url.'
      : 'Mend the migration or the database, look at "knex-adopt detect-state", and run the same command again.',
    cause,
    details: { migration: running },
  });
}

function config(knex: Knex, options: RunOptions, source: Knex.MigrationSource<string>): Knex.MigratorConfig {
  return {
    migrationSource: source,
    tableName: options.historyTable.name,
    // Undefined is said, because what is left out is taken from the host's configuration.
    schemaName: schemaForKnex(knex, options.historyTable.schema),
  } as Knex.MigratorConfig;
}

/**
 * Has Knex run every pending migration up to and including the last of `recordedNames`.
 *
 * @param recordedNames the chain, in order, cut off at the target.
 * @returns the recorded names of the migrations that ran.
 * @throws AdoptError `MIGRATIONS.FAILED` with the migration's name; `LOCK.KNEX_HELD` when Knex's own lock row is taken.
 */
export async function migrateUp(
  knex: Knex,
  options: RunOptions,
  recordedNames: readonly string[],
): Promise<readonly string[]> {
  return latest(knex, options, recordedNames, {});
}

async function latest(
  knex: Knex,
  options: RunOptions,
  recordedNames: readonly string[],
  settings: Knex.MigratorConfig,
): Promise<readonly string[]> {
  const { source, running } = knexSource(knex, options, recordedNames);
  try {
    const all = { ...config(knex, options, source), ...settings };
    const [, ran] = (await withOwnConfig(knex, () => knex.migrate.latest(all))) as [number, string[]];
    return ran;
  } catch (cause) {
    throw failure(cause, running(), options.translateError);
  }
}

/**
 * Has Knex run the migrations on an empty database, in one batch and each in a transaction of its own (but for those that want none), as if they
 * had been run one by one.
 *
 * @param look told after each migration how many are done, with the connection that goes on: the transaction of the next migration before that
 * has done anything, at the end the instance.
 * @throws AdoptError as {@link migrateUp}; whatever `look` throws.
 */
export async function migrateEach(
  knex: Knex,
  options: RunOptions,
  look: (done: number, knex: Knex) => Promise<void>,
): Promise<void> {
  const names = options.source.migrations.map((migration) => migration.recordedName);
  let failed: { readonly error: unknown } | undefined;
  const load = async (name: string): Promise<MigrationModule> => {
    const module = await options.source.load(name);
    const done = names.indexOf(name);
    const down = module.down?.bind(module);
    return {
      ...(down === undefined ? {} : { down }),
      config: { ...module.config, transaction: isTransactional(module) },
      up: async (connection) => {
        if (done > 0) {
          await look(done, connection).catch((error: unknown) => {
            failed = { error };
            throw error;
          });
        }
        await module.up(connection);
      },
    };
  };
  // Knex puts all of a batch into one transaction, unless told not to; what a migration says of itself then holds for it.
  const settings = { disableTransactions: true };
  try {
    await latest(knex, { ...options, source: { ...options.source, load } }, names, settings);
  } catch (error) {
    throw failed === undefined ? error : failed.error;
  }
  await look(names.length, knex);
}

/** The tables in which Knex keeps count while {@link migrateAlone} runs; in the schema of the history, beside it. */
export function ownCountTables(historyTable: TableName): readonly [TableName, TableName] {
  const { schema } = historyTable;
  // The history's own name may be as long as a name can be.
  const name = `knex_adopt_run_${createHash('sha256').update(historyTable.name).digest('hex').slice(0, 8)}`;
  return [
    { schema, name },
    { schema, name: `${name}_lock` },
  ];
}

/** Drops those of {@link ownCountTables} that are there. */
export async function clearOwnCount(knex: Knex, historyTable: TableName): Promise<void> {
  for (const table of ownCountTables(historyTable)) {
    await schemaBuilderAt(knex, table).dropTableIfExists(table.name);
  }
}

/** Recorded names of the migrations that {@link migrateAlone} has run to their end and not yet cleared away; null where it has left nothing. */
export async function readOwnCount(knex: Knex, historyTable: TableName): Promise<readonly string[] | null> {
  const [count] = ownCountTables(historyTable);
  if (!(await schemaBuilderAt(knex, count).hasTable(count.name))) return null;
  return queryBuilderOn(knex, count).pluck('name');
}

/**
 * Has Knex run migrations, whatever is recorded, and record nothing of them in the history: Knex keeps count in two tables of its own, which
 * are gone afterwards. What a killed process left of them is cleared away first.
 *
 * @param done told when they have run, while the count still says so.
 * @throws AdoptError as {@link migrateUp}.
 */
export async function migrateAlone(
  knex: Knex,
  options: RunOptions,
  recordedNames: readonly string[],
  done?: () => Promise<void>,
): Promise<void> {
  const [historyTable] = ownCountTables(options.historyTable);
  await clearOwnCount(knex, options.historyTable);
  await migrateUp(knex, { ...options, historyTable }, recordedNames);
  await done?.();
  await clearOwnCount(knex, options.historyTable);
}

/**
 * Has Knex undo the last recorded migration.
 *
 * @returns the recorded name of what was undone, null when there was nothing.
 * @throws AdoptError as {@link migrateUp}.
 */
export async function migrateDownOne(knex: Knex, options: RunOptions): Promise<string | null> {
  const names = options.source.migrations.map((migration) => migration.recordedName);
  const { source, running } = knexSource(knex, options, names);
  try {
    const down = () => knex.migrate.down(config(knex, options, source));
    const [, undone] = (await withOwnConfig(knex, down)) as [number, string[]];
    return undone[0] ?? null;
  } catch (cause) {
    throw failure(cause, running(), options.translateError);
  }
}
