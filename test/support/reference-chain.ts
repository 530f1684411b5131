import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type { Knex } from 'knex';

const jiti = createJiti(import.meta.url);

/** The folder of the reference chain. */
export const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

export const REVISIONS = ['001_initial_schema', '002_cat_recognition', '003_activity_features'] as const;

/** The names that Knex records for them. */
export const RECORDED_NAMES: readonly string[] = REVISIONS.map((revision) => `${revision}.ts`);

/**
 * The reference chain as a project without us would give it to plain Knex: names with the extension, loaded by something that knows
 * TypeScript.
 */
export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => [...REVISIONS],
  getMigrationName: (revision) => `${revision}.ts`,
  getMigration: (revision) => jiti.import<Knex.Migration>(`../../migrations/${revision}.ts`),
};
