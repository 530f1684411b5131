import type { CatalogWatch } from '../../database/introspection.ts';
import type { Session, TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';

/**
 * Whether the catalog held still while it was read.
 *
 * Reading at one snapshot does not give one picture: `format_type`, `pg_get_expr` and their kin look names up as they are now, not as the snapshot
 * has them (`hazards.md` finding 7). So it is proved afterwards that nothing was committed meanwhile, in the cheapest order:
 *
 * 1. The set of finished transactions is the same (`txid_current_snapshot()`): nothing at all was committed. Costs nothing, and holds on every
 *    database that nobody writes to at that moment.
 * 2. No catalog row of these schemas was written by a transaction that was not over when the watch was opened, and none is gone. A row version
 *    is named by its `xmin`, whatever was changed in it; VACUUM and ANALYZE write in place and leave it. Rows that go without another one
 *    being written are counted.
 *
 * Transactions begun before the watch and still running then make every row written since the oldest of them suspect, though its change may
 * have been committed before. That, TRUNCATE, GRANT and the like are answered with "may have changed", and who asks reads again and compares.
 */

/** Catalogs whose rows name their schema. All of them are counted: a dropped thing leaves no row behind. */
const IN_SCHEMA = [
  ['pg_class', 'relnamespace'],
  ['pg_constraint', 'connamespace'],
  ['pg_type', 'typnamespace'],
  ['pg_proc', 'pronamespace'],
  ['pg_statistic_ext', 'stxnamespace'],
] as const;

/** Catalogs whose rows hang on a relation. */
const ON_RELATION = [
  // Dropped columns stay as rows, and others go with their relation.
  { catalog: 'pg_attribute', relation: 'attrelid', counted: false },
  // Setting or dropping a default also writes `atthasdef`.
  { catalog: 'pg_attrdef', relation: 'adrelid', counted: false },
  { catalog: 'pg_index', relation: 'indrelid', counted: false },
  { catalog: 'pg_sequence', relation: 'seqrelid', counted: false },
  { catalog: 'pg_foreign_table', relation: 'ftrelid', counted: false },
  { catalog: 'pg_inherits', relation: 'inhrelid', counted: true },
  { catalog: 'pg_trigger', relation: 'tgrelid', counted: true },
  { catalog: 'pg_rewrite', relation: 'ev_class', counted: true },
  { catalog: 'pg_policy', relation: 'polrelid', counted: true },
] as const;

const RELATIONS = 'select c.oid from pg_class c where c.relnamespace in (select oid from scope)';

/** Common to both queries. Binding: schema names as JSON. */
const SCOPE = `scope as materialized (
  select n.oid, n.xmin from pg_namespace n where n.nspname = any(array(select json_array_elements_text(?::json))))`;

const COUNTS = `concat_ws(' ', ${[
  "(select string_agg(oid::text, ',' order by oid) from scope)",
  ...IN_SCHEMA.map(
    ([catalog, schema]) => `(select count(*) from ${catalog} x where x.${schema} in (select oid from scope))`,
  ),
  ...ON_RELATION.filter(({ counted }) => counted).map(
    ({ catalog, relation }) =>
      // The triggers of foreign keys go with their constraints.
      `(select count(*) from ${catalog} x where ${catalog === 'pg_trigger' ? 'not x.tgisinternal and ' : ''}x.${relation} in (${RELATIONS}))`,
  ),
].join(', ')})`;

/**
 * What other sessions hold that only changing the structure takes (manual, explicit locking), or that creating a relation in a schema takes (the
 * schema itself). Left out: vacuuming and analysing, also by workers, which have no user; refreshing a materialized view; locks that are only
 * waited for, since nothing was done under them. A prepared transaction has no process.
 */
const IN_PROGRESS = `(
  select json_agg(distinct concat_ws(', ', case when l.pid is null then 'a prepared transaction' else 'backend ' || l.pid end,
    'application ' || nullif(a.application_name, ''), 'role ' || a.usename, coalesce(l.mode || ' on ' || c.relname::text, 'creating a relation')))::text
  from pg_locks l
  left join pg_stat_activity a on a.pid = l.pid
  left join pg_class c on c.oid = l.relation and l.locktype = 'relation'
  where l.granted and l.pid is distinct from pg_backend_pid()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
    and (l.locktype = 'relation' and c.relkind <> 'm' and c.relnamespace in (select oid from scope)
        and l.mode in ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock')
      or l.locktype = 'object' and l.classid = 'pg_namespace'::regclass and l.objid in (select oid from scope))
    and (l.pid is null or a.usesysid is not null)
    and coalesce(a.query, '') !~* '^\\s*(vacuum|analyze)\\M'
    and not exists (select from pg_stat_progress_vacuum p where p.pid = l.pid))`;

/** One row: the snapshot, the counts, who is changing something. Binding: schema names as JSON. */
const OPEN_QUERY = `with ${SCOPE} select txid_current_snapshot()::text, ${COUNTS}, ${IN_PROGRESS}`;

/**
 * One row: whether the snapshot, the counts or any row changed. `age` is a number that can be compared, which transaction ids cannot; frozen
 * rows keep the id they had, which may look like one to come, and are told by the upper end. Bindings: schema names as JSON, snapshot, snapshot,
 * counts.
 */
const CHANGED_QUERY = `with ${SCOPE}, suspect as materialized (
  select age((txid_snapshot_xmax(txid_current_snapshot()) % 4294967296)::text::xid) as newest,
    age((txid_snapshot_xmin(?::txid_snapshot) % 4294967296)::text::xid) as oldest)
select case when txid_current_snapshot()::text = ? then 'no' when ${COUNTS} <> ? then 'yes' when ${[
  `exists (select from scope x where ${suspect('x')})`,
  ...IN_SCHEMA.map(
    ([catalog, schema]) =>
      `exists (select from ${catalog} x where ${suspect('x')} and x.${schema} in (select oid from scope))`,
  ),
  ...ON_RELATION.map(
    ({ catalog, relation }) =>
      `exists (select from ${catalog} x where ${suspect('x')} and x.${relation} in (${RELATIONS}))`,
  ),
  `exists (select from pg_enum x where ${suspect('x')}
    and x.enumtypid in (select t.oid from pg_type t where t.typnamespace in (select oid from scope)))`,
].join('\n  or ')} then 'yes' else 'no' end`;

function suspect(row: string): string {
  return `age(${row}.xmin) <= (select oldest from suspect) and age(${row}.xmin) >= (select newest from suspect)`;
}

function requireNobody([, , inProgress]: TextRow): void {
  if (inProgress == null) return;
  const sessions = JSON.parse(inProgress) as readonly string[];
  throw new AdoptError(
    'DETECT.UNSTABLE',
    `Another session is changing the schema and has not committed: ${sessions.slice(0, 3).join('; ')}.`,
    {
      hint: 'Let the other migration or DDL finish, then run the command again.',
      details: { sessions },
    },
  );
}

/** @throws AdoptError `DETECT.UNSTABLE` when another session has uncommitted DDL in one of the schemas */
export async function watchCatalog(session: Session, schemas: readonly string[]): Promise<CatalogWatch> {
  const names = JSON.stringify(schemas);
  const [row = []] = await session.query(OPEN_QUERY, [names]);
  requireNobody(row);
  const [snapshot = null, counts = null] = row;
  return {
    hasChanged: async (later) => {
      const [answer] = await later.query(CHANGED_QUERY, [names, snapshot, snapshot, counts]);
      return answer?.[0] !== 'no';
    },
  };
}
