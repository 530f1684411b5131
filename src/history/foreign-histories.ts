import type { Dialect, Introspection, TableName } from '../database/dialect.ts';
import type { Session } from '../database/session.ts';
import type { Table } from '../schema/snapshot.ts';

/** Another migrator's history, found by its name and its columns. */
export interface ForeignHistory {
  readonly tool: string;
  readonly table: TableName;
  /** What it says was applied, as that tool writes it; at most {@link MOST_VERSIONS}, the last ones. */
  readonly versions: readonly string[];
}

/** How many versions of a foreign history are reported. */
export const MOST_VERSIONS = 20;

interface Signature {
  readonly tool: string;
  readonly name: RegExp;
  /** Lower case; all must be there. Tools share table names, so a name alone proves nothing (`hazards.md` (l)). */
  readonly columns: readonly string[];
  /** Columns that must not be there, where another tool has the same ones and more. */
  readonly without?: readonly string[];
  /** The column that names what was applied. */
  readonly version: string;
}

const SIGNATURES: readonly Signature[] = [
  { tool: 'alembic', name: /^alembic_version$/, columns: ['version_num'], version: 'version_num' },
  { tool: 'django', name: /^django_migrations$/, columns: ['app', 'name', 'applied'], version: 'name' },
  {
    tool: 'prisma',
    name: /^_prisma_migrations$/,
    columns: ['migration_name', 'checksum', 'finished_at'],
    version: 'migration_name',
  },
  {
    tool: 'flyway',
    name: /^(flyway_schema_history|schema_version)$/,
    columns: ['installed_rank', 'version', 'script'],
    version: 'version',
  },
  {
    tool: 'liquibase',
    name: /^databasechangelog$/i,
    columns: ['id', 'author', 'filename', 'md5sum'],
    version: 'id',
  },
  { tool: 'golang-migrate', name: /^schema_migrations$/, columns: ['version', 'dirty'], version: 'version' },
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
  { tool: 'goose', name: /^goose_db_version$/, columns: ['version_id', 'is_applied'], version: 'version_id' },
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
  },
  {
    tool: 'sqlx',
    name: /^_sqlx_migrations$/,
    columns: ['version', 'checksum', 'success'],
    version: 'version',
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

async function readVersions(
  session: Session,
  dialect: Dialect,
  table: Table,
  column: string,
): Promise<string[]> {
  const actual = table.columns.find((candidate) => candidate.name.toLowerCase() === column.toLowerCase());
  if (actual === undefined) return [];
  const name = dialect.quoteName(actual.name);
  const rows = await session.query(
    `select ${name} from ${dialect.quoteTable(table)} where ${name} is not null order by ${name} desc limit ${MOST_VERSIONS}`,
  );
  return rows.map(([version]) => version ?? '').reverse();
}

/**
 * The histories of other migrators in what was read: recognised by table name and columns together, and what each says was applied. One
 * query for each history found, none when there is none.
 */
export async function findForeignHistories(
  session: Session,
  dialect: Dialect,
  { snapshot, visibility }: Introspection,
): Promise<readonly ForeignHistory[]> {
  const histories: ForeignHistory[] = [];
  for (const table of snapshot.tables) {
    const signature = signatureOf(table);
    if (signature === undefined) continue;
    histories.push({
      tool: signature.tool,
      table: { schema: table.schema, name: table.name },
      // A role that may see the schema and not this table's rows still gets the tool's name.
      versions: visibility.hidden.includes(table.key)
        ? []
        : await readVersions(session, dialect, table, signature.version),
    });
  }
  return histories;
}
