/**
 * That the reference chain runs up and down on every server, and that each fixture is what it says. Nothing of the project takes part: plain
 * Knex migrates, and what is compared is what the servers themselves say of their databases.
 */
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Catalog,
  compareCatalogs,
  KNEX_OBJECTS,
  readCatalog,
  withoutNames,
} from '../support/catalog.ts';
import {
  createDatabase,
  type Family,
  rowCounts,
  runSql,
  type TestDatabase,
  tableChecksums,
} from '../support/database.ts';
import { FIXTURES, fixtureNames, loadFixture } from '../support/fixtures.ts';
import { migrationSource, REVISIONS } from '../support/reference-chain.ts';

const FAMILIES: readonly Family[] = ['postgres', 'pglite', 'mysql'];

/** What the database after `revision` migrations has, and the fixture has not, or the other way round. */
interface Expectation {
  readonly revision: 0 | 1 | 2 | 3;
  /** Made by Knex, so that its own two tables and all names agree as well. */
  readonly byKnex?: true;
  readonly differences?: readonly string[];
}

const KNEX_TABLES = ['unexpected table knex_migrations', 'unexpected table knex_migrations_lock'];

const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  empty: { revision: 0 },
  'legacy-001': { revision: 1 },
  'legacy-002': { revision: 2 },
  'legacy-003': { revision: 3 },
  'legacy-002-with-strangers': {
    revision: 2,
    differences: [
      'unexpected column cat_profiles.favourite_toy',
      'unexpected index detection_results (label)',
      'unexpected table vet_visits_2023_import',
    ],
  },
  'managed-002': { revision: 2, byKnex: true },
  'managed-head': { revision: 3, byKnex: true },
  'partial-critical-column': {
    revision: 1,
    differences: ['missing column detection_results.confidence'],
  },
  'partial-short-of-002': {
    revision: 2,
    differences: [
      'missing column detection_results.recognition_score',
      'missing column detection_results.recognized_at',
      'missing table cat_features',
    ],
  },
  'tracked-by-alembic': { revision: 2, differences: ['unexpected table alembic_version'] },
  'tracker-without-rows': { revision: 2, differences: KNEX_TABLES },
  'unrelated-application': {
    revision: 0,
    differences: [
      'unexpected table customers',
      'unexpected table order_items',
      'unexpected table orders',
      'unexpected table products',
      'unexpected view open_orders',
    ],
  },
};

test('every fixture exists for both families and is expected to be something', () => {
  expect(fixtureNames('mysql')).toEqual(FIXTURES);
  expect(Object.keys(EXPECTATIONS).sort()).toEqual(FIXTURES);
});

for (const family of FAMILIES) {
  describe(`the reference chain on ${family}`, () => {
    let database: TestDatabase;
    let knex: Knex;
    /** By the number of migrations that ran. */
    const catalogs: Catalog[] = [];

    beforeAll(async () => {
      database = await createDatabase(family);
      knex = database.knex({ migrations: { migrationSource } });
      await knex.migrate.list();
      catalogs.push(await readCatalog(database));
      for (const revision of REVISIONS) {
        expect((await knex.migrate.up())[1]).toEqual([`${revision}.ts`]);
        catalogs.push(await readCatalog(database));
      }
    });

    afterAll(() => database?.dispose());

    test('goes down exactly as it came up, and up again', async () => {
      for (const revision of [2, 1, 0]) {
        await knex.migrate.down();
        expect(await readCatalog(database), `down to ${revision}`).toEqual(catalogs[revision]);
      }
      await knex.migrate.latest();
      expect(await readCatalog(database)).toEqual(catalogs[3]);
    });

    // PGlite is a PostgreSQL that takes seconds to make: the two that hold everything will do.
    const fixtures = family === 'pglite' ? ['legacy-003', 'managed-head'] : FIXTURES;

    test.each(fixtures)('fixture %s has the structure and the rows that it says', async (name) => {
      const { revision, byKnex = false, differences = [] } = expectationOf(name);
      const fixture = await createDatabase(family);
      try {
        await runSql(fixture, await loadFixture(family, name));
        const wanted = catalogs[revision] as Catalog;
        const found = await readCatalog(fixture);
        if (byKnex) {
          expect(found).toEqual(wanted);
        } else {
          expect(compareCatalogs(withoutNames(wanted, KNEX_OBJECTS), withoutNames(found))).toEqual(
            differences,
          );
        }

        const counts = Object.entries(await rowCounts(fixture.knex()));
        const empty = counts.filter(([, rows]) => rows === 0).map(([table]) => table);
        expect(empty).toEqual(name === 'tracker-without-rows' ? ['knex_migrations'] : []);
        if (name !== 'empty') {
          expect(counts.reduce((sum, [, rows]) => sum + rows, 0)).toBeGreaterThan(2000);
        }
      } finally {
        await fixture.dispose();
      }
    });

    if (family !== 'pglite') {
      test('the rows are the same in every run, and the next one finds an id of its own', async () => {
        const [one, two] = [await createDatabase(family), await createDatabase(family)];
        try {
          const script = await loadFixture(family, 'legacy-003');
          await runSql(one, script);
          await runSql(two, script);
          expect(await tableChecksums(one.knex())).toEqual(await tableChecksums(two.knex()));
          await two.knex()('cat_profiles').insert({ household: 'home', name: 'the thirteenth' });
        } finally {
          await Promise.all([one.dispose(), two.dispose()]);
        }
      });
    }

    test('plain Knex takes a managed fixture for its own', async () => {
      const fixture = await createDatabase(family);
      try {
        await runSql(fixture, await loadFixture(family, 'managed-002'));
        const managed = fixture.knex({ migrations: { migrationSource } });
        expect(await managed.migrate.latest()).toEqual([2, ['003_activity_features.ts']]);
        expect(await readCatalog(fixture)).toEqual(catalogs[3]);
        await managed.migrate.rollback(undefined, true);
        expect(await readCatalog(fixture)).toEqual(catalogs[0]);
      } finally {
        await fixture.dispose();
      }
    });
  });
}

function expectationOf(name: string): Expectation {
  const expectation = EXPECTATIONS[name];
  if (expectation === undefined) {
    throw new Error(`Nothing is said about the fixture ${name}.`);
  }
  return expectation;
}
