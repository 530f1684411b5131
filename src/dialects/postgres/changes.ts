import type { Session } from '../../database/session.ts';
import type { Oid } from './raw-catalog.ts';
import { readRows } from './rows.ts';

/**
 * What of a catalog may have changed since it was last looked at, in one query.
 *
 * Every change of structure writes a row of a catalog, deletes one, or both. A row that was written since is known by its `xmin`: it belongs to a
 * transaction that was not over then. A row that was deleted is missing from the count. So where nothing was written and the count is the same,
 * nothing has changed. VACUUM and ANALYZE write in place and leave `xmin`. Rows are counted by the relation that they belong to; those of types,
 * functions and whatever else expressions may name, all together.
 *
 * In that the rows that initdb made are left out, this holds for what users make, which has oids from 16384 on (manual, 73.2.1).
 */

/** The rows of one relation, or of one group. */
interface Digest {
  readonly namespace: Oid;
  readonly kind: string;
  readonly count: string;
  /** Of a sequence that was written, the relation that one of its columns owns it. */
  readonly owner: Oid | null;
}

/** What was seen of the catalog at one moment. */
export interface Look {
  /** The oldest transaction that was not over and may write here. */
  readonly mark: string;
  readonly digests: ReadonlyMap<Oid, Digest>;
  /** Which of them have rows written since the look before. */
  readonly written: ReadonlySet<Oid>;
}

/** Since the look before. */
export interface Changes {
  /** Tables, views and the like of the schemas, by what happened to them. */
  readonly relations: ReadonlySet<Oid>;
  /** Sequences went, or came and are not owned by one of the relations. */
  readonly sequences: boolean;
  /** Something changed that anything else may name: a type, a function, a known sequence, a relation of another schema. */
  readonly names: boolean;
}

/**
 * The oldest transaction that was not over when this query began, or else the next. Those that run in other databases, as far as this role sees
 * whose they are, write nothing here, and on a busy server they would make all that was written lately look like written since.
 */
const MARK = `(select coalesce(min(x.id), txid_snapshot_xmax(txid_current_snapshot())) from txid_snapshot_xip(txid_current_snapshot()) x(id)
    where (x.id % 4294967296)::text not in
      (select a.backend_xid::text from pg_stat_activity a where a.backend_xid is not null and a.datname <> current_database()))`;

/** The group of everything that belongs to no relation. */
const BESIDE: Oid = '0';

const SEQUENCE = 'S';

/**
 * Catalogs whose rows belong to a relation, with a condition on them. Indexes and columns are in the query itself; setting or dropping a default
 * also writes `pg_attribute.atthasdef`.
 */
const OF_RELATIONS = [
  ['pg_constraint', 'conrelid'],
  ['pg_inherits', 'inhrelid'],
  ['pg_trigger', 'tgrelid', 'not x.tgisinternal'],
  ['pg_rewrite', 'ev_class'],
  ['pg_policy', 'polrelid'],
  ['pg_sequence', 'seqrelid'],
  ['pg_foreign_table', 'ftrelid'],
] as const;

/** Catalogs of what expressions and definitions may name. A type that a table brings with it goes with the table. */
const OF_NAMES = [
  ['pg_type', `x.oid >= 16384 and x.typtype <> 'c' and x.typelem = 0`],
  ['pg_enum', 'x.oid >= 16384'],
  ['pg_proc', 'x.oid >= 16384'],
  ['pg_operator', 'x.oid >= 16384'],
  ['pg_opclass', 'x.oid >= 16384'],
  ['pg_collation', 'x.oid >= 16384'],
  ['pg_ts_config', 'x.oid >= 16384'],
  ['pg_ts_dict', 'x.oid >= 16384'],
  ['pg_statistic_ext', 'true'],
  ['pg_constraint', 'x.contypid <> 0 and x.oid >= 16384'],
  ['pg_namespace', 'true'],
  ['pg_extension', 'true'],
  ['pg_language', 'true'],
  ['pg_am', 'true'],
  ['pg_foreign_server', 'true'],
  ['pg_depend', `x.refclassid = 'pg_extension'::regclass`],
] as const;

/**
 * Columns are most of the rows, and need not be counted: the row of a dropped one stays, written once more (manual, pg_attribute), until its
 * relation goes.
 *
 * On the way, the statements that follow are planned once for whatever values, until the transaction ends: otherwise those that are kept (see
 * `repeating`) are planned again every time that they ask for few relations, since that looks cheaper than what they cost in general.
 *
 * Rows: oid (or 0), schema oid, kind, count, whether any was written since, owner; with the row of 0 the mark of this look, and how many rows
 * belong to relations that have none written since. Bindings: the mark of the look before; whether relations are to be listed of which nothing
 * was written since.
 */
