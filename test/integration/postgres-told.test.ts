/** What is easily overlooked on a table and costs rows or values: each is told with its path, and the SQL that is printed for it mends it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const ACCOUNTS =
  'create table accounts (id serial primary key, small smallserial, big bigserial, balance numeric(10,2) not null default 1.7)';

describe('a table of which somebody changed what no application sees', () => {
  let database: TestDatabase;
  let project: Project;
  beforeEach(async () => {
    database = await createDatabase('postgres');
    project = await createProject({ '001.js': rawMigration([ACCOUNTS]) });
    const scratch = await createDatabase('postgres');
    await project.record(scratch.knex());
    await scratch.dispose();
    await database.knex().raw(ACCOUNTS);
  });
  afterEach(async () => {
    await project?.remove();
    await database?.dispose();
  });
  const detect = () => detectState({ knex: database.knex(), migrations: project.migrations });

  test.each([
    [
      'a default whose cast changes the value',
      'alter table accounts alter balance set default 1.7::int',
      'blocking',
    ],
    ['a table that is empty after a crash', 'alter table accounts set unlogged', 'risky'],
    ['a counter that ends long before its column', 'alter sequence accounts_id_seq as smallint', 'risky'],
    ['the same of a bigint', 'alter sequence accounts_big_seq as smallint', 'risky'],
  ])('%s', async (_what, sql, grade) => {
    const knex = database.knex();
    await knex.raw(sql);
    const { differences } = await detect();
    expect(differences).toMatchObject([{ grade, introducedBy: grade === 'risky' ? null : '001' }]);
    await knex.raw(differences[0]?.sql ?? '');
    expect(await detect()).toMatchObject({ revision: '001', differences: [] });
  });

  test.each([
    ['a counter as servers before 10 made it', 'alter sequence accounts_id_seq as bigint'],
    ['a counter that its column has outgrown', 'alter sequence accounts_big_seq as integer'],
    ['a counter as large as its column', 'alter sequence accounts_small_seq as smallint'],
  ])('%s is none', async (_what, sql) => {
    await database.knex().raw(sql);
    expect(await detect()).toMatchObject({ revision: '001', differences: [] });
  });
});
