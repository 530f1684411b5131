import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { adopt, assertAdopted } from '../../src/adopt.ts';
import { detectState } from '../../src/detect.ts';
import { healthCheck } from '../../src/health.ts';
import { createDatabase, dumpSchema, type Family, rowCounts, runSql, tableChecksums } from '../support/database.ts';
import { importMigration } from '../../src/migrations/load-module.ts';
import { loadFixture } from '../support/fixtures.ts';

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));
const NAMES = ['001_initial_schema.ts', '002_cat_recognition.ts', '003_activity_features.ts'];
const FAMILIES: readonly Family[] = ['postgres', 'mysql', 'pglite'];

/** Plain Knex, as a project without us would have it: its own migrator on a source that loads TypeScript. */
const plain = {
  migrationSource: {
    getMigrations: async () => NAMES,
    getMigrationName: (name: string) => name,
    getMigration: (name: string) => importMigration(`${migrations}/${name}`),
  },
} satisfies Knex.MigratorConfig;

const stem = (name: string) => name.replace('.ts', '');

async function forgetHistory(knex: Knex): Promise<void> {
  await knex.schema.dropTable('knex_migrations');
  await knex.schema.dropTable('knex_migrations_lock');
}

/** Some rows in a table of every revision, so that losing one would show. */
async function addRows(knex: Knex): Promise<void> {
  await knex('cat_profiles').insert([{ name: "Minka's ☃" }, { name: 'Tom' }]);
}

describe.each(FAMILIES)('on %s', (family) => {
  test.each([0, 1, 2, 3])('a database that plain Knex left at %i is found there, adopted, and Knex goes on as if it had been there', async (k) => {
    const database = await createDatabase(family);
    try {
      const knex = database.knex();
      for (let step = 0; step < k; step += 1) await knex.migrate.up(plain);
      if (k > 0) {
        await forgetHistory(knex);
        await addRows(knex);
      }
      const rows = await tableChecksums(knex);

      const found = await detectState({ knex, migrations });
      expect(found).toMatchObject(
        k === 0
          ? { state: 'fresh', revision: null }
          : { state: 'legacy', revision: stem(NAMES[k - 1] as string), ambiguous: false, differences: [] },
      );

      const report = await adopt({ knex, migrations });
      assertAdopted(report);
      expect(report).toMatchObject({
        outcome: k === 0 ? 'installed' : 'adopted',
        stamped: NAMES.slice(0, k).map(stem),
        ran: NAMES.slice(k),
        after: { state: 'managed', standing: 'upToDate', drift: false, revision: '003_activity_features' },
      });

      const [completed, pending] = (await knex.migrate.list(plain)) as [{ name: string }[], unknown[]];
      expect(completed.map(({ name }) => name)).toEqual(NAMES);
      expect(pending).toEqual([]);
      expect(await knex.migrate.latest(plain)).toMatchObject([expect.anything(), []]);

      const schema = await dumpSchema(knex);
      const again = await adopt({ knex, migrations });
      expect(again).toMatchObject({ outcome: 'up-to-date', stamped: [], ran: [] });
      expect(await dumpSchema(knex)).toEqual(schema);
      expect(await tableChecksums(knex)).toMatchObject(rows);
      expect(await healthCheck({ knex, migrations })).toMatchObject({ ok: true, current: '003_activity_features', lock: 'free' });

      // Law 7: a careless rollback undoes what ran after the adoption, and then nothing.
      if (k > 0) {
        const [, undone] = (await knex.migrate.rollback(plain)) as [number, string[]];
        expect(undone).toEqual(NAMES.slice(k).toReversed());
        const [, more] = (await knex.migrate.rollback(plain)) as [number, string[]];
        expect(more).toEqual([]);
        expect(await tableChecksums(knex)).toMatchObject(rows);
      }
    } finally {
      await database.dispose();
    }
  });

  test('an old init.sql at 002 comes to head with every row, and has the structure of a database migrated from scratch', async () => {
    const database = await createDatabase(family);
    try {
      await runSql(database, await loadFixture(family === 'mysql' ? 'mysql' : 'postgres', 'legacy-002'));
      const knex = database.knex();
      const before = await rowCounts(knex);
      const checksums = await tableChecksums(knex);
      const report = await adopt({ knex, migrations });
      expect(report).toMatchObject({
        outcome: 'adopted',
        before: { state: 'legacy', revision: '002_cat_recognition' },
        after: { state: 'managed', revision: '003_activity_features', drift: false },
      });
      expect(await rowCounts(knex)).toMatchObject(before);
      expect(await tableChecksums(knex)).toMatchObject(checksums);
    } finally {
      await database.dispose();
    }
  });
});
