import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { assertAdopted } from '../../src/assert-adopted.ts';
import { detectState } from '../../src/detect.ts';
import { healthCheck } from '../../src/health.ts';
import { adopt } from '../../src/library.ts';
import { createDatabase, dumpSchema, type Family, tableChecksums } from '../support/database.ts';
import { migrationSource, MIGRATIONS as migrations, RECORDED_NAMES } from '../support/reference-chain.ts';

const NAMES = RECORDED_NAMES;
const FAMILIES: readonly Family[] = ['postgres', 'mysql', 'pglite'];

/** Plain Knex, as a project without us would have it. */
const plain = { migrationSource };

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
  test.each([0, 1, 2, 3])(
    'a database that plain Knex left at %i is found there, adopted, and Knex goes on as if it had been there',
    async (k) => {
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
        expect(await healthCheck({ knex, migrations })).toMatchObject({
          ok: true,
          current: '003_activity_features',
          lock: 'free',
        });

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
    },
  );
});
