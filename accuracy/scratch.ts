import { setTimeout as sleep } from 'node:timers/promises';
import createKnex, { type Knex } from 'knex';
import type { DialectName } from '../src/schema/snapshot.ts';
import { type SqlConnection, withConnection } from '../test/support/sql-connection.ts';
import { createDatabase, uniqueName, withDatabase } from '../test/support/test-database.ts';
import { loadScript } from './load-script.ts';

/** An empty database that exists while it is worked with. */
export interface Scratch {
  readonly knex: Knex;
  readonly url: string;
  /** Loads a dump, in a session of its own: a dump leaves settings behind. @throws the driver's error */
  load(dump: string): Promise<void>;
  /** Runs statements as one message to the server. @throws the driver's error */
  run(sql: string): Promise<void>;
  /** The first column of each row. */
  list(sql: string): Promise<readonly string[]>;
}

/** Where scratch databases are made. */
export interface Server {
  readonly dialect: DialectName;
  readonly url: string;
  /** What the names of its scratch databases begin with. */
  readonly prefix: string;
}

/**
 * Which family a URL is of.
 *
 * @throws Error when it is of none.
 */
export function serverAt(url: string, prefix: string): Server {
  if (/^(?:postgres|postgresql|pglite):/.test(url)) return { dialect: 'postgres', url, prefix };
  if (/^(?:mysql|mariadb):/.test(url)) return { dialect: 'mysql', url, prefix };
  throw new Error('A server is named as postgres:, mysql:, mariadb: or pglite::memory:.');
}

/** Makes an empty database, works in it, and drops it whatever happens. */
export function withScratch<T>(server: Server, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  if (server.url.startsWith('pglite:')) return withPglite(work);
  return server.dialect === 'postgres' ? withPostgres(server, work) : withMysql(server, work);
}

type Use = <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>;

function scratchOn(knex: Knex, url: string, dialect: DialectName, use: Use): Scratch {
  return {
    knex,
    url,
    load: (dump) => use((connection) => loadScript(connection, dump, dialect)),
    run: (sql) => use((connection) => connection.script(sql)),
    list: (sql) =>
      use(async (connection) => (await connection.query(sql)).map((row) => String(Object.values(row)[0]))),
  };
}

/** One connection for all of it, which forgets after each use what was set: to begin one takes PostgreSQL longer than most statements. */
function keeping(connection: SqlConnection): Use {
  return async (work) => {
    try {
      return await work(connection);
    } finally {
      await connection.script('RESET ALL');
    }
  };
}

async function withPostgres<T>(
  { url: server, prefix }: Server,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const name = uniqueName(prefix);
  const url = withDatabase(server, name);
  await withConnection(server, ({ query }) =>
    query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`),
  );
  const knex = createKnex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  try {
    return await withConnection(url, (connection) =>
      work(scratchOn(knex, url, 'postgres', keeping(connection))),
    );
  } finally {
    await knex.destroy();
    await withConnection(server, (admin) => dropPostgres(admin, name));
  }
}

/** Written for PostgreSQL before 13 as well, which has no `DROP DATABASE … WITH (FORCE)`. */
async function dropPostgres(admin: SqlConnection, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.query(`DROP DATABASE ${name}`);
      return;
    } catch (error) {
      // A backend whose client has left may take a moment to end.
      if (attempt === 100) throw error;
      if (attempt === 20) {
        await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      }
      await sleep(10);
    }
  }
}

async function withMysql<T>(
  { url: server, prefix }: Server,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const name = uniqueName(prefix);
  const url = withDatabase(server.replace(/^mariadb:/, 'mysql:'), name);
  await withConnection(server, ({ query }) => query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  const knex = createKnex({ client: 'mysql2', connection: url, pool: { min: 0, max: 1 } });
  try {
    return await work(scratchOn(knex, url, 'mysql', (use) => withConnection(url, use)));
  } finally {
    await knex.destroy();
    await withConnection(server, ({ query }) => query(`DROP DATABASE ${name}`));
  }
}

/** One instance for each database; it holds one session only, so Knex and the dump share it. */
async function withPglite<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const database = await createDatabase('pglite');
  try {
    const connection = await database.connect();
    return await work(scratchOn(database.knex(), database.url, 'postgres', keeping(connection)));
  } finally {
    await database.dispose();
  }
}
