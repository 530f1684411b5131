import type { Session, TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import type { CatalogContext } from './context.ts';
import { readCreateTables } from './create-table.ts';
import type { Flavor } from './flavor.ts';
import { sequencesQuery } from './objects.ts';
import {
  type BoundQuery,
  columnsQuery,
  constraintsQuery,
  detailsQuery,
  FOREIGN_KEY_COLUMNS_QUERY,
  PARTITIONS_QUERY,
  settingsQuery,
  statisticsQuery,
  TABLES_QUERY,
} from './queries.ts';
import {
  type ColumnRow,
  columnRow,
  type DetailRows,
  detailRows,
  type ForeignKeyRow,
  foreignKeyRow,
  groupBy,
  type IndexRow,
  indexRow,
  type PartitionRow,
  partitionRow,
  type RuleRow,
  type TableRow,
  tableRow,
} from './rows.ts';

/** What one schema's catalog says, before anything is made canonical. */
export interface SchemaRows {
  readonly context: ContextFacts;
  readonly listed: readonly TableRow[];
  readonly tables: readonly TableRow[];
  readonly columns: ReadonlyMap<string, readonly ColumnRow[]>;
  readonly indexes: ReadonlyMap<string, readonly IndexRow[]>;
  readonly foreignKeys: ReadonlyMap<string, readonly ForeignKeyRow[]>;
  readonly rules: ReadonlyMap<string, readonly RuleRow[]>;
  readonly details: DetailRows;
  readonly partitions: ReadonlyMap<string, readonly PartitionRow[]>;
  readonly periods: ReadonlyMap<string, readonly string[]>;
  readonly sequences: readonly TextRow[];
}

const TABLE_TYPES = new Set(['BASE TABLE', 'SYSTEM VERSIONED']);

/** What the catalog says of server, session and schema. */
export interface ContextFacts
  extends Pick<
    CatalogContext,
    'flavor' | 'schema' | 'defaultSchema' | 'ansiQuotes' | 'foldCase' | 'literalGrants'
  > {
  /** As the server names it. */
  readonly databaseCollation: string;
  /** The default collation of each character set, as the server names them. */
  readonly charsetCollations: readonly string[];
  /** `explicit_defaults_for_timestamp`. */
  readonly explicitTimestamps: 'ON' | 'OFF';
}

/**
 * What decides how a schema's catalog is to be read. One query.
 *
 * @throws AdoptError `DETECT.NO_SCHEMA` when the database does not exist or is invisible.
 */
export async function readContext(
  session: Session,
  flavor: Flavor,
  schema: string,
  defaultSchema: string,
): Promise<ContextFacts> {
  const rows = await session.query(settingsQuery(flavor), [schema]);
  const of = (kind: string): readonly TextRow[] => rows.filter((row) => row[0] === kind);
  const setting = (name: string) => of('setting').find((row) => row[1] === name)?.[2] ?? '';
  const own = of('schema')[0];
  if (!own) {
    throw new AdoptError('DETECT.NO_SCHEMA', `There is no database "${schema}" that this user may see.`, {
      hint: 'Check its name, and that the user has a privilege on it (SHOW DATABASES lists what it sees).',
    });
  }
  const modes = new Set(setting('sql_mode').split(','));
  return {
    flavor,
    schema,
    defaultSchema,
    ansiQuotes: modes.has('ANSI_QUOTES'),
    foldCase: setting('lower_case_table_names') !== '0',
    literalGrants: setting('partial_revokes') === '1',
    databaseCollation: own[2] ?? '',
    charsetCollations: of('charset').map((row) => row[2] ?? ''),
    explicitTimestamps: setting('explicit_defaults_for_timestamp') === 'OFF' ? 'OFF' : 'ON',
  };
}

/** Left-overs of an interrupted ALTER TABLE, which are no table of anybody's (MySQL 8.0 manual, 17.12.1). */
function isLeftover(name: string): boolean {
  return name.startsWith('#sql') || name.startsWith('#mysql50##sql');
}

function askBound(session: Session, query: BoundQuery, schema: string): Promise<readonly TextRow[]> {
  return session.query(query.sql, Array<string>(query.bindings).fill(schema));
}

async function readSequences(
  session: Session,
  tables: readonly TableRow[],
  { flavor, schema }: ContextFacts,
): Promise<readonly TextRow[]> {
  const names = tables.filter((table) => table.type === 'SEQUENCE').map((table) => table.name);
  if (names.length === 0 || !flavor.hasSequences()) return [];
  const rows = await session.query(sequencesQuery(schema, names));
  return rows.map(([position = null, ...values]) => [names[Number(position)] ?? null, ...values]);
}

/** Everything that the catalog says of one schema, in a constant number of queries. */
export async function readSchema(session: Session, context: ContextFacts): Promise<SchemaRows> {
  const { flavor, schema } = context;
  const ask = (sql: string) => session.query(sql, [schema]);
  const useColumn = flavor.indexUseColumn();
  // All asked at once: mysql2 sends each when the answer before has come, so that the server works while that one is taken apart.
  const [listed, columns, indexes, foreignKeyRows, constraintRows] = await Promise.all([
    ask(TABLES_QUERY).then((rows) => rows.map(tableRow).filter((table) => !isLeftover(table.name))),
    ask(columnsQuery(flavor)).then((rows) => groupBy(rows.map(columnRow), (row) => row.table)),
    ask(statisticsQuery(flavor)).then((rows) =>
      groupBy(
        rows.map((row) => indexRow(row, useColumn)),
        (row) => row.table,
      ),
    ),
    ask(FOREIGN_KEY_COLUMNS_QUERY).then((rows) => rows.map(foreignKeyRow)),
    askBound(session, constraintsQuery(flavor), schema),
  ]);
  const hasViews = listed.some((table) => table.type.endsWith('VIEW'));
  const details = detailRows([
    ...constraintRows,
    ...(await askBound(session, detailsQuery(hasViews), schema)),
  ]);
  const created = await readCreateTables(session, context, foreignKeyRows, details.rules, details.checks);
  const tables = listed.filter((table) => TABLE_TYPES.has(table.type));
  const partitioned = tables.some((table) => /\bpartitioned\b/.test(table.options));
  return {
    context,
    listed,
    tables,
    columns,
    indexes,
    foreignKeys: groupBy(foreignKeyRows, (row) => row.table),
    rules: groupBy([...details.rules, ...created.rules], (row) => row.table),
    details,
    partitions: groupBy(
      partitioned ? (await ask(PARTITIONS_QUERY)).map(partitionRow) : [],
      (row) => row.table,
    ),
    periods: created.notes,
    sequences: await readSequences(session, listed, context),
  };
}
