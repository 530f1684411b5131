/**
 * The acceptance law, for every fixture: it gets the verdict that is written beside it, whole; and where that verdict can be adopted, adopting
 * it leaves the structure of a database migrated from scratch, every row, nothing more to do, and a plain Knex that agrees.
 */
import { readFileSync } from 'node:fs';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/classify/verdict.ts';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { planAdoption } from '../../src/plan-adoption.ts';
import { type Catalog, compareCatalogs, readCatalog, withoutNames } from '../support/catalog.ts';
import {
  type ByTable,
  createDatabase,
  type Family,
  runSql,
  type TestDatabase,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { FIXTURES, loadFixture } from '../support/fixtures.ts';
import { migrationSource, MIGRATIONS as migrations, RECORDED_NAMES } from '../support/reference-chain.ts';

const FAMILIES: readonly Family[] = ['postgres', 'pglite', 'mysql'];

/** What handling each fixture must come to. */
const OUTCOMES: Readonly<Record<string, string>> = {
  empty: 'installed',
  'legacy-001': 'adopted',
  'legacy-002': 'adopted',
  'legacy-003': 'adopted',
  'legacy-002-with-strangers': 'adopted',
  'managed-002': 'upgraded',
  'managed-head': 'up-to-date',
  'partial-critical-column': 'REFUSED.PARTIAL',
  'partial-short-of-002': 'REFUSED.PARTIAL',
  'tracked-by-alembic': 'adopted',
  'tracker-without-rows': 'adopted',
  'unrelated-application': 'REFUSED.SHARED',
};

const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  'legacy-002-with-strangers': [
    'unexpected column cat_profiles.favourite_toy',
    'unexpected index detection_results (label)',
    'unexpected table vet_visits_2023_import',
  ],
  'tracked-by-alembic': ['unexpected table alembic_version'],
};

function expectedFile(family: Family, name: string): URL {
  return new URL(
    `../../fixtures/${family === 'mysql' ? 'mysql' : 'postgres'}/${name}/expected.json`,
    import.meta.url,
  );
}

/** A report without what differs from run to run and from server to server: cost, server, and the database's own name. */
function comparable(report: Report, schema: string): unknown {
  const { timing: _timing, server: _server, ...rest } = report;
  return JSON.parse(JSON.stringify(rest).replaceAll(schema, '<schema>'));
}

test('every fixture has an outcome', () => {
  expect(Object.keys(OUTCOMES).sort()).toEqual(FIXTURES);
});

describe.each(FAMILIES)('on %s', (family) => {
  let scratch: TestDatabase;
  let head: Catalog;

  beforeAll(async () => {
    scratch = await createDatabase(family);
    await scratch.knex({ migrations: { migrationSource } }).migrate.latest();
    head = withoutNames(await readCatalog(scratch));
  });

  afterAll(() => scratch?.dispose());

  test.each(FIXTURES)('%s gets its verdict, and comes to its end', async (name) => {
    const database = await createDatabase(family);
    try {
      await runSql(database, await loadFixture(family, name));
      const knex = database.knex();
      const report = await detectState({ knex, migrations });
      const file = expectedFile(family, name);
      const found = comparable(report, report.schemas[0] ?? '');
      expect(found).toEqual(JSON.parse(readFileSync(file, 'utf8')));

      const columns = await tableColumns(knex);
      const checksums = await tableChecksums(knex);
      const catalog = await readCatalog(database);
      const handled = await adopt({ knex, migrations });
      const { outcome } = handled;
      if (outcome === 'refused') {
        expect(handled.plan?.refused.map((refusal) => refusal.code)).toEqual([OUTCOMES[name]]);
        expect(await readCatalog(database)).toEqual(catalog);
        expect(await tableChecksums(knex)).toEqual(checksums);
        return;
      }
      expect(outcome).toBe(OUTCOMES[name]);
      await expectAdopted(knex, database, { columns, checksums, strangers: STRANGERS[name] ?? [] });
    } finally {
      await database.dispose();
    }
  });

  async function expectAdopted(
    knex: Knex,
    database: TestDatabase,
    before: {
      columns: ByTable<readonly string[]>;
      checksums: ByTable<string>;
      strangers: readonly string[];
    },
  ): Promise<void> {
    const again = await detectState({ knex, migrations });
    expect(again).toMatchObject({ state: 'managed', standing: 'upToDate', drift: false });
    expect((await planAdoption({ knex, migrations })).plan?.steps).toEqual([]);
    expect(compareCatalogs(head, withoutNames(await readCatalog(database), ['knex_adoption']))).toEqual(
      before.strangers,
    );
    // What was there: every row and value of it, in the columns that it had; Knex's own tables are looked at below.
    const { knex_migrations: _rows, knex_migrations_lock: _lock, ...user } = before.checksums;
    const { knex_migrations: _names, knex_migrations_lock: _flag, ...columns } = before.columns;
    expect(await tableChecksums(knex, columns)).toEqual(user);
    const [completed, pending] = (await knex.migrate.list({ migrationSource })) as [
      { name: string }[],
      unknown[],
    ];
    expect(completed.map((migration) => migration.name)).toEqual(RECORDED_NAMES);
    expect(pending).toEqual([]);
    expect(await knex('knex_migrations_lock').select('is_locked')).toEqual([{ is_locked: 0 }]);
  }
});
