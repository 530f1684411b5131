import type { Knex } from 'knex';
import { ownConnections } from '../../database/own-connections.ts';
import type { Session } from '../../database/session.ts';
import type { TableName } from '../../database/table-name.ts';
import type { IdTrouble, TableContents, TrackerAccess } from '../../database/tracker.ts';
import { quoteIdentifier, quoteQualified } from './quote.ts';
import { type DriverClient, rowsOf } from './session.ts';

const text = (table: TableName) => quoteQualified(table.schema, table.name);

/** Backend, and whether this server sees the sessions of those that write: a standby has its own only. */
const SELF_QUERY = `select pg_backend_pid()::text, pg_is_in_recovery()::text, version()`;

/**
 * The sessions of clients in this database whose user, or a role that it may become, may write the table. What a session is doing is shown to
 * its own user and to pg_read_all_stats only (manual, monitoring statistics); that it is there, and whose, to everybody. Its user is who logged
 * in, whatever it became since. Binding: the table.
 */
const SESSIONS_QUERY = `select a.pid::text, a.usename::text, a.application_name::text
from pg_stat_activity a
where a.datid = (select d.oid from pg_database d where d.datname = current_database())
  and a.usesysid is not null and coalesce(a.backend_type, 'client backend') = 'client backend'
  and exists (select from pg_roles r
    where pg_has_role(a.usesysid, r.oid, 'MEMBER') and has_table_privilege(r.oid, ?::regclass, 'UPDATE'))
order by a.pid`;

function ownProcessIds(knex: Knex): Set<string> {
  const ids = ownConnections(knex.client).map((connection): unknown => Reflect.get(connection, 'processID'));
  return new Set(ids.filter((id) => typeof id === 'number').map(String));
}

async function findLockDoubts(
  session: Session,
  knex: Knex,
  lockTable: TableName,
): Promise<readonly string[]> {
  const [self = []] = await session.query(SELF_QUERY);
  const [backend, standby, version] = self;
  // One session, and the folder's lock file keeps other processes out.
  if (/wasm|emscripten|emcc/i.test(version ?? '')) return [];
  if (standby === 'true') return ['this is a standby, which does not see the sessions of the primary'];
  const own = ownProcessIds(knex);
  if (!own.has(backend ?? ''))
    return [
      'a pooler, or a driver that does not name its sessions, is in between: ours cannot be told from others',
    ];
  const sessions = await session.query(SESSIONS_QUERY, [text(lockTable)]);
  return sessions
    .filter(([pid]) => !own.has(pid ?? ''))
    .map(([pid, user, application]) => {
      const name = application == null || application === '' ? '' : `, application ${application}`;
      return `backend ${pid} (role ${user}${name})`;
    });
}

/**
 * The sequence that the id's default or identity takes its numbers from, where it stands, and the highest id. A default's sequence is known by
 * what it depends on, an identity's by what depends on the column (manual, pg_depend). Binding: the table, three times.
 */
const sequenceQuery = (table: string) => `select quote_ident(n.nspname) || '.' || quote_ident(c.relname),
  has_sequence_privilege(c.oid, 'SELECT')::text, s.seqincrement::text, (select max(id)::text from ${table})
from (select ?::regclass as oid) t
left join lateral (
  select d.refobjid as oid from pg_attrdef ad
    join pg_attribute a on a.attrelid = ad.adrelid and a.attnum = ad.adnum and a.attname = 'id'
    join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid and d.refclassid = 'pg_class'::regclass
    join pg_class q on q.oid = d.refobjid and q.relkind = 'S'
    where ad.adrelid = t.oid
  union all
  select d.objid from pg_depend d
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and a.attname = 'id' and a.attidentity <> ''
    join pg_class q on q.oid = d.objid and q.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid and d.deptype = 'i'
  limit 1) found on true
left join pg_class c on c.oid = found.oid
left join pg_namespace n on n.oid = c.relnamespace
left join pg_sequence s on s.seqrelid = c.oid`;

const DEFAULT_QUERY = `select (a.atthasdef or a.attidentity <> '')::text from pg_attribute a
where a.attrelid = ?::regclass and a.attname = 'id' and not a.attisdropped`;

async function findIdTrouble(session: Session, table: TableName): Promise<IdTrouble | null> {
  const name = text(table);
  const [row = []] = await session.query(sequenceQuery(name), [name]);
  const [sequence, readable, increment, highest] = row;
  if (sequence == null) {
    const [made] = await session.query(DEFAULT_QUERY, [name]);
    if (made?.[0] !== 'false') return null;
    return {
      problem: `The column id of ${table.name} has no default, so that Knex could record nothing.`,
      mend: null,
    };
  }
  if (readable !== 'true' || highest == null) return null;
  const [[last = null, called = null] = []] = await session.query(
    `select last_value::text, is_called::text from ${sequence}`,
  );
  if (last === null) return null;
  const next = BigInt(last) + (called === 'true' ? BigInt(increment ?? '1') : 0n);
  if (next > BigInt(highest)) return null;
  const literal = `'${sequence.replaceAll("'", "''")}'`;
  return {
    problem: `The sequence ${sequence} would give the id ${next} next, and ids up to ${highest} are taken: what Knex records next would fail as a duplicate.`,
    mend: {
      sql: `select setval(${literal}, ${highest})`,
      undo: `select setval(${literal}, ${last}, ${called})`,
    },
  };
}

async function readRows(
  session: Session,
  table: TableName,
  columns: readonly string[],
): Promise<TableContents> {
  const list = columns.map(quoteIdentifier).join(', ');
  // Every value comes as the text that the server reads back, its times with their offset.
  return { columns, rows: await session.query(`select ${list} from ${text(table)}`), settings: [] };
}

/** `lock_not_available` (manual, appendix A). */
const NOT_AVAILABLE = '55P03';

/**
 * The weakest lock that nobody gets who has written a row and not committed, and that lets nobody write (manual, explicit locking): a Knex that
 * is at work in a transaction has written its lock row.
 */
async function hold(trx: Knex.Transaction, _server: unknown, tables: readonly TableName[]): Promise<boolean> {
  const client: DriverClient = trx.client;
  const sql = `lock table ${tables.map(text).join(', ')} in share row exclusive mode nowait`;
  try {
    await rowsOf(client, await client.acquireConnection(), sql, []);
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code === NOT_AVAILABLE) return false;
    throw error;
  }
}

async function run(trx: Knex.Transaction, sql: string): Promise<void> {
  const client: DriverClient = trx.client;
  await rowsOf(client, await client.acquireConnection(), sql, []);
}

/** PostgreSQL's part in judging and mending Knex's two tables. */
export const postgresTracker: TrackerAccess = { findLockDoubts, findIdTrouble, readRows, hold, run };
