import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Observe } from '../../database/introspection.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { QueryCounter, Session, TextRow } from '../../database/session.ts';
import { boundedMemo } from '../../util/bounded-memo.ts';
import { translateError } from './errors.ts';
import { PATH_SETTING } from './place-queries.ts';

/**
 * The part of Knex's client that is used here. `client.query` runs a statement on a given connection without the host's
 * `postProcessResponse`, which would otherwise rewrite our rows, and still emits Knex's `query` event, so the host's log shows it.
 */
export interface DriverClient {
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<void>;
  /** Opens a connection that no pool knows. */
  acquireRawConnection(): Promise<object>;
  destroyRawConnection(connection: object): Promise<void>;
  query(
    connection: object,
    query: { sql: string; bindings: readonly unknown[]; options: object },
  ): Promise<{ response?: { rows?: unknown } }>;
}

/**
 * Hands every value on as the text that the server sent, whatever the host has done to `pg.types`. An empty list besides, because the
 * drivers' serializers take the same setting for the list of parameter types (`pg-protocol/src/serializer.ts`).
 */
const TEXT_TYPES = Object.assign([], { getTypeParser: () => (value: string | null) => value });

/** Backend process ids as the driver learnt them when it connected, by session; see `readServer`. */
const driverProcessIds = new WeakMap<Session, number>();

/** The process id in the driver's `BackendKeyData` for this session, or null where the driver has none (PGlite). */
export function driverProcessId(session: Session): number | null {
  return driverProcessIds.get(session) ?? null;
}

/** What is quoted, and places for values. */
const QUOTED_OR_PLACE = /"(?:[^"]|"")*"|'(?:[^']|'')*'|\?/g;

/** A statement as the driver takes it: `$1` for the first `?`, and so on. One in a quoted name is part of it, which Knex would not see. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replace(QUOTED_OR_PLACE, (piece) => {
    if (piece !== '?') return piece;
    count += 1;
    return `$${count}`;
  });
}

/**
 * Runs one statement on a connection of this client; gives its rows as text. Rejects with the driver's own error.
 *
 * Without bindings it is sent as it stands; with bindings each `?` that is not quoted is a place for one.
 *
 * @param name under which the server keeps the statement for the next time on this connection (`pg/lib/query.js`).
 */
export async function rowsOf(
  client: DriverClient,
  connection: object,
  sql: string,
  bindings: readonly unknown[],
  name?: string,
): Promise<readonly TextRow[]> {
  const text = bindings.length === 0 ? sql : numbered(sql);
  const named = name === undefined ? {} : { name };
  const options = { text, ...named, rowMode: 'array', types: TEXT_TYPES };
  const result = await client.query(connection, { sql, bindings, options });
  const rows = result.response?.rows;
  return Array.isArray(rows) ? rows : [];
}

interface SessionConnection {
  readonly client: DriverClient;
  readonly connection: object;
  readonly counter: QueryCounter;
}

const connections = new WeakMap<Session, SessionConnection>();

/**
 * Runs one statement that people wrote, as it stands: a `?` in it is no place for a value, values are `$1`, `$2`, …
 *
 * @param values at least one, because only then the driver uses the extended protocol (`pg/lib/query.js`), in which the server takes one
 * statement and no second.
 * @throws AdoptError whatever {@link translateError} makes of the driver's error; the driver's own error when it makes nothing.
 */
export async function queryAsWritten(
  session: Session,
  text: string,
  values: readonly [string, ...string[]],
): Promise<readonly TextRow[]> {
  const at = connections.get(session);
  if (at === undefined) return [];
  const options = { text, rowMode: 'array', types: TEXT_TYPES };
  try {
    const result = await at.client.query(at.connection, { sql: text, bindings: values, options });
    const rows = result.response?.rows;
    return Array.isArray(rows) ? rows : [];
  } catch (error) {
    throw translateError(error) ?? error;
  }
}

/** Counts queries and translates their errors. @param nameOf names for statements that the server is to keep. */
function queriesOf(
  { client, connection, counter }: SessionConnection,
  nameOf: (sql: string) => string | undefined,
): Session {
  return {
    async query(sql, bindings = []) {
      counter.queries += 1;
      try {
        return await rowsOf(client, connection, sql, bindings, nameOf(sql));
      } catch (error) {
        throw translateError(error) ?? error;
      }
    },
  };
}

/** The same name for the same text. The follower of a catalog asks some ten questions. */
const statementName = boundedMemo(
  (sql) => `knex_adopt_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`,
  100,
);

/**
 * The same session for questions that will be asked again and again on its connection: the server plans each of them a few times, then no more.
 * Not behind a pooler in transaction mode, which may hand the next question to a server process that does not know the statement.
 */
export function repeating(session: Session): Session {
  const at = connections.get(session);
  return at === undefined ? session : queriesOf(at, statementName);
}

/** A session over one connection. */
function sessionOn(client: DriverClient, connection: object, counter: QueryCounter): Session {
  const session = queriesOf({ client, connection, counter }, () => undefined);
  connections.set(session, { client, connection, counter });
  const processId: unknown = Reflect.get(connection, 'processID');
  if (typeof processId === 'number') driverProcessIds.set(session, processId);
  return session;
}

