import type { TestDatabase } from './database.ts';

/*
 * An independent oracle: what the servers themselves say of a database's structure. Nothing of the project takes part.
 */

/** One thing that a server says of a database. */
export interface Fact {
  /** The table that it belongs to. */
  readonly table: string;
  /** What there is: `column cats.age`, `unique cats (name)`. */
  readonly label: string;
  /** How it is: a column's type, for example. */
  readonly detail: string;
  /** Of a constraint or index. */
  readonly name: string;
}

/** Sorted by label. */
export type Catalog = readonly Fact[];

/** Knex's own tables. */
export const KNEX_OBJECTS = ['knex_migrations', 'knex_migrations_lock', 'knex_adoption'];

/** The same without the names of constraints and indexes, and without some tables. */
export function withoutNames(catalog: Catalog, tables: readonly string[] = []): Catalog {
  return catalog.filter(({ table }) => !tables.includes(table)).map((fact) => ({ ...fact, name: '' }));
}

/** Every difference in a few words; a table that only one side has counts as one. */
export function compareCatalogs(expected: Catalog, actual: Catalog): readonly string[] {
  const notIn = (other: Catalog, fact: Fact) =>
    !other.some(({ label, detail }) => label === fact.label && detail === fact.detail);
  const lacksTable = (other: Catalog, fact: Fact) => !other.some(({ table }) => table === fact.table);
  const words = (verb: string, other: Catalog, facts: Catalog) =>
    facts
      .filter((fact) => notIn(other, fact))
      .filter((fact) => !lacksTable(other, fact) || /^(table|view) /.test(fact.label))
      .map(({ label, detail }) =>
        other.some((fact) => fact.label === label) ? `${verb} ${label}: ${detail}` : `${verb} ${label}`,
      );
  return [...words('missing', actual, expected), ...words('unexpected', expected, actual)].sort();
}

/** Reads a database's structure from its server. */
export async function readCatalog(database: TestDatabase): Promise<Catalog> {
  const connection = await database.connect();
  const rows = async (sql: string) => (await connection.query(sql)) as readonly Record<string, string>[];
  try {
    const facts = database.family === 'mysql' ? await readMysql(rows) : await readPostgres(rows);
    return facts.sort((a, b) => (a.label < b.label ? -1 : 1));
  } finally {
    await connection.close();
  }
}

type Rows = (sql: string) => Promise<readonly Record<string, string>[]>;

/** From pg_catalog: what PostgreSQL would write to make each object again, with its name set aside. */
async function readPostgres(rows: Rows): Promise<Fact[]> {
  const found = await rows(`
    WITH relations AS (
      SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f'))
    SELECT relname AS "table", CASE relkind WHEN 'r' THEN 'table ' ELSE 'view ' END || relname AS label, '' AS detail, '' AS name
    FROM relations
    UNION ALL
    SELECT relname, 'column ' || relname || '.' || attname,
      format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END || ' default '
        || coalesce(pg_get_expr(adbin, adrelid), 'none') || ' ' || attidentity::text || attgenerated::text || attcollation::regcollation::text
        || coalesce(' owns ' || pg_get_serial_sequence(relname, attname), ''), ''
    FROM relations c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
    UNION ALL
    SELECT relname, 'constraint ' || relname || ': ' || pg_get_constraintdef(k.oid), '', conname
    FROM relations c JOIN pg_constraint k ON conrelid = c.oid WHERE contype <> 'n'
    UNION ALL
    SELECT c.relname, 'index ' || c.relname || ' ' || replace(substring(pg_get_indexdef(indexrelid) FROM ' USING (.*)$'), 'btree ', ''),
      CASE WHEN indisunique THEN 'unique' ELSE '' END || CASE WHEN indisvalid THEN '' ELSE 'invalid' END, i.relname
    FROM relations c JOIN pg_index ON indrelid = c.oid JOIN pg_class i ON i.oid = indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT '', CASE typtype WHEN 'e' THEN 'enum ' ELSE 'domain ' END || typname, '', ''
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    UNION ALL
    SELECT '', 'function ' || proname, '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT relname, 'trigger ' || pg_get_triggerdef(t.oid), '', tgname
    FROM relations c JOIN pg_trigger t ON tgrelid = c.oid WHERE NOT tgisinternal`);
  return found.map(({ table = '', label = '', detail = '', name = '' }) => ({
    table,
    label,
    // The same default in two spellings: '0.85'::numeric or 0.85, CURRENT_TIMESTAMP or now().
    detail: detail
      .replace(
        /default '?([\d.]+)'?(::(numeric|double precision))? /,
        (_, number) => `default ${Number(number)} `,
      )
      .replace('default CURRENT_TIMESTAMP ', 'default now() '),
    name,
  }));
}

/** From SHOW CREATE TABLE, which says everything that the server knows of a table, one fact a line. */
async function readMysql(rows: Rows): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const { Table_type: type, ...names } of await rows('SHOW FULL TABLES')) {
    const table = Object.values(names)[0] ?? '';
    if (type === 'VIEW') {
      facts.push({ table, label: `view ${table}`, detail: '', name: '' });
      continue;
    }
    const [shown] = await rows(`SHOW CREATE TABLE \`${table}\``);
    const lines = (shown?.['Create Table'] ?? '').split('\n').slice(1);
    const options = (lines.pop() ?? '').replace(/ AUTO_INCREMENT=\d+/, '');
    facts.push({ table, label: `table ${table}`, detail: options, name: '' });
    for (const line of lines) {
      facts.push(...mysqlFacts(table, line.trim().replace(/,$/, '')));
    }
  }
  return facts;
}

function mysqlFacts(table: string, line: string): readonly Fact[] {
  const column = /^`(\w+)` (.*?)(?: CHECK (\(.*\)))?$/.exec(line);
  if (column !== null) {
    const [, name = '', detail = '', check] = column;
    const fact = { table, label: `column ${table}.${name}`, detail, name: '' };
    // MariaDB keeps a check that was written beside its column there; it is the same check.
    return check === undefined
      ? [fact]
      : [fact, { table, label: `check ${table} ${check.replaceAll('`', '')}`, detail: '', name }];
  }
  const [, prefix = '', name = '', definition = line] =
    /^(CONSTRAINT|UNIQUE KEY|KEY) `(\w+)` (.*?)(?: USING BTREE)?$/.exec(line) ?? [];
  const kind = prefix === 'CONSTRAINT' ? '' : prefix;
  const label = definition.startsWith('CHECK ')
    ? definition.replace('CHECK', `check ${table}`)
    : `${kind === 'KEY' ? 'index' : kind.toLowerCase()} ${table} ${definition}`.trim();
  return [{ table, label: label.replaceAll('`', ''), detail: '', name }];
}
