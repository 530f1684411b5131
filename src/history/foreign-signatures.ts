import type { TableName } from '../database/table-name.ts';

/** By what another migrator's history is told. */
export interface Signature {
  readonly tool: string;
  readonly name: RegExp;
  /**
   * Where it is unless the tool is told otherwise, for tools that keep it in a schema of their own (PostgreSQL). It is looked for there,
   * although nobody named that schema.
   */
  readonly home?: TableName;
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
export interface Mark {
  readonly columns: readonly string[];
  readonly sql: string;
}

/** One for each tool; of several that fit, the first. */
export const SIGNATURES: readonly Signature[] = [
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
  {
    tool: 'drizzle',
    name: /^__drizzle_migrations$/,
    home: { schema: 'drizzle', name: '__drizzle_migrations' },
    columns: ['hash', 'created_at'],
    version: 'hash',
  },
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
    home: { schema: 'atlas_schema_revisions', name: 'atlas_schema_revisions' },
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
  {
    tool: 'sqitch',
    name: /^changes$/,
    home: { schema: 'sqitch', name: 'changes' },
    columns: ['change_id', 'change', 'project', 'planned_at'],
    version: 'change',
  },
  {
    tool: 'graphile-migrate',
    name: /^migrations$/,
    home: { schema: 'graphile_migrate', name: 'migrations' },
    columns: ['hash', 'previous_hash', 'filename'],
    version: 'filename',
  },
  {
    tool: 'pgroll',
    name: /^migrations$/,
    home: { schema: 'pgroll', name: 'migrations' },
    columns: ['schema', 'name', 'migration', 'parent', 'done'],
    version: 'name',
    unfinished: { columns: ['done'], sql: 'not done' },
    failed: { columns: ['done'], sql: 'not done' },
  },
  { tool: 'knex', name: /./, columns: ['id', 'name', 'batch', 'migration_time'], version: 'name' },
];