const LOOK_QUERY = `
with since as materialized (select age(?::xid) as age),
relation as materialized (
  select coalesce(i.indrelid, c.oid) as oid, least(age(c.xmin), age(i.xmin)) as age
  from pg_class c left join pg_index i on i.indexrelid = c.oid
  where c.oid >= 16384 and c.relkind <> 't'),
written as (
  select oid, age, 1 as counted from relation
${OF_RELATIONS.map(
  ([catalog, relation, condition = 'true']) =>
    `  union all select x.${relation}, age(x.xmin), 1 from ${catalog} x where x.${relation} >= 16384 and ${condition}`,
).join('\n')}
  union all select x.attrelid, age(x.xmin), 0 from pg_attribute x
    where x.attrelid >= 16384 and x.attnum > 0 and age(x.xmin) <= (select age from since)),
digest as materialized (
  select c.oid, c.relnamespace, c.relkind, w.count, w.written
  from (select oid, sum(counted) as count, bool_or(age <= (select age from since)) as written from written group by oid) w
  join pg_class c on c.oid = w.oid
  where c.relkind in ('r', 'p', 'f', 'm', 'v', 'c', '${SEQUENCE}') and c.relpersistence <> 't'),
beside as (
${OF_NAMES.map(([catalog, condition]) => `  select age(x.xmin) as age from ${catalog} x where ${condition}`).join(' union all\n')})
select c.oid::text, c.relnamespace::text, c.relkind::text, c.count::text, c.written::text,
  case when c.written and c.relkind = '${SEQUENCE}' then (select d.refobjid::text from pg_depend d where d.classid = 'pg_class'::regclass
    and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0 limit 1) end, null, null
from digest c where c.written or ?::boolean
union all
select '${BESIDE}', '0', '', count(*)::text, bool_or(age <= (select age from since))::text, null,
  (${MARK} % 4294967296)::text, (select coalesce(sum(count), 0) from digest where not written)::text
from beside, (select set_config('plan_cache_mode', 'force_generic_plan', false)) once`;

/**
 * Looks at the catalog.
 *
 * Rows come only for relations that were written. Of others, rows can only have gone: as long as together they have as many as they had, each
 * is as it was; else all are asked for.
 *
 * @param before null where nothing was looked at yet
 */
export async function lookAtCatalog(session: Session, before: Look | null): Promise<Look> {
  const ask = async (all: boolean): Promise<{ readonly look: Look; readonly resting: number }> => {
    // 3 is the first transaction id of all.
    const rows = await session.query(LOOK_QUERY, [before?.mark ?? '3', String(all)]);
    const digests = new Map<Oid, Digest>(all ? [] : before?.digests);
    const written = new Set<Oid>();
    let mark = '';
    let resting = '';
    readRows(rows, (field) => {
      const oid = field.must();
      const [namespace, kind, count] = [field.must(), field.must(), field.must()];
      if (field.boolean()) written.add(oid);
      digests.set(oid, { namespace, kind, count, owner: field.text() });
      mark = field.text() ?? mark;
      resting = field.text() ?? resting;
    });
    return { look: { mark, digests, written }, resting: Number(resting) };
  };
  if (before === null) return (await ask(true)).look;
  const { look, resting } = await ask(false);
  return resting === countOfResting(before, look.written) ? look : (await ask(true)).look;
}

/** How many rows the relations that were not written since had then. */
function countOfResting({ digests }: Look, written: ReadonlySet<Oid>): number {
  let sum = 0;
  for (const [oid, { count }] of digests) if (oid !== BESIDE && !written.has(oid)) sum += Number(count);
  return sum;
}

/** What changed between two looks, the second of which was taken with the mark of the first. @param schemas the oids of those that are read */
export function changesBetween(before: Look, now: Look, schemas: ReadonlySet<Oid>): Changes {
  const relations = new Set<Oid>();
  let names = false;
  const owners: (Oid | null)[] = [];
  const note = (oid: Oid, { namespace, kind, owner }: Digest, isKnown: boolean, isGone: boolean): void => {
    if (oid === BESIDE) names = true;
    else if (kind === SEQUENCE) {
      // A known one may have another name, which defaults print.
      if (isKnown && !isGone) names = true;
      owners.push(isGone ? null : owner);
    } else if (schemas.has(namespace)) relations.add(oid);
    else names = true;
  };
  for (const [oid, digest] of now.digests) {
    const known = before.digests.get(oid);
    if (known?.count !== digest.count || now.written.has(oid)) note(oid, digest, known !== undefined, false);
  }
  for (const [oid, digest] of before.digests) if (!now.digests.has(oid)) note(oid, digest, true, true);
  const sequences = owners.some((owner) => owner === null || !relations.has(owner));
  return { relations, sequences, names };
}
