import type { Flavor } from './flavor.ts';

/*
 * The texts of the catalog queries: here those for tables and what hangs on them. Every catalog is named without its schema: `pg_catalog` is
 * searched first (manual, the system catalog schema). No text holds a question mark but as a binding.
 *
 * Arrays are bound as one text: `{1,2}` for oids, JSON for names.
 */

/**
 * Which relations a query is about: all of some schemas, or some of them. Its bindings are oids of the one or of the other, in the same places.
 */
export type Scope = 'schemas' | 'relations';

/** A condition on the `pg_class` of this alias. */
function within(alias: string, scope: Scope): string {
  return `${alias}.${scope === 'schemas' ? 'relnamespace' : 'oid'} = any(?::oid[])`;
}

/** What extensions own is theirs (manual, pg_depend, deptype `e`). Read through the index on the referenced side, so it is small. */
export function notOfExtension(oid: string, catalog: string): string {
  return `${oid} not in (select d.objid from pg_depend d
    where d.refclassid = 'pg_extension'::regclass and d.classid = '${catalog}'::regclass and d.deptype = 'e')`;
}

/**
 * Tables, foreign tables, materialized views, views and composite types with their columns: one row per relation and one array per attribute of
 * its columns, which is cheaper than a row per column. Names, what is packed and modifiers are in one order, which is not promised to be that of
 * the columns. Packed into one number, because arrays are most of the cost, are type, column number and NOT NULL (`columnTypes` takes them
 * apart). The rest lists only the columns that have it, by number: a collation other than none (0) or the database's (100), identity and
 * generated. Privileges are looked up (25 ms at 10,000 tables) only where they are not plain: a superuser
 * has all, and so has an owner of what nobody granted or revoked.
 * Binding: oids of the scope.
 */
export function relationsQuery(scope: Scope): string {
  return `
select c.oid::text, c.relnamespace::text, c.relname::text, c.relkind::text,
  case when me.rolsuper or c.relowner = me.oid and c.relacl is null then 't' else has_table_privilege(c.oid, 'SELECT')::text end,
  x.names::text, x.columns::text, x.modifiers::text, x.collations, x.specials,
  concat_ws(' ', case when c.relrowsecurity then 'row-security' end, case when c.relforcerowsecurity then 'force-row-security' end,
    case when c.relpersistence = 'u' and c.relkind = 'r' then 'unlogged' end),
  case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
  case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end,
  case when c.reloftype <> 0 then format_type(c.reloftype, null) end
from pg_class c
join pg_roles me on me.rolname = current_user
cross join lateral (
  select array_agg(a.attname) as names, array_agg((a.atttypid::int8 << 17) + a.attnum * 2 + a.attnotnull::int) as columns,
    array_agg(a.atttypmod) as modifiers,
    string_agg(a.attnum || ':' || a.attcollation, ',') filter (where a.attcollation not in (0, 100)) as collations,
    string_agg(a.attnum || ':' || coalesce(nullif(a.attidentity::text, ''), '-') || a.attgenerated::text, ',')
      filter (where a.attidentity <> '' or a.attgenerated <> '') as specials
  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
) x
where ${within('c', scope)} and c.relkind in ('r', 'p', 'f', 'm', 'v', 'c') and c.relpersistence <> 't'
  and ${notOfExtension('c.oid', 'pg_class')}`;
}

/**
 * Defaults and generated expressions. Naming no relation is cheaper, and enough for what names no column, that is for all but generated columns.
 * Bindings: oids of the tables with generated columns, oids of the scope; of whole schemas besides the first and the last oid of relations to look at.
 */
export function defaultsQuery(scope: Scope): string {
  return `
select d.adrelid::text, d.adnum::text,
  case when d.adrelid = any(?::oid[]) then pg_get_expr(d.adbin, d.adrelid) else pg_get_expr(d.adbin, 0) end
from pg_attrdef d join pg_class c on c.oid = d.adrelid
where ${within('c', scope)} and c.relkind in ('r', 'p', 'f', 'v') and c.relpersistence <> 't'${
    scope === 'schemas' ? ' and d.adrelid between ?::oid and ?::oid' : ''
  }`;
}

