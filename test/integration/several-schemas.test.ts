/** A chain that makes things in schemas of its own: they are found wherever a database has them, and nobody has to name them. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const STEPS: readonly (readonly string[])[] = [
  ['create table public_notes (id int primary key)'],
  ['create schema app'],
  // As careless as real ones: what is there would be gone.
  ['drop table if exists app.users', 'create table app.users (id int primary key)'],
  ['alter table app.users add column mail varchar(50)'],
  ['create schema "Odd.Name"', 'create table "Odd.Name".things (id int primary key references app.users)'],
  ['drop table "Odd.Name".things', 'drop schema "Odd.Name"'],
];
const REVISIONS = STEPS.map((_step, at) => `00${at + 1}`);

let project: Project;
let database: TestDatabase;
let knex: Knex;

const make = async (count: number) => {
  for (const sql of STEPS.slice(0, count).flat()) await knex.raw(sql);
};
const detect = (options = {}) => detectState({ knex, migrations: project.migrations, ...options });

beforeAll(async () => {
  project = await createProject(
    Object.fromEntries(STEPS.map((sql, at) => [`${REVISIONS[at]}.js`, rawMigration(sql)])),
  );
  const scratch = await createDatabase('postgres');
  await project.record(scratch.knex());
  await scratch.dispose();
});
afterAll(() => project?.remove());
beforeEach(async () => {
  database = await createDatabase('postgres');
  knex = database.knex();
});
afterEach(() => database?.dispose());

describe('without being told of the schemas', () => {
  test('an empty database is fresh', async () => {
    expect(await detect()).toMatchObject({ state: 'fresh', schemas: ['public'] });
  });

  test.each([1, 2, 3, 5])('a database at revision %i is there and nowhere else', async (count) => {
    await make(count);
    expect(await detect()).toMatchObject({
      state: 'legacy',
      candidates: [REVISIONS[count - 1]],
      differences: [],
    });
  });

  test('what was made and dropped again leaves the earlier schema, and both are named', async () => {
    await make(6);
    expect(await detect()).toMatchObject({ state: 'legacy', candidates: ['004', '006'], ambiguous: true });
  });

  test('rows in another schema are there after the rest was run', async () => {
    await make(3);
    await knex.raw('insert into app.users values (7)');
    const report = await adopt({ knex, migrations: project.migrations, to: '005' });
    expect(report).toMatchObject({ outcome: 'adopted', after: { revision: '005', differences: [] } });
    expect((await knex.raw('select * from app.users')).rows).toEqual([{ id: 7, mail: null }]);
  });

  test('a database of which only another schema is left is partial, and is completed there', async () => {
    await make(4);
    await knex.raw('alter table app.users drop column mail');
    await knex.raw('create schema "Odd.Name"; create table "Odd.Name".things (id int primary key)');
    const verdict = await detect();
    expect(verdict).toMatchObject({ state: 'partial', revision: null });
    expect(verdict.nearest[0]).toMatchObject({ revision: '005', blocking: 2 });
    await adopt({ knex, migrations: project.migrations, onPartial: 'complete', to: '005' });
    expect(await detect()).toMatchObject({
      state: 'managed',
      revision: '005',
      drift: false,
      differences: [],
    });
  });

  test('a schema that is missing is made, before what stands in it', async () => {
    await make(1);
    await knex.raw('create table "public".extra_of_nobody (id int)');
    await knex.raw('drop table public_notes; create schema app');
    const verdict = await detect();
    expect(verdict.state).toBe('partial');
    const mending = verdict.differences.map(({ path, outcome }) => [path.join(' '), outcome]);
    expect(mending).toContainEqual(['tables public.public_notes', 'missing']);
    await knex.raw('drop schema app; create table public_notes (id int primary key)');
    const other = await detect({ schemas: ['public', 'app'] });
    expect(other).toMatchObject({ state: 'legacy', candidates: ['001'] });
  });
});

describe('where schemas are named', () => {
  test('one that does not exist yet is as if it were empty, but for the first', async () => {
    expect(await detect({ schemas: ['public', 'app'] })).toMatchObject({ state: 'fresh' });
    await expect(detect({ schemas: ['app', 'public'] })).rejects.toMatchObject({ code: 'DETECT.NO_SCHEMA' });
  });

  test('the others of the chain are looked at all the same', async () => {
    await make(5);
    expect(await detect({ schemas: ['public', 'app'] })).toMatchObject({
      candidates: ['005'],
      schemas: ['public', 'app', 'Odd.Name'],
    });
  });
});
