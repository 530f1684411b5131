import type { Dialect } from '../database/dialect.ts';
import type { Introspection } from '../database/introspection.ts';
import type { Session } from '../database/session.ts';
import type { TableName } from '../database/table-name.ts';
import type { Table } from '../schema/snapshot.ts';
import { uniqueSorted } from '../util/order.ts';

/** Another migrator's history, found by its name and its columns. */
export interface ForeignHistory {
  readonly tool: string;
  readonly table: TableName;
  /** What it says was applied, as that tool writes it; at most {@link MOST_VERSIONS}, the last ones. */
  readonly versions: readonly string[];
  /** The same, as many as are read: what a mapping to revisions is held against. */
  readonly applied: readonly string[];
  /** Whether its rows are all that was applied, or only where it is now. */
  readonly keeps: 'applied' | 'current';
  /** Why nothing may be concluded from it, as a sentence; null where something may. */
  readonly problem: string | null;
  /** The last version that it says failed half-way, or is under way; null where it says so of none. */
  readonly failed: string | null;
}

/** How many versions of a foreign history are reported. */
export const MOST_VERSIONS = 20;

/** How many rows of a foreign history are read; one with more is not concluded from. */
const MOST_ROWS = 10_000;

interface Signature {
  readonly tool: string;
  readonly name: RegExp;
  /** Lower case; all must be there. Tools share table names, so a name alone proves nothing (`hazards.md` (l)). */
  readonly columns: readonly string[];
  /** Columns that must not be there, where another tool has the same ones and more. */
  readonly without?: readonly string[];
  /** The column that names what was applied. */
  readonly version: string;
  /** Its rows are not all that was applied, but only where it is now. */
  readonly current?: true;
  /** Columns, and a condition over them, of a row that does not say "applied": it failed, is under way, or was undone. */
  readonly unfinished?: Mark;
  /** The same of a row that says "failed half-way", or "under way". */
  readonly failed?: Mark;
}

/** What tells rows of one kind from others. */
interface Mark {
  readonly columns: readonly string[];
  readonly sql: string;
}

const SIGNATURES: readonly Signature[] = [
  {
    tool: 'alembic',
    name: /^alembic_version$/,
    columns: ['version_num'],
    version: 'version_num',
    current: true,
  },
  { tool: 'django', name: /^django_migrations$/, columns: ['app', 'name', 'applied'], version: 'name' },
  {
    tool: 'prisma',
    name: /^_prisma_migrations$/,
    columns: ['migration_name', 'checksum', 'finished_at'],
    version: 'migration_name',
    unfinished: {
      columns: ['finished_at', 'rolled_back_at'],
      sql: 'finished_at is null or rolled_back_at is not null',
    },
    failed: {
      columns: ['finished_at', 'rolled_back_at'],
      sql: 'finished_at is null and rolled_back_at is null',
    },
  },
  {
    tool: 'flyway',
    name: /^(flyway_schema_history|schema_version)$/,
    columns: ['installed_rank', 'version', 'script'],
    version: 'version',
    unfinished: { columns: ['success', 'type'], sql: "not success or type = 'DELETE' or type like 'UNDO%'" },
    failed: { columns: ['success'], sql: 'not success' },
  },
  {
    tool: 'liquibase',
    name: /^databasechangelog$/i,
    columns: ['id', 'author', 'filename', 'md5sum'],
    version: 'id',
    unfinished: { columns: ['exectype'], sql: "exectype in ('FAILED', 'SKIPPED')" },
    failed: { columns: ['exectype'], sql: "exectype = 'FAILED'" },
  },
  {
    tool: 'golang-migrate',
    name: /^schema_migrations$/,
    columns: ['version', 'dirty'],
    version: 'version',
    current: true,
    unfinished: { columns: ['dirty'], sql: 'dirty' },
    failed: { columns: ['dirty'], sql: 'dirty' },
  },
  {
    tool: 'rails',
    name: /^schema_migrations$/,
    columns: ['version'],
    without: ['dirty'],
    version: 'version',
  },
  { tool: 'typeorm', name: /^migrations$/, columns: ['timestamp', 'name'], version: 'name' },
  { tool: 'laravel', name: /^migrations$/, columns: ['migration', 'batch'], version: 'migration' },
  { tool: 'sequelize', name: /^SequelizeMeta$/i, columns: ['name'], version: 'name' },
  { tool: 'mikro-orm', name: /^mikro_orm_migrations$/, columns: ['name', 'executed_at'], version: 'name' },
  { tool: 'node-pg-migrate', name: /^pgmigrations$/, columns: ['name', 'run_on'], version: 'name' },
  { tool: 'kysely', name: /^kysely_migration$/, columns: ['name', 'timestamp'], version: 'name' },
  { tool: 'drizzle', name: /^__drizzle_migrations$/, columns: ['hash', 'created_at'], version: 'hash' },
  {
    tool: 'goose',
    name: /^goose_db_version$/,
    columns: ['version_id', 'is_applied'],
    version: 'version_id',
    unfinished: { columns: ['is_applied'], sql: 'not is_applied' },
  },
  {
    tool: 'ef-core',
    name: /^__EFMigrationsHistory$/i,
    columns: ['migrationid', 'productversion'],
    version: 'MigrationId',
  },
  {
    tool: 'doctrine',
    name: /^(doctrine_migration_versions|migration_versions)$/,
    columns: ['version', 'executed_at'],
    version: 'version',
  },
  {
    tool: 'phinx',
    name: /phinxlog$/,
    columns: ['version', 'migration_name', 'breakpoint'],
    version: 'version',
  },
  {
    tool: 'atlas',
    name: /^atlas_schema_revisions$/,
    columns: ['version', 'applied', 'total'],
    version: 'version',
    unfinished: { columns: ['applied', 'total'], sql: 'applied < total' },
    failed: { columns: ['applied', 'total'], sql: 'applied < total' },
  },
  {
    tool: 'sqlx',
    name: /^_sqlx_migrations$/,
    columns: ['version', 'checksum', 'success'],
    version: 'version',
    unfinished: { columns: ['success'], sql: 'not success' },
    failed: { columns: ['success'], sql: 'not success' },
  },
  {
    tool: 'refinery',
    name: /^refinery_schema_history$/,
    columns: ['version', 'applied_on', 'checksum'],
    version: 'version',
  },
  { tool: 'knex', name: /./, columns: ['id', 'name', 'batch', 'migration_time'], version: 'name' },
];

