import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenDatabase, Target } from '../dialects/connect.ts';
import { dialectOf } from '../dialects/dialect-of.ts';
import type { Logger } from '../logger.ts';
import type { MigrationObserver } from '../migrations/knex-migrator.ts';
import { revisionOf } from '../migrations/migration.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.ts';
import { type PlaceOptions, readSettings, requireTarget, type Settings } from './config.ts';
import type { Context } from './context.ts';
import { knexLog } from './log.ts';

/** How long another process may keep an embedded database open before a command gives up. */
const EMBEDDED_WAIT_MS = 5_000;

/** Closing waits for connections that are being made; nobody waits for that after a failure. */
const MOST_CLOSING_MS = 2_000;

/** A command's workspace, and where it came from. */
export interface Opened {
  readonly workspace: Workspace;
  readonly settings: Settings;
}

export interface SessionOptions {
  readonly logger: Logger;
  /** Whether something may be under way that is better brought to its end than left: an interrupted reader is simply left. */
  readonly writes: boolean;
  /** Whether an embedded database that is not there is made, as where a fresh one is to be installed; none is by default. */
  readonly creates?: boolean | undefined;
  readonly embeddedWaitMs?: number | undefined;
}

/** Tells of each migration once it is through. */
export function logMigrations(logger: Logger): MigrationObserver {
  return {
    started: (name, direction) =>
      logger.debug({ event: 'running', migration: name, direction }, `running ${revisionOf(name)}`),
    finished: (name, direction, milliseconds) => {
      const ms = Math.round(milliseconds);
      const back = direction === 'down' ? 'back ' : '';
      logger.info(
        { event: 'ran', migration: name, direction, ms },
        `ran ${back}${revisionOf(name)} (${ms} ms)`,
      );
    },
  };
}

/** The options of a use case, out of settings. */
export function workspaceOptions(
  context: Context,
  settings: Settings,
  knex: WorkspaceOptions['knex'],
  logger: Logger,
): WorkspaceOptions {
  return {
    knex,
    ...(settings.folders.length === 0 ? {} : { migrations: settings.folders }),
    manifests: settings.manifests,
    ...(settings.schemas.length === 0 ? {} : { schemas: settings.schemas }),
    ...(settings.tableName === null ? {} : { tableName: settings.tableName }),
    receipts: settings.receipts,
    ...(settings.withoutRules.length === 0 ? {} : { withoutRules: settings.withoutRules }),
    logger,
    observer: logMigrations(logger),
    signal: context.signal,
  };
}

function interruption<T>(signal: AbortSignal): Promise<T> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The work's result, or an interruption as soon as it comes. What was begun is left to itself. */
export function orInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return Promise.race([work, interruption<T>(signal)]);
}

async function closed(database: OpenDatabase): Promise<void> {
  const done = new AbortController();
  const limit = sleep(MOST_CLOSING_MS, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([database.close(), limit]).finally(() => done.abort());
}

/**
 * Opens a database, works with it, and closes it whatever happens. A driver's error that nobody has translated is translated here.
 *
 * @throws AdoptError whatever opening and the work throw.
 */
export async function withDatabase<T>(
  context: Context,
  settings: Settings,
  target: Target,
  options: SessionOptions,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const database = await target.open({
    schemas: settings.schemas,
    migrations: settings.migrations,
    seeds: settings.seeds,
    log: knexLog(options.logger),
    embeddedWaitMs: options.embeddedWaitMs ?? EMBEDDED_WAIT_MS,
    create: options.creates ?? false,
    signal: context.signal,
  });
  try {
    const working = work(database);
    return await (options.writes ? working : orInterrupted(context.signal, working));
  } catch (error) {
    throw dialectOf(database.knex).translateError(error) ?? error;
  } finally {
    await closed(database);
  }
}

/** Finds everything, opens it, works, and closes. @throws AdoptError `CONFIG.*`, `MIGRATIONS.*`, and whatever the work throws. */
export async function withWorkspace<T>(
  context: Context,
  places: PlaceOptions,
  options: SessionOptions,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const settings = await readSettings(context, places);
  return withDatabase(context, settings, requireTarget(settings), options, async ({ knex }) =>
    work({
      workspace: await openWorkspace(workspaceOptions(context, settings, knex, options.logger)),
      settings,
    }),
  );
}

/** A workspace without a database, for commands that only read files. */
export async function openOffline(
  context: Context,
  settings: Settings,
  dialect: DialectName,
  logger: Logger,
): Promise<Workspace> {
  const { offlineKnex } = await import('../dialects/connect.ts');
  const knex = offlineKnex(dialect, settings.migrations);
  return openWorkspace(workspaceOptions(context, settings, knex, logger));
}
