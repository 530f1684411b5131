/*
 * The texts of the queries that ask where we are. For what holds of all texts, see `queries.ts`.
 */

/** Version, who and where; one row. `transaction_read_only` says nothing here, because our own transaction is read-only. */
export const SERVER_QUERY = `
select version(), current_setting('server_version_num'), current_schema()::text, current_user::text, current_database()::text,
  pg_is_in_recovery()::text, current_setting('default_transaction_read_only'), pg_backend_pid()::text`;

/**
 * The schemas asked for, and where that is wanted every other one that somebody made and no extension owns, with whether this role may use them,
 * and the extensions, each with its schema as an expression names it; on the way the search path is pinned. Bindings: path, names as JSON,
 * whether every other one is wanted.
 */
export const SCHEMAS_QUERY = `
select n.oid::text, n.nspname::text, has_schema_privilege(n.oid, 'USAGE')::text,
  (select json_agg(json_build_object('oid', e.oid::text, 'name', e.extname, 'schema', quote_ident(x.nspname)) order by e.extname)
    from pg_extension e join pg_namespace x on x.oid = e.extnamespace)::text,
  set_config('search_path', ?, false)
from pg_namespace n
where n.nspname = any(array(select json_array_elements_text(?::json)))
  or ?::boolean and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')`;

/**
 * The default schema, and every table of one of these names in every schema that a user may have made: one row, also when there is none. Binding:
 * names as JSON.
 */
export const LOCATE_QUERY = `
select current_schema()::text, (
  select json_agg(json_build_object('schema', n.nspname, 'name', c.relname, 'rowsFiltered', row_security_active(c.oid),
    'readable', has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT'), 'columns',
    (select json_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)))
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relname = any(array(select json_array_elements_text(?::json)))
    and c.relkind in ('r', 'p') and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema')::text`;

/** A setting of ours, in which the schemas of the search path are kept as JSON while it is pinned to the first of them. */
export const PATH_SETTING = 'knex_adopt.search_path';

/** Tables and views of one of these names in the schemas of the search path behind the first one that exists. Binding: names as JSON. */
export const BEHIND_QUERY = `
select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relname = any(array(select json_array_elements_text(?::json)))
  and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
  and n.nspname in (select json_array_elements_text(current_setting('${PATH_SETTING}', true)::json))
  and n.nspname <> current_schema() and n.nspname !~ '^pg_'
order by 1, 2`;
