import type { Knex } from 'knex';

/** Values by table name; on PostgreSQL a table outside of `public` is named `schema.table`. */
export type ByTable<T> = Readonly<Record<string, T>>;

interface UserTable {
  readonly name: string;
  readonly quoted: string;
}

/**
 * Counts the rows of every table of the database, or of the tables named.
 *
 * @throws the driver's error when one of them does not exist.
 */
export async function rowCounts(knex: Knex, tables?: readonly string[]): Promise<ByTable<number>> {
  const counts: Record<string, number> = {};
  for (const { name, quoted } of await userTables(knex, tables)) {
    const [row] = await rows(knex, `SELECT count(*) AS n FROM ${quoted}`);
    counts[name] = Number(row?.n);
  }
  return counts;
}

/** Names the columns of every table of the database, sorted. */
export async function tableColumns(knex: Knex): Promise<ByTable<readonly string[]>> {
  const columns: Record<string, readonly string[]> = {};
  for (const { name, quoted } of await userTables(knex)) {
    columns[name] = await columnsOf(knex, quoted);
  }
  return columns;
}

/**
 * Gives a checksum of all the rows of every table, which does not depend on the order of rows or columns, and changes when any value does or
 * when a row is doubled.
 *
 * @param columns Which tables and columns to look at, as `tableColumns` gave them earlier: so that what a migration added does not matter.
 * Everything without it.
 * @throws the driver's error when a table or column does not exist (any more).
 */
export async function tableChecksums(
  knex: Knex,
  columns?: ByTable<readonly string[]>,
): Promise<ByTable<string>> {
  const checksums: Record<string, string> = {};
  for (const { name, quoted } of await userTables(knex, columns && Object.keys(columns))) {
    const chosen = columns?.[name] ?? (await columnsOf(knex, quoted));
    const sql = isMysql(knex) ? mysqlChecksum(quoted, chosen) : postgresChecksum(quoted, chosen);
    const [row] = await rows(knex, sql);
    checksums[name] = String(row?.checksum);
  }
  return checksums;
}

function postgresChecksum(table: string, columns: readonly string[]): string {
  const row = columns.map((column) => `coalesce(quote_literal(${quote(column, '"')}::text), 'NULL')`);
  return `SELECT md5(coalesce(string_agg(line, ',' ORDER BY line), '')) AS checksum
    FROM (SELECT md5(array_to_string(ARRAY[${[`''`, ...row].join(', ')}], ',')) COLLATE "C" AS line FROM ${table}) AS hashed`;
}

/** Adds up the rows' hashes: an aggregate of their texts would be cut at `group_concat_max_len`. */
function mysqlChecksum(table: string, columns: readonly string[]): string {
  const row = columns.map((column) => `IFNULL(HEX(CAST(${quote(column, '`')} AS BINARY)), '-')`);
  const part = (from: number) =>
    `COALESCE(SUM(CAST(CONV(SUBSTR(hash, ${from}, 15), 16, 10) AS DECIMAL(30))), 0)`;
  return `SELECT CONCAT_WS(':', COUNT(*), ${part(1)}, ${part(16)}) AS checksum
    FROM (SELECT SHA2(CONCAT_WS(',', ${[`''`, ...row].join(', ')}), 256) AS hash FROM ${table}) AS hashed`;
}

function isMysql(knex: Knex): boolean {
  return /mysql/.test(String(knex.client.config.client));
}

function quote(name: string, mark: '"' | '`'): string {
  return mark + name.replaceAll(mark, mark + mark) + mark;
}

async function userTables(knex: Knex, only?: readonly string[]): Promise<readonly UserTable[]> {
  const found = isMysql(knex)
    ? await rows(
        knex,
        `SELECT table_name AS name, CONCAT('\`', REPLACE(table_name, '\`', '\`\`'), '\`') AS quoted
         FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1`,
      )
    : await rows(
        knex,
        `SELECT CASE nspname WHEN 'public' THEN relname ELSE nspname || '.' || relname END AS name, c.oid::regclass::text AS quoted
         FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname !~ '^pg_' ORDER BY 1`,
      );
  const tables = found.map(({ name, quoted }) => ({ name: String(name), quoted: String(quoted) }));
  if (only === undefined) {
    return tables;
  }
  return only.map((name) => {
    const table = tables.find((candidate) => candidate.name === name);
    if (table === undefined) {
      throw new Error(`There is no table ${name}; there are: ${tables.map((each) => each.name).join(', ')}.`);
    }
    return table;
  });
}

async function columnsOf(knex: Knex, quoted: string): Promise<readonly string[]> {
  const found = isMysql(knex)
    ? await rows(
        knex,
        `SELECT column_name AS name FROM information_schema.columns
         WHERE table_schema = DATABASE() AND CONCAT('\`', REPLACE(table_name, '\`', '\`\`'), '\`') = ?`,
        [quoted],
      )
    : await rows(
        knex,
        'SELECT attname AS name FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped',
        [quoted],
      );
  return found.map(({ name }) => String(name)).sort();
}

/** The rows of a raw query, whichever driver answered. */
async function rows(
  knex: Knex,
  sql: string,
  bindings: readonly string[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await knex.raw(sql, bindings);
  return isMysql(knex) ? answer[0] : answer.rows;
}
