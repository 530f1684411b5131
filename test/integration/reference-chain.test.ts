/**
 * That the reference chain runs up and down on every server, and that each fixture is what it says. Nothing of the project takes part: plain
 * Knex migrates, and what is compared is what the servers themselves say of their databases.
 */
import { createJiti } from 'jiti';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createDatabase,
  type Family,
  rowCounts,
  runSql,
  type TestDatabase,
  tableChecksums,
} from '../support/database.ts';
import { FIXTURES, fixtureNames, loadFixture } from '../support/fixtures.ts';

const FAMILIES: readonly Family[] = ['postgres', 'pglite', 'mysql'];

const jiti = createJiti(import.meta.url);

const REVISIONS = ['001_initial_schema', '002_cat_recognition', '003_activity_features'] as const;

/** The recorded names are those that Knex's own source would give: with the extension. */
const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => [...REVISIONS],
  getMigrationName: (revision) => `${revision}.ts`,
  getMigration: (revision) => jiti.import<Knex.Migration>(`../../migrations/${revision}.ts`),
};

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
          expect(compare(withoutNames(wanted, KNEX_OBJECTS), withoutNames(found))).toEqual(differences);
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

/** One thing that a server says of a database. */
interface Fact {
  /** The table that it belongs to. */
  readonly table: string;
  /** What there is: `column cats.age`, `unique cats (name)`. */
  readonly label: string;
  /** How it is: a column's type, for example. */
  readonly detail: string;
  /** Of a constraint or index. */
  readonly name: string;
}

/** Sorted by label. */
type Catalog = readonly Fact[];

const KNEX_OBJECTS = ['knex_migrations', 'knex_migrations_lock'];

function withoutNames(catalog: Catalog, tables: readonly string[] = []): Catalog {
  return catalog.filter(({ table }) => !tables.includes(table)).map((fact) => ({ ...fact, name: '' }));
}

/** Every difference in a few words; a table that only one side has counts as one. */
function compare(expected: Catalog, actual: Catalog): readonly string[] {
  const notIn = (other: Catalog, fact: Fact) =>
    !other.some(({ label, detail }) => label === fact.label && detail === fact.detail);
  const lacksTable = (other: Catalog, fact: Fact) => !other.some(({ table }) => table === fact.table);
  const words = (verb: string, other: Catalog, facts: Catalog) =>
    facts
      .filter((fact) => notIn(other, fact))
      .filter((fact) => !lacksTable(other, fact) || /^(table|view) /.test(fact.label))
      .map(({ label, detail }) =>
        other.some((fact) => fact.label === label) ? `${verb} ${label}: ${detail}` : `${verb} ${label}`,
      );
  return [...words('missing', actual, expected), ...words('unexpected', expected, actual)].sort();
}

async function readCatalog(database: TestDatabase): Promise<Catalog> {
  const connection = await database.connect();
  const rows = async (sql: string) => (await connection.query(sql)) as readonly Record<string, string>[];
  try {
    const facts = database.family === 'mysql' ? await readMysql(rows) : await readPostgres(rows);
    return facts.sort((a, b) => (a.label < b.label ? -1 : 1));
  } finally {
    await connection.close();
  }
}

type Rows = (sql: string) => Promise<readonly Record<string, string>[]>;

/** From pg_catalog: what PostgreSQL would write to make each object again, with its name set aside. */
async function readPostgres(rows: Rows): Promise<Fact[]> {
  const found = await rows(`
    WITH relations AS (
      SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f'))
    SELECT relname AS "table", CASE relkind WHEN 'r' THEN 'table ' ELSE 'view ' END || relname AS label, '' AS detail, '' AS name
    FROM relations
    UNION ALL
    SELECT relname, 'column ' || relname || '.' || attname,
      format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END || ' default '
        || coalesce(pg_get_expr(adbin, adrelid), 'none') || ' ' || attidentity::text || attgenerated::text || attcollation::regcollation::text
        || coalesce(' owns ' || pg_get_serial_sequence(relname, attname), ''), ''
    FROM relations c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
    UNION ALL
    SELECT relname, 'constraint ' || relname || ': ' || pg_get_constraintdef(k.oid), '', conname
    FROM relations c JOIN pg_constraint k ON conrelid = c.oid WHERE contype <> 'n'
    UNION ALL
    SELECT c.relname, 'index ' || c.relname || ' ' || replace(substring(pg_get_indexdef(indexrelid) FROM ' USING (.*)$'), 'btree ', ''),
      CASE WHEN indisunique THEN 'unique' ELSE '' END || CASE WHEN indisvalid THEN '' ELSE 'invalid' END, i.relname
    FROM relations c JOIN pg_index ON indrelid = c.oid JOIN pg_class i ON i.oid = indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT '', CASE typtype WHEN 'e' THEN 'enum ' ELSE 'domain ' END || typname, '', ''
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    UNION ALL
    SELECT '', 'function ' || proname, '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT relname, 'trigger ' || pg_get_triggerdef(t.oid), '', tgname
    FROM relations c JOIN pg_trigger t ON tgrelid = c.oid WHERE NOT tgisinternal`);
  return found.map(({ table = '', label = '', detail = '', name = '' }) => ({
    table,
    label,
    // The same default in two spellings: '0.85'::numeric or 0.85, CURRENT_TIMESTAMP or now().
    detail: detail
      .replace(
        /default '?([\d.]+)'?(::(numeric|double precision))? /,
        (_, number) => `default ${Number(number)} `,
      )
      .replace('default CURRENT_TIMESTAMP ', 'default now() '),
    name,
  }));
}

/** From SHOW CREATE TABLE, which says everything that the server knows of a table, one fact a line. */
async function readMysql(rows: Rows): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const { Table_type: type, ...names } of await rows('SHOW FULL TABLES')) {
    const table = Object.values(names)[0] ?? '';
    if (type === 'VIEW') {
      facts.push({ table, label: `view ${table}`, detail: '', name: '' });
      continue;
    }
    const [shown] = await rows(`SHOW CREATE TABLE \`${table}\``);
    const lines = (shown?.['Create Table'] ?? '').split('\n').slice(1);
    const options = (lines.pop() ?? '').replace(/ AUTO_INCREMENT=\d+/, '');
    facts.push({ table, label: `table ${table}`, detail: options, name: '' });
    for (const line of lines) {
      facts.push(...mysqlFacts(table, line.trim().replace(/,$/, '')));
    }
  }
  return facts;
}

function mysqlFacts(table: string, line: string): readonly Fact[] {
  const column = /^`(\w+)` (.*?)(?: CHECK (\(.*\)))?$/.exec(line);
  if (column !== null) {
    const [, name = '', detail = '', check] = column;
    const fact = { table, label: `column ${table}.${name}`, detail, name: '' };
    // MariaDB keeps a check that was written beside its column there; it is the same check.
    return check === undefined
      ? [fact]
      : [fact, { table, label: `check ${table} ${check.replaceAll('`', '')}`, detail: '', name }];
  }
  const [, prefix = '', name = '', definition = line] =
    /^(CONSTRAINT|UNIQUE KEY|KEY) `(\w+)` (.*?)(?: USING BTREE)?$/.exec(line) ?? [];
  const kind = prefix === 'CONSTRAINT' ? '' : prefix;
  const label = definition.startsWith('CHECK ')
    ? definition.replace('CHECK', `check ${table}`)
    : `${kind === 'KEY' ? 'index' : kind.toLowerCase()} ${table} ${definition}`.trim();
  return [{ table, label: label.replaceAll('`', ''), detail: '', name }];
}
