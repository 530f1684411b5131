import knexFactory, { type Knex } from 'knex';
import type { ScratchDatabase } from '../database/dialect.ts';
import { AdoptError } from '../errors.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { parseConnectionUrl } from './connection-url.ts';
import { unsupportedClient } from './dialect-name.ts';
import { dialectNamed } from './dialect-of.ts';
import { afterCreateGiven, connectionGiven } from './host-functions.ts';
import { createPgliteScratch, openPglite, PGLITE_POOL } from './postgres/pglite.ts';

/** Shown by PostgreSQL in `pg_stat_activity`, unless the settings name another. */
const APPLICATION_NAME = 'knex-adopt';

/** How long one attempt to connect may take; node-postgres itself would wait for ever. mysql2's own default is the same. */
const CONNECT_TIMEOUT_MS = 10_000;

/** One connection for the lock, one for the work, and some to spare. */
const POOL: Knex.PoolConfig = { min: 0, max: 4 };

/** What it takes to open a database. */
export interface ConnectOptions {
  /** Where new tables go and names are looked up, on families that have a search path; empty: as the server decides. */
  readonly schemas: readonly string[];
  readonly migrations: Knex.MigratorConfig;
  readonly seeds: Knex.SeederConfig;
  /** Knex's own words go here, never to a stream. */
  readonly log: Knex.Logger;
  /** How long to wait for another process to let go of an embedded database, in milliseconds. */
  readonly embeddedWaitMs: number;
  /** Whether an embedded database is made where its folder is missing or empty. */
  readonly create: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A Knex instance that was made for us and is ours to close. */
export interface OpenDatabase {
  readonly knex: Knex;
  close(): Promise<void>;
}

/** A database that can be opened; nothing is opened yet. */
export interface Target {
  readonly dialect: DialectName;
  /** Whether it lives inside of this process, so that there is no server on which a scratch database could be made. */
  readonly embedded: boolean;
  /** What must never be shown. */
  readonly secrets: readonly string[];
  /**
   * @throws AdoptError `CONFIG.DRIVER_MISSING`; for an embedded database `CONNECT.IN_USE` when another process has it open, and
   * `CONNECT.NO_DATABASE` when it is not there and not to be made, or its folder holds other files.
   */
  open(options: ConnectOptions): Promise<OpenDatabase>;
}

const CLIENTS = { postgres: 'pg', mysql: 'mysql2' } as const satisfies Record<DialectName, string>;

/** Knex's names of its clients, and of their drivers. */
const DIALECT_OF_CLIENT: Readonly<Record<string, DialectName>> = {
  pg: 'postgres',
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql2: 'mysql',
};

function makeKnex(config: Knex.Config): Knex {
  const log: Knex.Logger = config.log ?? {};
  // Knex prints a missing driver with its stack before it throws; the failure below says it better.
  let making = true;
  const unlessMaking = (write: ((message: unknown) => void) | undefined) => (message: unknown) => {
    if (!making) write?.(message);
  };
  try {
    return knexFactory({
      ...config,
      log: {
        debug: unlessMaking(log.debug),
        warn: unlessMaking(log.warn),
        error: unlessMaking(log.error),
        deprecate: (method, alternative) => log.deprecate?.(method, alternative),
      },
    });
  } catch (cause) {
    const missing = /Knex: run\n\$ npm install (\S+)/.exec(cause instanceof Error ? cause.message : '')?.[1];
    if (missing === undefined) throw cause;
    throw new AdoptError('CONFIG.DRIVER_MISSING', `The package ${missing} is not installed.`, {
      hint: `Run: npm install ${missing}`,
      cause,
    });
  } finally {
    making = false;
  }
}

/** A Knex instance that is connected to nothing: for commands that only read files. */
export function offlineKnex(dialect: DialectName, migrations: Knex.MigratorConfig): Knex {
  return makeKnex({ client: CLIENTS[dialect], migrations, log: {} });
}

function openKnex(config: Knex.Config, dialect: DialectName, options: ConnectOptions): Knex {
  return makeKnex({
    ...config,
    ...(dialect === 'postgres' && options.schemas.length > 0 ? { searchPath: options.schemas } : {}),
    migrations: options.migrations,
    seeds: options.seeds,
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS * 1.5,
    log: options.log,
  });
}

function embeddedTarget(directory: string | null): Target {
  return {
    dialect: 'postgres',
    embedded: true,
    secrets: [],
    open: async (options) => {
      const database = await openPglite(directory, {
        create: options.create,
        waitMs: options.embeddedWaitMs,
        signal: options.signal,
      });
      try {
        const config = { client: CLIENTS.postgres, connection: database.connection, pool: PGLITE_POOL };
        const knex = openKnex(config, 'postgres', options);
        return { knex, close: () => knex.destroy().finally(() => database.close()) };
      } catch (error) {
        await database.close();
        throw error;
      }
    },
  };
}

function poolOf({ pool }: Knex.Config, dialect: DialectName): Knex.PoolConfig {
  const afterCreate = pool?.afterCreate;
  if (typeof afterCreate !== 'function') return { ...pool, ...POOL };
  const { translateError } = dialectNamed(dialect);
  return { ...pool, ...POOL, afterCreate: afterCreateGiven(afterCreate, translateError) };
}

function serverTarget(dialect: DialectName, config: Knex.Config, secrets: readonly string[]): Target {
  return {
    dialect,
    embedded: false,
    secrets,
    open: async (options) => {
      const knex = openKnex({ ...config, pool: poolOf(config, dialect) }, dialect, options);
      return { knex, close: () => knex.destroy() };
    },
  };
}

/** Settings for node-postgres with what it leaves out; whatever is given wins. */
function pgConnection(given: string | Knex.StaticConnectionConfig): Knex.StaticConnectionConfig {
  const settings: Record<string, unknown> = {
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: APPLICATION_NAME,
  };
  return Object.assign(settings, typeof given === 'string' ? { connectionString: given } : given);
}

/**
 * The database of a URL.
 *
 * @param directory what a relative PGlite directory is relative to.
 * @throws AdoptError `CONFIG.BAD_URL`
 */
export function urlTarget(text: string, directory: string): Target {
  const url = parseConnectionUrl(text, directory);
  switch (url.kind) {
    case 'pglite':
      return embeddedTarget(url.directory);
    case 'postgres':
      return serverTarget(
        'postgres',
        { client: CLIENTS.postgres, connection: pgConnection(url.url) },
        url.secrets,
      );
    case 'mysql':
      return serverTarget('mysql', { client: CLIENTS.mysql, connection: { ...url.settings } }, url.secrets);
  }
}

/** The parts of an address, as container images take them from the environment. */
export interface ConnectionParts {
  readonly host: string;
  readonly port: number | null;
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
}

/** The database at an address given in parts. */
export function partsTarget(dialect: DialectName, parts: ConnectionParts): Target {
  const connection: Knex.StaticConnectionConfig = {
    host: parts.host,
    ...(parts.port === null ? {} : { port: parts.port }),
    user: parts.user,
    ...(parts.password === null ? {} : { password: parts.password }),
    database: parts.database,
  };
  return serverTarget(
    dialect,
    {
      client: CLIENTS[dialect],
      connection: dialect === 'postgres' ? pgConnection(connection) : connection,
    },
    parts.password === null ? [] : [parts.password],
  );
}

/** What of connection settings must not be shown. */
function secretsOf(connection: unknown): string[] {
  if (typeof connection !== 'object' || connection === null) return [];
  const { password, connectionString } = connection as Readonly<Record<string, unknown>>;
  const url =
    typeof connectionString === 'string' && URL.canParse(connectionString)
      ? new URL(connectionString).password
      : '';
  return [password, url].filter((value): value is string => typeof value === 'string' && value !== '');
}

function dialectOfClient(client: Knex.Config['client']): DialectName {
  // A class of the user's own says through its prototype which driver it is for, as Knex's own clients do.
  const driver =
    typeof client === 'function'
      ? (client as { readonly prototype?: { readonly driverName?: unknown } }).prototype?.driverName
      : client;
  const dialect = DIALECT_OF_CLIENT[String(driver)];
  if (dialect !== undefined) return dialect;
  if (driver !== undefined) throw unsupportedClient(String(driver));
  throw new AdoptError('CONFIG.UNSUPPORTED_DIALECT', 'The Knex configuration names no client.', {
    hint: 'Name one: "pg" for PostgreSQL, "mysql2" for MySQL and MariaDB.',
  });
}

/**
 * The database of a Knex configuration, as a knexfile holds it; null when it says nothing of a connection.
 *
 * @param directory what a relative PGlite directory is relative to.
 * @throws AdoptError `CONFIG.UNSUPPORTED_DIALECT`; `CONFIG.BAD_URL` for a connection given as a URL.
 */
export function knexConfigTarget(config: Knex.Config, directory: string): Target | null {
  const { connection } = config;
  if (typeof connection === 'string' && (config.client === undefined || connection.startsWith('pglite:'))) {
    return urlTarget(connection, directory);
  }
  if (connection === undefined || connection === null) return null;
  const dialect = dialectOfClient(config.client);
  if (typeof connection === 'string') {
    // Read only to say what is wrong with it, and to know its password; the driver reads it again.
    const url = parseConnectionUrl(connection, directory);
    const secrets = url.kind === 'pglite' ? [] : url.secrets;
    return serverTarget(
      dialect,
      dialect === 'postgres' ? { ...config, connection: pgConnection(connection) } : config,
      secrets,
    );
  }
  const given = typeof connection === 'function' ? connectionGiven(connection) : connection;
  if (dialect !== 'postgres' || typeof config.client === 'function') {
    return serverTarget(dialect, { ...config, connection: given }, secretsOf(connection));
  }
  const complete: Knex.Config['connection'] =
    typeof given === 'function'
      ? async () => pgConnection(await given())
      : pgConnection(given as Knex.StaticConnectionConfig);
  return serverTarget(dialect, { ...config, connection: complete }, secretsOf(connection));
}

/** Families of which a database can be had without a server. */
const EMBEDDED_SCRATCH: Partial<Record<DialectName, () => Promise<ScratchDatabase>>> = {
  postgres: createPgliteScratch,
};

/**
 * How to make an embedded scratch database of a family; null where only a server will do.
 */
export function embeddedScratch(dialect: DialectName): (() => Promise<ScratchDatabase>) | null {
  return EMBEDDED_SCRATCH[dialect] ?? null;
}