/**
 * Constraints by their raw columns, with text only for checks and exclusions. What they have in common with others (`ConstraintShape`) is one
 * text, which is taken apart once for all of them, and the oids are another: a column of its own is a cast on the server and a value in the driver for
 * every row. NOT NULL (`n`, from 18) and constraint triggers (`t`) are left
 * out: the former are in `attnotnull`, the latter among the triggers; but a NOT NULL that is not validated is told apart.
 * Binding: oids of the scope.
 */
export function constraintsQuery(flavor: Flavor, scope: Scope): string {
  return `
select concat_ws(' ', k.oid, k.conrelid, k.contypid, k.confrelid, k.conindid, k.conparentid), k.conname::text,
  concat_ws('|', k.contype, coalesce(k.conkey, '{}'), coalesce(k.confkey, '{}'), k.confupdtype, k.confdeltype, k.confmatchtype,
    ${flavor.hasSetColumnLists() ? `coalesce(k.confdelsetcols, '{}')` : `'{}'`},
    case when k.condeferrable then 'deferrable' end, case when k.condeferred then 'deferred' end,
    case when not k.convalidated then 'not-valid' end, case when k.connoinherit and k.contype = 'c' then 'no-inherit' end
    ${flavor.hasEnforcementAndPeriods() ? `, case when not k.conenforced then 'not-enforced' end, case when k.conperiod then 'period' end` : ''}),
  case k.contype when 'c' then pg_get_expr(k.conbin, k.conrelid) when 'x' then pg_get_constraintdef(k.oid) end
from pg_constraint k
where k.${scope === 'schemas' ? 'connamespace' : 'conrelid'} = any(?::oid[])
  and (k.contype in ('p', 'u', 'f', 'x') or k.contype = 'c' or k.contype = 'n' and not k.convalidated)`;
}

/** Indexes by their raw columns, with text only for expressions and predicates, packed like constraints. Binding: oids of the scope. */
export function indexesQuery(flavor: Flavor, scope: Scope): string {
  return `
select concat_ws(' ', i.indexrelid, i.indrelid), c.relname::text,
  concat_ws('|', c.relam, i.indnkeyatts, i.indkey, i.indoption, i.indclass, i.indcollation,
    case when i.indisunique then 'unique' end, case when not i.indisvalid or not i.indisready or not i.indislive then 'invalid' end
    ${flavor.hasNullsNotDistinct() ? `, case when i.indnullsnotdistinct then 'nulls-not-distinct' end` : ''}),
  case when i.indexprs is not null then (select json_agg(pg_get_indexdef(i.indexrelid, p, false) order by p)::text
    from generate_series(1, i.indnkeyatts) p where i.indkey[p - 1] = 0) end,
  case when i.indpred is not null then pg_get_expr(i.indpred, i.indrelid) end,
  ${
    flavor.hasOperatorClassOptions()
      ? `case when c.relam <> 403 then (select string_agg(a.attnum || ' ' || a.attoptions::text, ', ' order by a.attnum)
    from pg_attribute a where a.attrelid = i.indexrelid and a.attoptions is not null) end`
      : 'null::text'
  }
from pg_index i join pg_class c on c.oid = i.indexrelid
where ${scope === 'schemas' ? 'c.relnamespace' : 'i.indrelid'} = any(?::oid[]) and c.relpersistence <> 't'`;
}

/** Named values as one JSON text, the payload of an object. */
export function jsonOf(...pairs: readonly (readonly [string, string])[]): string {
  return `json_build_object(${pairs.map(([name, expression]) => `'${name}', ${expression}`).join(', ')})::text`;
}

/**
 * What hangs on relations and has no field of its own: triggers, rules, policies, inheritance, and sequences. The printed form of triggers and
 * rules is the pretty one, because the other names the table's own schema whatever the search path. Bindings: oids of the scope, five times.
 *
 * Of whole schemas, a sequence that no column owns is a row of its own: kind `free-sequence`, oid, name, payload, schema oid. In one pass with the
 * others, since looking for each one's owner is what takes the time (10,000 sequences: 89 ms, in two passes 180). `offset 0` keeps the planner from
 * reading the defaults of all tables to answer for one sequence. An owned sequence comes with its name as defaults print it: whether the default
 * of its column names it is told by the text, since asking the server (`pg_depend`, for each one) takes a third of the query. What looking that name
 * up costs (`regclass`) is saved when the default is printed, which looks it up too.
 */
