/** A chain that makes things in schemas of its own: they are found wherever a database has them, and nobody has to name them. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { replayManifests } from '../../src/record.ts';
import { openWorkspace } from '../../src/workspace.ts';
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

describe('where names without a schema land in one that the chain makes', () => {
  test.each([
    ['by name', { schemas: ['app', 'public'] }, {}],
    ['by the connection', {}, { searchPath: ['app', 'public'] }],
  ])('%s, nothing is concluded from what is not found under its name', async (_how, named, config) => {
    await make(3);
    await knex.raw('insert into app.users values (7)');
    const landing = database.knex(config);
    for (const attempt of [detectState, adopt]) {
      await expect(
        attempt({ knex: landing, migrations: project.migrations, ...named }),
      ).rejects.toMatchObject({
        code: 'DETECT.DEFAULT_SCHEMA',
        hint: expect.stringMatching(/--schema public --schema app/),
      });
    }
    expect((await knex.raw('select * from app.users')).rows).toEqual([{ id: 7 }]);
    expect(await detect({ schemas: ['public', 'app'] })).toMatchObject({
      state: 'legacy',
      candidates: ['003'],
    });
  });

  test('manifests that no database could meet are not made', async () => {
    const workspace = await openWorkspace({
      knex,
      migrations: project.migrations,
      schemas: ['app', 'public'],
    });
    const scratch = await workspace.dialect.createScratch(knex);
    try {
      await expect(replayManifests(workspace, scratch)).rejects.toMatchObject({
        code: 'DETECT.DEFAULT_SCHEMA',
      });
    } finally {
      await scratch.remove();
    }
  });
});

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
});

describe('schemas and extensions of a chain', () => {
  const adoptBy = async (files: Readonly<Record<string, string>>, sql: string, options = {}) => {
    const other = await createProject(files);
    const scratch = await createDatabase('postgres');
    try {
      await other.record(scratch.knex());
      await knex.raw(sql);
      const verdict = await detectState({ knex, migrations: other.migrations });
      const report = await adopt({ knex, migrations: other.migrations, ...options });
      return { verdict, report };
    } finally {
      await scratch.dispose();
      await other.remove();
    }
  };

  test('an empty schema and an extension are no part of a first migration that brings more: the database is fresh', async () => {
    const { verdict, report } = await adoptBy(
      {
        '001.js': rawMigration([
          'create extension if not exists citext',
          'create schema if not exists app',
          'create table app.users (id int primary key, mail citext)',
        ]),
      },
      'create schema app; create extension citext; create extension hstore',
    );
    expect(verdict).toMatchObject({ state: 'fresh', candidates: [], unmanaged: [] });
    expect(report).toMatchObject({ outcome: 'installed', after: { revision: '001', drift: false } });
  });

  test('a migration that makes an extension and nothing else has left its trace, and is not run again', async () => {
    const { verdict, report } = await adoptBy(
      {
        '001.js': rawMigration(['create extension citext']),
        '002.js': rawMigration(['create table users (id int primary key, mail citext)']),
      },
      'create extension citext',
    );
    expect(verdict).toMatchObject({ state: 'legacy', candidates: ['001'] });
    expect(report).toMatchObject({ outcome: 'adopted', after: { revision: '002', drift: false } });
  });

  test('a schema that is missing is made, before what stands in it', async () => {
    const tables = ['create table a (id int primary key)', 'create table b (id int primary key)'];
    const { verdict, report } = await adoptBy(
      { '001.js': rawMigration([...tables, 'create schema app', 'create table app.c (id int primary key)']) },
      tables.join(';'),
      { onPartial: 'complete' },
    );
    expect(verdict.differences.map(({ path, outcome }) => [path.join(' '), outcome])).toEqual([
      ['schemas app', 'missing'],
      ['tables app.c', 'missing'],
    ]);
    expect(report).toMatchObject({ outcome: 'completed', after: { revision: '001', differences: [] } });
  });

  test('an extension that is missing is named, with what would make it', async () => {
    const { verdict, report } = await adoptBy(
      {
        '001.js': rawMigration(['create table users (id int primary key)', 'create extension pg_prewarm']),
        '002.js': rawMigration(['create table notes (id int primary key)']),
      },
      'create table users (id int primary key)',
    );
    expect(verdict).toMatchObject({
      state: 'partial',
      differences: [
        {
          path: ['extensions', 'pg_prewarm'],
          outcome: 'missing',
          introducedBy: '001',
          sql: 'CREATE EXTENSION IF NOT EXISTS "pg_prewarm";',
        },
      ],
    });
    expect(report.plan?.refused).toMatchObject([{ code: 'REFUSED.PARTIAL' }]);
  });
});

describe('where schemas are named', () => {
  test('one that does not exist yet is as if it were empty, but for the first', async () => {
    expect(await detect({ schemas: ['public', 'app'] })).toMatchObject({ state: 'fresh' });
    await expect(detect({ schemas: ['elsewhere', 'public'] })).rejects.toMatchObject({
      code: 'DETECT.NO_SCHEMA',
    });
  });

  test('the others of the chain are looked at all the same', async () => {
    await make(5);
    expect(await detect({ schemas: ['public', 'app'] })).toMatchObject({
      candidates: ['005'],
      schemas: ['public', 'app', 'Odd.Name'],
    });
  });
});