function signatureOf(table: Table): Signature | undefined {
  const columns = new Set(table.columns.map((column) => column.name.toLowerCase()));
  return SIGNATURES.find(
    (signature) =>
      signature.name.test(table.name) &&
      signature.columns.every((column) => columns.has(column)) &&
      !(signature.without ?? []).some((column) => columns.has(column)),
  );
}

/** The tools whose histories are recognised, sorted. */
export const FOREIGN_TOOLS: readonly string[] = uniqueSorted(SIGNATURES.map(({ tool }) => tool));

type Content = Pick<ForeignHistory, 'versions' | 'applied' | 'problem' | 'failed'>;

/** The statement's column that marks some rows, where the table has what tells. */
function markColumn(table: Table, mark: Mark | undefined): string {
  const names = new Set(table.columns.map((column) => column.name.toLowerCase()));
  return mark?.columns.every((column) => names.has(column)) === true
    ? `case when ${mark.sql} then 'yes' end`
    : 'null';
}

async function readContent(
  session: Session,
  dialect: Dialect,
  table: Table,
  signature: Signature,
): Promise<Content> {
  const { version } = signature;
  const actual = table.columns.find(({ name }) => name.toLowerCase() === version.toLowerCase());
  if (actual === undefined)
    return { versions: [], applied: [], problem: 'it holds no versions.', failed: null };
  const name = dialect.quoteName(actual.name);
  const rows = await session.query(
    `select ${name}, ${markColumn(table, signature.unfinished)}, ${markColumn(table, signature.failed)} from ${dialect.quoteTable(table)} where ${name} is not null order by ${name} desc limit ${MOST_ROWS}`,
  );
  const applied = rows.map(([one]) => one ?? '').reverse();
  const unfinished = rows.find(([, mark]) => mark !== null)?.[0];
  return {
    versions: applied.slice(-MOST_VERSIONS),
    applied,
    failed: rows.find(([, , mark]) => mark !== null)?.[0] ?? null,
    problem:
      rows.length === MOST_ROWS
        ? `it has more than ${MOST_ROWS - 1} rows.`
        : unfinished == null
          ? null
          : `it does not say of ${unfinished} that it was applied and is still.`,
  };
}

/**
 * The histories of other migrators in what was read: recognised by table name and columns together, and what each says was applied. One
 * query for each history found, none when there is none.
 */
export async function findForeignHistories(
  session: Session,
  dialect: Dialect,
  { snapshot, visibility }: Pick<Introspection, 'snapshot' | 'visibility'>,
): Promise<readonly ForeignHistory[]> {
  const histories: ForeignHistory[] = [];
  for (const table of snapshot.tables) {
    const signature = signatureOf(table);
    if (signature === undefined) continue;
    // A role that may see the schema and not this table's rows still gets the tool's name.
    const content: Content = visibility.hidden.includes(table.key)
      ? { versions: [], applied: [], problem: 'this role may not read it.', failed: null }
      : await readContent(session, dialect, table, signature);
    histories.push({
      tool: signature.tool,
      table: { schema: table.schema, name: table.name },
      keeps: signature.current === true ? 'current' : 'applied',
      ...content,
    });
  }
  return histories;
}
