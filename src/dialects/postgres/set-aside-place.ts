import type { SetAsidePlace } from '../../database/set-aside-place.ts';
import { quoteIdentifier, quoteQualified } from './quote.ts';

const TABLES_QUERY = `select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ? and c.relkind in ('r', 'p') order by 1`;

/**
 * What depends on anything in a schema and is not in it (manual, pg_depend): what DROP SCHEMA … CASCADE would take along begins with these. In
 * it is what depends on the schema itself, and the parts of its tables, which do not. The triggers that enforce a foreign key on the other
 * table are the foreign key's. Binding: the schema.
 */
const DEPENDENTS_QUERY = `with place as (select oid from pg_namespace where nspname = ?),
rel as (select oid from pg_class where relnamespace in (select oid from place)),
inside (classid, objid) as (
  select d.classid, d.objid from pg_depend d
    where d.refclassid = 'pg_namespace'::regclass and d.refobjid in (select oid from place)
  union select 'pg_class'::regclass, oid from rel
  union select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from place)
  union select 'pg_constraint'::regclass, oid from pg_constraint where connamespace in (select oid from place)
  union select 'pg_attrdef'::regclass, oid from pg_attrdef where adrelid in (select oid from rel)
  union select 'pg_rewrite'::regclass, oid from pg_rewrite where ev_class in (select oid from rel)
  union select 'pg_policy'::regclass, oid from pg_policy where polrelid in (select oid from rel)
  union select 'pg_trigger'::regclass, t.oid from pg_trigger t
    where t.tgrelid in (select oid from rel)
      or (t.tgisinternal and t.tgconstraint in (select oid from pg_constraint where connamespace in (select oid from place))))
select distinct pg_describe_object(d.classid, d.objid, d.objsubid)
from pg_depend d join inside i on i.classid = d.refclassid and i.objid = d.refobjid
where not exists (select from inside o where o.classid = d.classid and o.objid = d.objid)
  and not (d.classid = 'pg_class'::regclass and d.objid in (
    select t.reltoastrelid from pg_class t where t.oid in (select oid from rel)))
order by 1`;

/** PostgreSQL: a schema. */
export const postgresSetAsidePlace: SetAsidePlace = {
  look: async (session, place, hold) => {
    const [found] = await session.query('select 1::text from pg_namespace where nspname = ?', [place]);
    if (found === undefined) return null;
    const tables = (await session.query(TABLES_QUERY, [place])).map(([name]) => name ?? '');
    if (hold && tables.length > 0) {
      // A view or a foreign key would need a weaker lock on its table, and waits (manual, explicit locking).
      const list = tables.map((name) => quoteQualified(place, name)).join(', ');
      await session.query(`lock table ${list} in access exclusive mode`);
    }
    const dependents = await session.query(DEPENDENTS_QUERY, [place]);
    return { tables, others: [], dependents: dependents.map(([name]) => name ?? '') };
  },
  drop: (place) => `DROP SCHEMA ${quoteIdentifier(place)} CASCADE`,
};
