import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import createKnex, { type Knex } from 'knex';
import { pgliteTemplate } from './pglite-template.ts';
import { serverUrls } from './server-urls.ts';
import { openConnection, type SqlConnection, withConnection } from './sql-connection.ts';

/** What a test database runs on. `mysql` is a MariaDB unless `TEST_MYSQL_URL` says otherwise; `pglite` is a PostgreSQL inside the process. */
export type Family = 'postgres' | 'mysql' | 'pglite';

/** An empty database of its own, for one test or one test file. */
export interface TestDatabase {
  readonly family: Family;
  readonly name: string;
  /** As the command line takes it. The user in it may do everything. */
  readonly url: string;
  /** A new Knex instance on this database; destroyed by `dispose` at the latest. */
  knex(config?: Knex.Config): Knex;
  /** A connection by the bare driver; the caller closes it. */
  connect(): Promise<SqlConnection>;
  /** Has something done before the database is removed. */
  defer(cleanup: () => Promise<void>): void;
  /** Destroys the Knex instances and removes the database, whoever is still connected. May be called twice. */
  dispose(): Promise<void>;
}

/** How to make a test database. */
export interface DatabaseOptions {
  /**
   * `pglite` only: keep the data in a temporary folder, which `url` names, instead of in memory. Nothing is opened before it is used, and
   * `release` closes it, because two processes on one folder destroy it.
   */
  readonly onDisk?: boolean;
  /** `postgres` only: a database to begin with, which nobody is connected to. Default: an empty one. */
  readonly template?: string;
  /** Not `pglite`: the URL of another server than the run's. */
  readonly server?: string | undefined;
}

/** A PGlite database, which only one process at a time may have open. */
export interface PgliteDatabase extends TestDatabase {
  /** The instance; opened when it is not. */
  open(): Promise<PGlite>;
  /** Destroys the Knex instances and closes PGlite; an on-disk database may then be opened by another process, and again by this one. */
  release(): Promise<void>;
}

/**
 * Makes an empty database with a unique name. On PostgreSQL everything that runs in it is logged, for `statementsDuring`; on the MySQL
 * family its character set is utf8mb4.
 *
 * @throws the driver's error when the server does not let us.
 */
export async function createDatabase(family: 'pglite', options?: DatabaseOptions): Promise<PgliteDatabase>;
export async function createDatabase(family: Family, options?: DatabaseOptions): Promise<TestDatabase>;
export async function createDatabase(family: Family, options: DatabaseOptions = {}): Promise<TestDatabase> {
  switch (family) {
    case 'postgres':
      return createPostgres(options.server ?? (await serverUrls()).postgres, options.template);
    case 'mysql':
      return createMysql(options.server ?? (await serverUrls()).mysql);
    case 'pglite':
      return createPglite(options.onDisk === true);
  }
}

/** A name that no other run has, without characters that need quoting or are wildcards in GRANT. */
export function uniqueName(prefix: string): string {
  return `${prefix}${randomBytes(6).toString('hex')}`;
}

/** The same server and user, another database. */
export function withDatabase(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  return result.href;
}

