/** Extended statistics of PostgreSQL: an object like any other, though no application sees it. */
import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { detectState } from '../../src/library.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CATS = 'create table cats (id int primary key, name varchar(50), breed varchar(50), "Odd ""one" int)';
const STATISTICS = 'create statistics cats_breed (ndistinct) on name, breed from cats';

let database: TestDatabase;
let knex: Knex;
let project: Project;

beforeEach(async () => {
  database = await createDatabase('postgres');
  knex = database.knex();
  project = await createProject({
    '001_cats.js': rawMigration([CATS]),
    '002_statistics.js': rawMigration([STATISTICS]),
  });
  await project.record(knex);
});
afterEach(async () => {
  await project?.remove();
  await database?.dispose();
});

const after = async (...statements: string[]) => {
  await runSql(database, statements.join(';\n'));
  return detectState({ knex, migrations: project.migrations });
};

test('a migration that makes nothing else is told to have run, or not', async () => {
  expect(await after(CATS)).toMatchObject({ state: 'legacy', candidates: ['001_cats'], unmanaged: [] });
  expect(await after(STATISTICS)).toMatchObject({
    state: 'legacy',
    candidates: ['002_statistics'],
    differences: [],
  });
});

test('of the same name over something else are not those expected', async () => {
  const report = await after(CATS, 'create statistics cats_breed on name, breed from cats');
  expect(report).toMatchObject({ state: 'partial', candidates: [] });
  expect(report.differences).toEqual([
    expect.objectContaining({
      path: ['statistics', 'public.cats_breed'],
      outcome: 'different',
      grade: 'blocking',
      expected: '(ndistinct) on "breed", "name" from cats',
      actual: '(dependencies, mcv, ndistinct) on "breed", "name" from cats',
    }),
  ]);
});

test('that no revision knows are harmless, and listed', async () => {
  const report = await after(CATS, STATISTICS, 'create statistics mine on id, name from cats');
  expect(report).toMatchObject({ state: 'legacy', revision: '002_statistics', unmanaged: ['public.mine'] });
  expect(report.differences.map(({ grade, outcome }) => [grade, outcome])).toEqual([
    ['harmless', 'unexpected'],
  ]);
});

/** Kind, key and definition of everything beside the tables of these schemas. */
async function objectsOf(one: Knex, schemas: readonly string[]) {
  const { snapshot } = await postgresDialect.read(one, { queries: 0 }, async (session) => {
    const facts = await postgresDialect.readServer(session);
    return postgresDialect.introspect(session, facts, { schemas, exclude: [] });
  });
  return snapshot.objects.map(({ kind, key, definition }) => [kind, key, definition]);
}

test('are read in one order, with what they are of', async () => {
  await runSql(
    database,
    `${CATS}; create schema app; create statistics app.elsewhere (mcv) on breed, "Odd ""one", id from cats;
     create statistics all_kinds on name, breed from cats`,
  );
  expect(await objectsOf(knex, ['public', 'app'])).toEqual([
    ['schema', 'app', 'schema'],
    ['statistics', 'all_kinds', '(dependencies, mcv, ndistinct) on "breed", "name" from cats'],
    ['statistics', 'app.elsewhere', '(mcv) on "Odd ""one", "breed", "id" from cats'],
  ]);
});

test('of expressions, which servers have from 14 on', async () => {
  const pglite = await createDatabase('pglite');
  try {
    await runSql(
      pglite,
      `${CATS}; create statistics four on lower(trim(name)), breed, extract(year from '2020-01-01'::date + id) from cats;
       create statistics one on (lower(name)) from cats; alter statistics one set statistics 1000`,
    );
    expect(await objectsOf(pglite.knex(), ['public'])).toEqual([
      [
        'statistics',
        'four',
        `(dependencies, mcv, ndistinct) on "breed", (date_part('year'::text, ('2020-01-01'::date + id))), (lower(btrim(name))) from cats`,
      ],
      ['statistics', 'one', 'on (lower((name)::text)) from cats'],
    ]);
  } finally {
    await pglite.dispose();
  }
});
