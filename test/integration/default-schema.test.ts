/** A schema that somebody put before the one with the tables: what is there must not look as if nothing were. */
import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const TABLE = 'create table cats (id integer primary key)';

describe('an empty schema before the one that has the tables', () => {
  let database: TestDatabase;
  let project: Project;
  let knex: Knex;
  beforeEach(async () => {
    database = await createDatabase('postgres');
    project = await createProject({ '001.js': rawMigration([TABLE]) });
    const scratch = await createDatabase('postgres');
    await project.record(scratch.knex());
    await scratch.dispose();
    const before = database.knex();
    await before.raw(TABLE);
    await before.raw('insert into cats values (1)');
    await before.raw('create schema app');
    knex = database.knex({ searchPath: ['app', 'public'] });
  });
  afterEach(async () => {
    await project?.remove();
    await database?.dispose();
  });

  test('is not taken for a fresh database, and nothing is made in it', async () => {
    const options = { knex, migrations: project.migrations };
    const refused = {
      code: 'DETECT.DEFAULT_SCHEMA',
      message: expect.stringContaining('public is behind it in the search path, and has cats'),
    };
    await expect(detectState(options)).rejects.toMatchObject(refused);
    await expect(adopt(options)).rejects.toMatchObject(refused);
    expect((await knex.raw('select * from cats')).rows).toEqual([{ id: 1 }]);
  });

  test('is one where it is named', async () => {
    const verdict = await detectState({ knex, migrations: project.migrations, schemas: ['app'] });
    expect(verdict).toMatchObject({ state: 'fresh', schemas: ['app'] });
  });

  test('is one where what stands behind it is something else', async () => {
    await knex.raw('alter table public.cats rename to dogs');
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({ state: 'fresh' });
  });

  test('is no trouble where the chain is in it', async () => {
    await knex.raw(TABLE);
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
      state: 'legacy',
      revision: '001',
    });
  });
});
