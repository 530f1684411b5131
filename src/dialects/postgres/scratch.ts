import { randomBytes } from 'node:crypto';
import knexFactory, { type Knex } from 'knex';
import type { ScratchDatabase } from '../../database/dialect.ts';
import { AdoptError } from '../../errors.ts';
import { translateError } from './errors.ts';
import { flavorOf } from './flavor.ts';
import { createPgliteScratch } from './pglite.ts';
import { quoteIdentifier } from './quote.ts';
import { glance, read } from './session.ts';
import { delay } from './wait.ts';

/** Names of scratch databases begin so; whatever a crash left behind can be told by it. */
export const SCRATCH_PREFIX = 'knex_adopt_scratch_';

/**
 * A database of its own on the same server, in which a chain is replayed; on PGlite an instance of its own, in memory.
 *
 * Made from `template0`, so that nothing an administrator put into `template1` is in it. The host's default schema is made in it, because a
 * `searchPath` names it.
 *
 * @throws AdoptError `CONFIG.NO_DATABASE` when the role may not create databases; `CONNECT.*`
 */
export async function createScratch(knex: Knex): Promise<ScratchDatabase> {
  const host = await read(knex, { queries: 0 }, async (session) => {
    const [row] = await session.query(
      `select version(), current_setting('server_version_num'), coalesce(current_schema()::text, 'public')`,
    );
    return { version: row?.[0] ?? '', number: Number(row?.[1]), schema: row?.[2] ?? 'public' };
  });
  if (/wasm|emscripten|emcc/i.test(host.version)) return createPgliteScratch(knex.client.config);
  const database = `${SCRATCH_PREFIX}${randomBytes(8).toString('hex')}`;
  const forced = flavorOf(host.number).hasForcedDrop();
  await createDatabase(knex, database);
  const scratch = connectTo(knex, database);
  const prepare = async (): Promise<void> => {
    if (host.schema !== 'public') {
      const sql = `create schema if not exists ${quoteIdentifier(host.schema)}`;
      await glance(scratch, { queries: 0 }, (session) => session.query(sql));
    }
  };
  let removed: Promise<void> | undefined;
  const remove = (): Promise<void> => {
    removed ??= scratch.destroy().finally(() => dropDatabase(knex, database, forced));
    return removed;
  };
  try {
    await prepare();
  } catch (error) {
    await remove().catch(() => undefined);
    throw translateError(error) ?? error;
  }
  return {
    knex: scratch,
    beside: () => createScratch(knex),
    // Dropping the whole database is the only way that certainly leaves nothing, and takes some 20 to 60 ms.
    reset: async () => {
      await scratch.destroy();
      await dropDatabase(knex, database, forced);
      await createDatabase(knex, database);
      scratch.initialize();
      await prepare();
    },
    remove,
  };
}

async function createDatabase(knex: Knex, database: string): Promise<void> {
  try {
    await knex.raw(`create database ${quoteIdentifier(database)} template template0`);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === '42501') {
      throw new AdoptError(
        'CONFIG.NO_DATABASE',
        'This role may not create the scratch database that a replay needs.',
        {
          hint: 'Grant the role CREATEDB, or replay in an embedded database: npm install @electric-sql/pglite',
          cause: error,
        },
      );
    }
    throw translateError(error) ?? error;
  }
}

/** How often, and how many milliseconds apart, a drop is tried where it cannot be forced: a backend that was told to end takes a moment. */
const DROP_ATTEMPTS = 50;
const DROP_PAUSE_MS = 40;

/** `object_in_use` (manual, appendix A). */
const IN_USE = '55006';

async function dropDatabase(knex: Knex, database: string, forced: boolean): Promise<void> {
  const drop = `drop database if exists ${quoteIdentifier(database)}`;
  if (forced) {
    await knex.raw(`${drop} with (force)`);
    return;
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      await knex.raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = ?', [database]);
      await knex.raw(drop);
      return;
    } catch (error) {
      const inUse = typeof error === 'object' && error !== null && 'code' in error && error.code === IN_USE;
      if (!inUse || attempt === DROP_ATTEMPTS) throw error;
      await delay(DROP_PAUSE_MS);
    }
  }
}

/** A new Knex like the host's, on another database of the same server. */
function connectTo(knex: Knex, database: string): Knex {
  const config: Knex.Config = knex.client.config;
  const { migrations: _migrations, seeds: _seeds, ...rest } = config;
  return knexFactory({
    ...rest,
    pool: { min: 0, max: 2 },
    connection: withDatabase(config.connection, database),
  });
}

type Connection = Knex.Config['connection'];

/**
 * The same connection settings with another database: of a URL, of an object (with or without a `connectionString`, which would win), or of a
 * function that gives either.
 *
 * Copies property by property, because Knex hides the password from enumeration; nothing of it is ever put into a message.
 *
 * @throws AdoptError `CONFIG.BAD_URL` when a URL cannot be read; `CONFIG.NO_DATABASE` when there are no settings to copy
 */
export function withDatabase(connection: Connection, database: string): NonNullable<Connection> {
  if (typeof connection === 'string') return urlWithDatabase(connection, database);
  if (typeof connection === 'function') {
    return async () => {
      const given: Connection = await connection();
      const made = withDatabase(given, database);
      return typeof made === 'function' ? made() : Promise.resolve(made as Knex.StaticConnectionConfig);
    };
  }
  if (typeof connection !== 'object' || connection === null) {
    throw new AdoptError('CONFIG.NO_DATABASE', 'This Knex instance has no connection settings to copy.', {
      hint: 'Give it `connection` and not a ready-made pool, or replay in an embedded database.',
    });
  }
  const copy: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(connection)) copy[name] = Reflect.get(connection, name);
  const { connectionString } = copy;
  if (typeof connectionString === 'string')
    copy.connectionString = urlWithDatabase(connectionString, database);
  copy.database = database;
  return copy;
}

function urlWithDatabase(text: string, database: string): string {
  if (!URL.canParse(text)) {
    throw new AdoptError('CONFIG.BAD_URL', 'The connection string is not a URL.', {
      hint: 'Write postgres://user:password@host:5432/database, or give the settings as an object.',
    });
  }
  const url = new URL(text);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}