/**
 * Runs `work` with a session on a connection as it is: no transaction, no settings, no cost beside its queries.
 *
 * @throws AdoptError `CONNECT.*` when the server cannot be reached.
 */
export async function glance<T>(
  knex: Knex,
  counter: QueryCounter,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const client: DriverClient = knex.client;
  let connection: object;
  try {
    connection = await client.acquireConnection();
  } catch (error) {
    throw translateError(error) ?? error;
  }
  try {
    return await work(sessionOn(client, connection, counter));
  } finally {
    await client.releaseConnection(connection);
  }
}

/**
 * Settings that change how the catalog is printed (`versions.md` A7) and that keep a reader from waiting or from seeing half.
 *
 * - `search_path`: the default schema, then `pg_temp` last, so that no temporary table shadows a real one, and that what is printed names
 *   objects of the default schema without their schema: the same text in every default schema. Where there is no default schema the path is
 *   left empty: with `pg_temp` alone, asking for `current_schema()` would create it.
 * - {@link PATH_SETTING}: the schemas of the path before, which says what the application finds by a name alone.
 * - `row_security=off` turns silently missing rows into an error (manual, row security policies).
 * - `transaction_read_only`: for the savepoint in a transaction of the host's, which was begun read-write; undone with the savepoint.
 * - `jit`, `max_parallel_workers_per_gather`: the planner overestimates catalogs, and compiling or starting workers takes longer than the query.
 * - `lock_timeout`: `pg_get_expr` and its kin wait behind an ALTER TABLE in progress (`hazards.md` finding 8).
 */
const PIN_SETTINGS = pinning(true);

/** @param local for this transaction, otherwise for the session. */
function pinning(local: boolean): string {
  const settings = {
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    extra_float_digits: '1',
    quote_all_identifiers: 'off',
    bytea_output: 'hex',
    xmloption: 'content',
    lock_timeout: '3s',
    row_security: 'off',
    [local ? 'transaction_read_only' : 'default_transaction_read_only']: 'on',
    jit: 'off',
    max_parallel_workers_per_gather: '0',
  };
  return `select ${[
    `set_config('${PATH_SETTING}', array_to_json(current_schemas(false))::text, ${local})`,
    `set_config('search_path', coalesce(quote_ident(current_schema()) || ', pg_temp', ''), ${local})`,
    ...Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', ${local})`),
  ].join(', ')}`;
}

/**
 * Runs `work` in a read-only transaction at one snapshot, with {@link PIN_SETTINGS}, rolled back at the end whatever happens, so a pooled
 * connection goes back as it came. Inside a transaction given by the host the same is done in a savepoint: rolling back to it restores what
 * `SET LOCAL` changed (manual, SET).
 *
 * @throws AdoptError `CONNECT.*` when the server cannot be reached.
 */
export async function read<T>(
  knex: Knex,
  counter: QueryCounter,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const trx = await begin(knex);
  try {
    const client: DriverClient = trx.client;
    const connection = await client.acquireConnection();
    await rowsOf(client, connection, PIN_SETTINGS, []);
    return await work(sessionOn(client, connection, counter));
  } catch (error) {
    throw translateError(error) ?? error;
  } finally {
    // A connection that was lost cannot be rolled back, and the failure that says so is already on its way.
    await trx.rollback().catch(() => undefined);
  }
}

/**
 * Runs `work` with a way to read a database again and again while it is changed, by who awaits each reading before changing it again.
 *
 * It is a connection beside the pool, with the settings of {@link read} for as long as it lasts. There is no transaction, so that each query
 * sees what is committed when it begins, and a reading costs nothing but its queries. Where there is no such connection (an embedded database
 * has one session, and a pooler's are anybody's) each reading is a {@link read} on the connection that is offered.
 *
 * @throws AdoptError `CONNECT.*` when the server cannot be reached.
 */
export async function observe<T>(
  knex: Knex,
  counter: QueryCounter,
  facts: ServerFacts,
  work: (observe: Observe) => Promise<T>,
): Promise<T> {
  const client: DriverClient & { readonly pool?: { readonly max?: number } } = knex.client;
  if (facts.pooled || client.pool?.max === 1) {
    return work((offered, reading) => read(offered, counter, reading));
  }
  const connection = await client.acquireRawConnection().catch((error: unknown) => {
    throw translateError(error) ?? error;
  });
  try {
    await rowsOf(client, connection, pinning(false), []);
    const session = sessionOn(client, connection, counter);
    return await work((_offered, reading) => reading(session));
  } finally {
    await client.destroyRawConnection(connection);
  }
}

async function begin(knex: Knex): Promise<Knex.Transaction> {
  try {
    return knex.isTransaction
      ? await knex.transaction()
      : await knex.transaction({ isolationLevel: 'repeatable read', readOnly: true });
  } catch (error) {
    throw translateError(error) ?? error;
  }
}