export function extrasQuery(scope: Scope): string {
  const ownership = `d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')`;
  const sequences =
    scope === 'schemas'
      ? `from pg_class c join pg_sequence s on s.seqrelid = c.oid left join pg_depend d on d.objid = c.oid and ${ownership}
where c.relkind = 'S' and c.relnamespace = any(?::oid[])
  and (d.refobjsubid > 0 or d.objid is null and c.relpersistence <> 't' and ${notOfExtension('c.oid', 'pg_class')})`
      : // What hangs on a few relations is found by the index, which a planner without statistics would not begin with.
        `from (select * from pg_depend d where d.refobjid = any(?::oid[]) and d.refobjsubid > 0 and ${ownership} offset 0) d
join pg_class c on c.oid = d.objid join pg_sequence s on s.seqrelid = c.oid`;
  return `
select 'trigger', t.tgrelid::text, t.tgname::text, pg_get_triggerdef(t.oid, true), t.tgenabled::text, null
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and ${within('c', scope)}
  and not exists (select from pg_depend d where d.classid = 'pg_trigger'::regclass and d.objid = t.oid and d.deptype in ('e', 'P'))
union all
select 'rule', r.ev_class::text, r.rulename::text, pg_get_ruledef(r.oid, true), r.ev_enabled::text, null
from pg_rewrite r join pg_class c on c.oid = r.ev_class
where r.rulename <> '_RETURN' and ${within('c', scope)}
union all
select 'policy', p.polrelid::text, p.polname::text,
  concat_ws(' ', case when p.polpermissive then 'permissive' else 'restrictive' end,
    case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    'to ' || array_to_string(array(select r.name from (select case when x = 0 then 'public' else pg_get_userbyid(x)::text end collate "C" from unnest(p.polroles) x) r(name)
      order by r.name), ', '),
    'using ' || pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_get_expr(p.polwithcheck, p.polrelid)), null, null
from pg_policy p join pg_class c on c.oid = p.polrelid
where ${within('c', scope)}
union all
select 'parent', i.inhrelid::text, null, i.inhparent::regclass::text, i.inhseqno::text, null
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where c.relkind in ('r', 'p', 'f') and ${within('c', scope)}
union all
select case when d.objid is null then 'free-sequence' else 'sequence' end,
  coalesce(d.refobjid, c.oid)::text, case when d.objid is null then c.relname::text else d.refobjsubid::text end,
  case when d.objid is null then ${jsonOf(
    ['type', 'format_type(s.seqtypid, null)'],
    ['start', 's.seqstart::text'],
    ['increment', 's.seqincrement::text'],
    ['minimum', 's.seqmin::text'],
    ['maximum', 's.seqmax::text'],
    ['cache', 's.seqcache::text'],
    ['cycle', 's.seqcycle'],
  )} else concat_ws(' ', case when s.seqincrement <> 1 then 'increment ' || s.seqincrement end, case when s.seqmin <> 1 then 'minimum ' || s.seqmin end,
    case when s.seqmax not in (2147483647, 9223372036854775807) then 'maximum ' || s.seqmax end, case when s.seqcycle then 'cycle' end) end,
  case when d.objid is null then c.relnamespace::text else d.deptype::text end,
  case when d.deptype = 'a' then c.oid::regclass::text end
${sequences}`;
}

/** What {@link partQuery} gives rows of, with how many columns the row of each has. */
const PART_WIDTHS = { relation: 14, extra: 6, constraint: 4, index: 6, default: 3 } as const;
export type PartKind = keyof typeof PART_WIDTHS;

/**
 * All of some relations: the rows of the queries above, each behind its {@link PartKind} and filled up with NULLs. One query, because asking
 * costs more than answering where it is about a few relations.
 *
 * Each of its places takes the oids of these relations.
 */
export function partQuery(flavor: Flavor): { readonly sql: string; readonly places: number } {
  const queries: Readonly<Record<PartKind, string>> = {
    relation: relationsQuery('relations'),
    extra: extrasQuery('relations'),
    constraint: constraintsQuery(flavor, 'relations'),
    index: indexesQuery(flavor, 'relations'),
    default: defaultsQuery('relations'),
  };
  const widest = Math.max(...Object.values(PART_WIDTHS));
  const parts = Object.entries(queries).map(([kind, sql]) => {
    const missing = widest - PART_WIDTHS[kind as PartKind];
    return `select '${kind}', part.*${', null'.repeat(missing)} from (${sql}) part`;
  });
  const sql = parts.join('\nunion all\n');
  return { sql, places: sql.split('?').length - 1 };
}
