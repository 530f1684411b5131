import type { Knex } from 'knex';
import { ownConnections } from '../../database/own-connections.ts';
import type { Session } from '../../database/session.ts';
import type { TableName } from '../../database/table-name.ts';
import type { IdTrouble, TableContents, TrackerAccess } from '../../database/tracker.ts';
import type { ServerInfo } from '../../schema/snapshot.ts';
import { clientOf, runOn } from './client.ts';
import { quoteName, quoteString } from './expression-tree.ts';
import { flavorOf } from './flavor.ts';
import { holds } from './grants.ts';
import { readGrants } from './visibility.ts';

const text = (table: TableName) => `${quoteName(table.schema)}.${quoteName(table.name)}`;

const SELF_QUERY = `select connection_id() as a, @@global.read_only as b, @@innodb_read_only as c`;

/** Members of a cluster see their own sessions only: Galera's and Group Replication's. */
const CLUSTER_QUERIES = [
  "show global status like 'wsrep_cluster_size'",
  "show global variables like 'group_replication_group_name'",
] as const;

const isSet = (value: string | null | undefined) =>
  value != null && value !== '' && value !== '0' && value.toUpperCase() !== 'OFF';

function ownThreadIds(knex: Knex): Set<string> {
  const ids = ownConnections(knex.client).map((connection): unknown => Reflect.get(connection, 'threadId'));
  return new Set(ids.filter((id) => typeof id === 'number').map(String));
}

async function findLockDoubts(
  session: Session,
  knex: Knex,
  lockTable: TableName,
): Promise<readonly string[]> {
  const [self = []] = await session.query(SELF_QUERY);
  if (isSet(self[1]) || isSet(self[2]))
    return ['this server is a replica, which does not see the sessions of the one that is written to'];
  for (const query of CLUSTER_QUERIES) {
    const [row] = await session.query(query);
    if (isSet(row?.[1])) return ['this server is a member of a cluster, and sees its own sessions only'];
  }
  const own = ownThreadIds(knex);
  if (!own.has(self[0] ?? ''))
    return ['the driver does not name its sessions: ours cannot be told from others'];
  // Id, user, host, database: without `FULL`, statements are cut off, and are not needed. Some servers keep a database's name as it was typed.
  const sessions = await session.query('show processlist');
  const found = sessions
    .filter(
      ([id, , , database]) =>
        database?.toLowerCase() === lockTable.schema.toLowerCase() && !own.has(id ?? ''),
    )
    .map(([id, user, host]) => `connection ${id} (${user}@${host})`);
  // Other users' sessions are shown to those with PROCESS only (8.0 manual, 15.7.7.29).
  const all = holds(await readGrants(session, false), 'PROCESS', lockTable.schema);
  return all ? found : [...found, 'this user does not see the sessions of other users (that takes PROCESS)'];
}

/** Whether the column makes ids; the counter itself cannot fall behind: writing a higher id moves it (measured on MariaDB 10.11; MySQL 8.0 manual, 17.6.1.6). */
const ID_QUERY = `select extra as a from information_schema.columns
  where table_schema = ? and table_name = ? and column_name = 'id'`;

async function findIdTrouble(session: Session, table: TableName): Promise<IdTrouble | null> {
  const [row] = await session.query(ID_QUERY, [table.schema, table.name]);
  if (row === undefined || /auto_increment/i.test(row[0] ?? '')) return null;
  return {
    problem: `The column id of ${table.name} has lost its AUTO_INCREMENT, so that Knex could record nothing.`,
    mend: null,
  };
}

async function readRows(
  session: Session,
  table: TableName,
  columns: readonly string[],
): Promise<TableContents> {
  // A TIMESTAMP is shown, and read, in the session's time zone.
  const [zone] = await session.query('select @@session.time_zone as a');
  const rows = await session.query(`select ${columns.map(quoteName).join(', ')} from ${text(table)}`);
  return { columns, rows, settings: [`set time_zone = ${quoteString(zone?.[0] ?? 'SYSTEM')}`] };
}

/** ER_LOCK_WAIT_TIMEOUT, which is also MariaDB's answer to NOWAIT, and ER_LOCK_NOWAIT of MySQL 8. */
const NOT_AVAILABLE: readonly unknown[] = [1205, 3572];

/** Rows and the gaps between them, so that nobody inserts either (8.0 manual, 17.7.1). */
async function hold(
  trx: Knex.Transaction,
  server: ServerInfo,
  tables: readonly TableName[],
): Promise<boolean> {
  const client = clientOf(trx);
  const wait = flavorOf(server).hasNowait() ? ' nowait' : '';
  try {
    for (const table of tables)
      await runOn(client, await client.acquireConnection(), `select * from ${text(table)} for update${wait}`);
    return true;
  } catch (error) {
    if (NOT_AVAILABLE.includes((error as { readonly errno?: unknown } | null)?.errno)) return false;
    throw error;
  }
}

async function run(trx: Knex.Transaction, sql: string): Promise<void> {
  const client = clientOf(trx);
  await runOn(client, await client.acquireConnection(), sql);
}

/** The MySQL family's part in judging and mending Knex's two tables. */
export const mysqlTracker: TrackerAccess = { findLockDoubts, findIdTrouble, readRows, hold, run };