/** What the families have in common: the Knex instances and the order of leaving. */
function manage(
  makeKnex: (config: Knex.Config) => Knex,
  remove: () => Promise<void>,
): Pick<TestDatabase, 'knex' | 'defer' | 'dispose'> & { destroyKnex(): Promise<void> } {
  const instances: Knex[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  let disposed: Promise<void> | undefined;
  const destroyKnex = async () => {
    await Promise.all(instances.splice(0).map((instance) => instance.destroy()));
  };
  return {
    destroyKnex,
    knex: (config = {}) => {
      const instance = makeKnex(config);
      instances.push(instance);
      return instance;
    },
    defer: (cleanup) => {
      cleanups.push(cleanup);
    },
    dispose: () => {
      disposed ??= (async () => {
        await destroyKnex();
        for (const cleanup of cleanups.reverse()) {
          await cleanup();
        }
        await remove();
      })();
      return disposed;
    },
  };
}

async function createPostgres(server: string, template = 'template0'): Promise<TestDatabase> {
  const name = uniqueName('t');
  const url = withDatabase(server, name);
  await withConnection(server, async ({ query }) => {
    await query(`CREATE DATABASE ${name} TEMPLATE ${template} ENCODING 'UTF8'`);
    await query(`ALTER DATABASE ${name} SET log_statement = 'all'`);
  });
  const { knex, defer, dispose } = manage(
    (config) => createKnex({ client: 'pg', connection: url, pool: { min: 0, max: 5 }, ...config }),
    () => dropPostgres(server, name),
  );
  return { family: 'postgres', name, url, knex, defer, dispose, connect: () => openConnection(url) };
}

/** Written for PostgreSQL before 13 as well, which has no `DROP DATABASE … WITH (FORCE)`. */
async function dropPostgres(server: string, name: string): Promise<void> {
  await withConnection(server, async ({ query }) => {
    await query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    for (let attempt = 1; ; attempt += 1) {
      await query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      try {
        await query(`DROP DATABASE ${name}`);
        return;
      } catch (error) {
        // A backend that was told to end may take a moment.
        if (attempt === 50) {
          throw error;
        }
        await sleep(40);
      }
    }
  });
}

async function createMysql(server: string): Promise<TestDatabase> {
  const name = uniqueName('t');
  const url = withDatabase(server, name);
  await withConnection(server, ({ query }) => query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  const { knex, defer, dispose } = manage(
    (config) => createKnex({ client: 'mysql2', connection: url, pool: { min: 0, max: 5 }, ...config }),
    () => dropMysql(server, name),
  );
  return { family: 'mysql', name, url, knex, defer, dispose, connect: () => openConnection(url) };
}

async function dropMysql(server: string, name: string): Promise<void> {
  await withConnection(server, async ({ query }) => {
    const holders = await query(`SELECT id FROM information_schema.processlist WHERE db = '${name}'`);
    for (const { id, ID } of holders) {
      // It may have ended since it was listed.
      await query(`KILL ${id ?? ID}`).catch(() => {});
    }
    await query(`DROP DATABASE ${name}`);
  });
}

async function createPglite(onDisk: boolean): Promise<PgliteDatabase> {
  const name = uniqueName('t');
  const folder = onDisk ? await mkdtemp(join(tmpdir(), 'knex-adopt-pglite-')) : undefined;
  // Given once: what is on disk is not to be overwritten by it.
  let template: Blob | undefined = await pgliteTemplate();
  let instance: PGlite | undefined;
  const current = () => {
    if (instance === undefined) {
      const options = template === undefined ? {} : { loadDataDir: template };
      instance = folder === undefined ? new PGlite(options) : new PGlite(join(folder, 'data'), options);
      template = undefined;
    }
    return instance;
  };
  const close = async () => {
    const closing = instance;
    instance = undefined;
    await closing?.close();
  };
  const { knex, defer, dispose, destroyKnex } = manage(
    // One session only: a second connection would share the first one's transaction.
    (config) =>
      createKnex({
        client: 'pg',
        connection: createPgConfig(current()),
        pool: { min: 0, max: 1 },
        ...config,
      }),
    async () => {
      await close();
      if (folder !== undefined) {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
  const open = async () => {
    const opened = current();
    await opened.waitReady;
    return opened;
  };
  return {
    family: 'pglite',
    name,
    url: folder === undefined ? 'pglite::memory:' : `pglite:${join(folder, 'data')}`,
    knex,
    defer,
    dispose,
    open,
    release: async () => {
      await destroyKnex();
      await close();
    },
    connect: async () => {
      const opened = await open();
      return {
        query: async (sql) => (await opened.query<Record<string, unknown>>(sql)).rows,
        script: async (sql) => {
          await opened.exec(sql);
        },
        close: async () => {},
      };
    },
  };
}

/**
 * Runs an SQL text of any number of statements, as `psql` or `mysql` would run a file. It may not contain the clients' own commands
 * (`\\copy`, `DELIMITER`).
 *
 * @throws the driver's error of the first statement that failed.
 */
export async function runSql(database: TestDatabase, sql: string): Promise<void> {
  const connection = await database.connect();
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
}
