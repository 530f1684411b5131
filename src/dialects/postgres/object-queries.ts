import type { Flavor } from './flavor.ts';
import { jsonOf, notOfExtension } from './queries.ts';

/*
 * The texts of the queries for what is beside tables. For what holds of all texts, see `queries.ts`.
 */

/** The catalogs of objects beside tables. Planning all of their queries takes longer than reading what most databases have of them. */
export type ObjectCatalog = 'relation' | 'type' | 'function' | 'statistics';

/**
 * Everything beside tables but free sequences, of these catalogs: views and foreign tables, types, functions, extended statistics; one row each:
 * kind, oid, schema oid, name, payload as JSON. Bindings: schema oids, once for each catalog.
 */
export function objectsQuery(flavor: Flavor, catalogs: Iterable<ObjectCatalog>): string {
  const queries: Readonly<Record<ObjectCatalog, () => string>> = {
    relation: () => RELATION_OBJECTS,
    type: () => TYPE_OBJECTS,
    function: () => functionObjects(flavor),
    statistics: () => statisticsObjects(flavor),
  };
  return [...catalogs].map((catalog) => queries[catalog]()).join('\nunion all');
}

const RELATION_OBJECTS = `
select case c.relkind when 'v' then 'view' when 'm' then 'materialized-view' else 'foreign-table' end, c.oid::text, c.relnamespace::text, c.relname::text,
  ${jsonOf(
    ['definition', `case when c.relkind <> 'f' then pg_get_viewdef(c.oid) end`],
    ['options', 'array(select o from unnest(c.reloptions) o order by o collate "C")'],
    [
      'server',
      `(select json_build_object('name', s.srvname, 'options', array(select o from unnest(f.ftoptions) o order by o collate "C"),
      'columns', (select json_object_agg(a.attname, a.attfdwoptions order by a.attname) from pg_attribute a where a.attrelid = c.oid and a.attfdwoptions is not null))
    from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = c.oid)`,
    ],
  )}
from pg_class c
where c.relkind in ('v', 'm', 'f') and c.relpersistence <> 't' and c.relnamespace = any(?::oid[]) and ${notOfExtension('c.oid', 'pg_class')}`;

/** The types that are objects of their own, but for composite ones: no arrays, which the server makes beside each type, and no rows of tables. */
export const OWN_TYPES = `(t.typtype in ('e', 'd', 'r') or t.typtype = 'b' and (t.typelem = 0 or t.typcategory <> 'A'))`;

const TYPE_OBJECTS = `
select case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'type' end, t.oid::text, t.typnamespace::text, t.typname::text,
  ${jsonOf(
    ['form', 't.typtype::text'],
    ['relation', 't.typrelid::text'],
    ['labels', `array(select e.enumlabel from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)`],
    ['base', `case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end`],
    ['notNull', 't.typnotnull'],
    ['default', `case when t.typtype = 'd' then coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) end`],
    [
      'collation',
      `(select co.collname from pg_collation co join pg_type b on b.oid = t.typbasetype where co.oid = t.typcollation and t.typcollation <> b.typcollation)`,
    ],
    [
      'range',
      `(select concat_ws(' ', 'subtype', format_type(r.rngsubtype, null), case when not o.opcdefault then 'operator class ' || o.opcname end,
      case when r.rngcanonical <> 0 then 'canonical ' || r.rngcanonical::regproc::text end, case when r.rngsubdiff <> 0 then 'difference ' || r.rngsubdiff::regproc::text end)
      from pg_range r join pg_opclass o on o.oid = r.rngsubopc where r.rngtypid = t.oid)`,
    ],
  )}
from pg_type t
where t.typnamespace = any(?::oid[]) and (${OWN_TYPES}
    or t.typtype = 'c' and t.typrelid in (select c.oid from pg_class c where c.relkind = 'c'))
  and ${notOfExtension('t.oid', 'pg_type')}`;

function functionObjects(flavor: Flavor): string {
  return `
select 'function', p.oid::text, p.pronamespace::text, p.proname::text,
  ${jsonOf(
    ['form', 'p.prokind::text'],
    [
      'identity',
      'array(select format_type(x.type, null) from unnest(p.proargtypes::oid[]) with ordinality x(type, position) order by x.position)',
    ],
    [
      'arguments',
      `array(select format_type(x.type, null) from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality x(type, position) order by x.position)`,
    ],
    ['modes', 'p.proargmodes::text[]'],
    ['names', 'p.proargnames'],
    ['defaults', 'pg_get_expr(p.proargdefaults, 0)'],
    ['returns', `concat(case when p.proretset then 'setof ' end, format_type(p.prorettype, null))`],
    ['language', 'l.lanname'],
    ['volatility', 'p.provolatile::text'],
    ['strict', 'p.proisstrict'],
    ['definer', 'p.prosecdef'],
    ['leakproof', 'p.proleakproof'],
    ['parallel', 'p.proparallel::text'],
    ['settings', 'array(select o from unnest(p.proconfig) o order by o collate "C")'],
    ['source', 'p.prosrc'],
    ['library', 'p.probin'],
    ['body', flavor.hasSqlBodies() ? 'pg_get_function_sqlbody(p.oid)' : 'null::text'],
    [
      'aggregate',
      `(select json_build_array(g.aggkind, g.aggnumdirectargs, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn,
      g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra, g.aggfinalmodify, g.aggmfinalmodify, g.aggsortop::regoperator::text,
      format_type(g.aggtranstype, null), case when g.aggmtranstype <> 0 then format_type(g.aggmtranstype, null) end, g.agginitval, g.aggminitval)
      from pg_aggregate g where g.aggfnoid = p.oid)`,
    ],
  )}
from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = any(?::oid[]) and ${notOfExtension('p.oid', 'pg_proc')}
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')`;
}

function statisticsObjects(flavor: Flavor): string {
  return `
select 'statistics', s.oid::text, s.stxnamespace::text, s.stxname::text,
  ${jsonOf(
    ['table', 's.stxrelid::regclass::text'],
    ['kinds', `array(select k::text from unnest(s.stxkind) k where k <> 'e')`],
    [
      'columns',
      'array(select a.attname from pg_attribute a where a.attrelid = s.stxrelid and a.attnum = any(s.stxkeys))',
    ],
    [
      'expressions',
      flavor.hasStatisticsOnExpressions() ? 'pg_get_statisticsobjdef_expressions(s.oid)' : 'null::text',
    ],
  )}
from pg_statistic_ext s join pg_class c on c.oid = s.stxrelid
where s.stxnamespace = any(?::oid[]) and c.relpersistence <> 't' and ${notOfExtension('s.oid', 'pg_statistic_ext')}`;
}
