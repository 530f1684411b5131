import type { Flavor } from './flavor.ts';

/**
 * The catalog queries. Each one reads one information_schema table, or several by UNION ALL, filtered by one constant schema name, which is
 * what lets MariaDB open that database's tables only (KB, Optimizations for INFORMATION_SCHEMA queries). None joins: that is ten times
 * slower (`docs/architecture.md`). Every column has an alias of ours because MySQL 8 answers in upper case.
 *
 * Rows come in no order; who needs one sorts by the position columns.
 */

/** Who and where we are. Only variables that every supported version has; an unknown one is error 1193. */
export const SERVER_QUERY = `select @@version as a, @@version_comment as b, database() as c, current_user() as d,
  @@global.read_only as e, @@innodb_read_only as f, @@lower_case_table_names as g`;

/** Rows (kind, name, value): the schema's default collation, each character set's default collation, and settings of this session. */
export function settingsQuery(flavor: Flavor): string {
  const revokes = flavor.hasPartialRevokes()
    ? `union all select 'setting', 'partial_revokes', cast(@@partial_revokes as char)`
    : '';
  return `select 'schema' as a, schema_name as b, default_collation_name as c
    from information_schema.schemata where schema_name = ?
  union all select 'charset', character_set_name, default_collate_name from information_schema.character_sets
  union all select 'setting', 'sql_mode', cast(@@sql_mode as char)
  union all select 'setting', 'lower_case_table_names', cast(@@lower_case_table_names as char)
  union all select 'setting', 'explicit_defaults_for_timestamp', if(@@explicit_defaults_for_timestamp, 'ON', 'OFF') ${revokes}`;
}

/** Rows of {@link import('./rows.ts').TableRow}. */
export const TABLES_QUERY = `select table_name as a, table_type as b, engine as c, create_options as d
  from information_schema.tables where table_schema = ?`;

/** Rows of {@link import('./rows.ts').ColumnRow}. */
export function columnsQuery(flavor: Flavor): string {
  const generation = flavor.hasGenerationExpressions() ? 'generation_expression' : "''";
  const spatial = flavor.hasSpatialReferences() ? 'srs_id' : 'null';
  return `select table_name as a, column_name as b, ordinal_position as c, column_default as d, is_nullable as e, data_type as f,
    column_type as g, collation_name as h, extra as i, ${generation} as j, ${spatial} as k
    from information_schema.columns where table_schema = ?`;
}

/** Rows of {@link import('./rows.ts').IndexRow}. */
export function statisticsQuery(flavor: Flavor): string {
  const expression = flavor.hasExpressionIndexes() ? 'expression' : 'null';
  return `select table_name as a, index_name as b, non_unique as c, seq_in_index as d, column_name as e, collation as f,
    sub_part as g, index_type as h, ${expression} as i, ${flavor.indexUseColumn() ?? 'null'} as j
    from information_schema.statistics where table_schema = ?`;
}

/** Rows of {@link import('./rows.ts').ForeignKeyRow}. */
export const FOREIGN_KEY_COLUMNS_QUERY = `select table_name as a, constraint_name as b, ordinal_position as c, column_name as d,
    referenced_table_schema as e, referenced_table_name as f, referenced_column_name as g
  from information_schema.key_column_usage where table_schema = ? and referenced_table_name is not null`;

/** A query, and how often it binds the schema. */
export interface BoundQuery {
  readonly sql: string;
  readonly bindings: number;
}

function union(parts: readonly string[]): BoundQuery {
  return { sql: parts.join('\n  union all '), bindings: parts.length };
}

/**
 * Rules of foreign keys, and checks: rows that begin with their kind. Apart from {@link detailsQuery}, whose long columns would make MariaDB
 * write the thousands of rows here to disk (measured: 81 ms for both in one, 17 and 7 ms in two, at 2,000 tables).
 */
export function constraintsQuery(flavor: Flavor): BoundQuery {
  const parts = [
    `select 'rule' as a, table_name as b, constraint_name as c, update_rule as d, delete_rule as e
       from information_schema.referential_constraints where constraint_schema = ?`,
  ];
  if (flavor.hasCheckConstraints()) {
    const table = flavor.checksNameTheirTable() ? 'table_name' : 'null';
    parts.push(`select 'check', ${table}, constraint_name, check_clause, null
      from information_schema.check_constraints where constraint_schema = ?`);
    if (!flavor.checksNameTheirTable())
      parts.push(`select 'check-table', table_name, constraint_name, enforced, null
        from information_schema.table_constraints where table_schema = ? and constraint_type = 'CHECK'`);
  }
  return union(parts);
}

/**
 * Everything of which there is little: rows that begin with their kind, padded to eight columns. VIEWS only where there are any, because
 * MariaDB opens every table to look whether it is one.
 */
export function detailsQuery(hasViews: boolean): BoundQuery {
  const parts = [
    `select 'trigger' as a, event_object_table as b, trigger_name as c, action_timing as d, event_manipulation as e, action_order as f,
       action_statement as g, null as h from information_schema.triggers where trigger_schema = ?`,
    `select 'routine', routine_name, routine_type, dtd_identifier, routine_definition, is_deterministic, sql_data_access,
       security_type from information_schema.routines where routine_schema = ?`,
    `select 'parameter', specific_name, routine_type, ordinal_position, parameter_mode, parameter_name, dtd_identifier, null
       from information_schema.parameters where specific_schema = ? and ordinal_position > 0`,
  ];
  if (hasViews)
    parts.push(`select 'view', table_name, view_definition, check_option, security_type, null, null, null
      from information_schema.views where table_schema = ?`);
  return union(parts);
}

/** Asked only when a table says that it is partitioned. */
export const PARTITIONS_QUERY = `select table_name as a, partition_ordinal_position as b, subpartition_ordinal_position as c,
    partition_name as d, subpartition_name as e, partition_method as f, partition_expression as g, subpartition_method as h,
    subpartition_expression as i, partition_description as j
  from information_schema.partitions where table_schema = ? and partition_name is not null`;

/** A first row with the current database and `lower_case_table_names`; then its tables of the given names: (database, table, column, position). */
export function locateTablesQuery(count: number): string {
  return `select database() as a, cast(@@lower_case_table_names as char) as b, null as c, null as d union all
    select table_schema, table_name, column_name, ordinal_position from information_schema.columns
    where table_schema = database() and table_name in (${Array(count).fill('?').join(', ')})`;
}
