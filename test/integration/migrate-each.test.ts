/** That a chain that is replayed in one batch runs as if its migrations had been run one by one. */
import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateEach } from '../../src/migrations/knex-migrator.ts';
import { directorySource } from '../../src/migrations/source.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { useDatabase } from '../support/use-database.ts';

const MIGRATIONS = {
  '001_marks.js': rawMigration([
    'create table marks (migration integer, transaction bigint)',
    'insert into marks values (1, txid_current())',
    'insert into marks values (1, txid_current())',
  ]),
  '002_alone.js': `${rawMigration([
    'insert into marks values (2, txid_current())',
    'insert into marks values (2, txid_current())',
  ])}\nexports.config = { transaction: false };`,
  '003_mood.js': rawMigration([
    `create type mood as enum ('sad')`,
    'insert into marks values (3, txid_current())',
  ]),
  '004_new_mood.js': rawMigration([`alter type mood add value 'fine'`]),
  // Only after the transaction that added a value has been committed may it be used (manual, ALTER TYPE).
  '005_use_it.js': rawMigration([`create table cats (mood mood default 'fine')`]),
};

const database = useDatabase('postgres');
let project: Project;
let knex: Knex;

beforeEach(async () => {
  project = await createProject(MIGRATIONS);
  knex = database.knex();
  await knex.raw('drop schema public cascade');
  await knex.raw('create schema public');
});
afterEach(() => project.remove());

const options = async () => ({
  source: await directorySource({ directories: [project.migrations] }),
  historyTable: { schema: 'public', name: 'knex_migrations' },
  translateError: () => null,
});

test('each migration has a transaction of its own, but for those that want none', async () => {
  await migrateEach(knex, await options(), async () => {});
  const transactions = async (migration: number): Promise<number> =>
    new Set((await knex('marks').where({ migration })).map(({ transaction }) => transaction)).size;
  expect([await transactions(1), await transactions(2)]).toEqual([1, 2]);
  expect(new Set((await knex('marks')).map(({ transaction }) => transaction)).size).toBe(4);
});

test('after each migration it is recorded, committed, and nothing of the next has happened', async () => {
  const other = database.knex();
  const seen: unknown[] = [];
  await migrateEach(knex, await options(), async (done) => {
    const tables = await other('pg_tables')
      .where({ schemaname: 'public' })
      .whereIn('tablename', ['marks', 'cats']);
    seen.push([done, (await other('knex_migrations')).length, tables.length]);
  });
  expect(seen).toEqual([
    [1, 1, 1],
    [2, 2, 1],
    [3, 3, 1],
    [4, 4, 1],
    [5, 5, 2],
  ]);
});

test('a failure of who looks is handed on as it is, and is not called one of the next migration', async () => {
  const error = new Error('no more of this');
  const run = migrateEach(knex, await options(), async (done) => {
    if (done === 2) throw error;
  });
  await expect(run).rejects.toBe(error);
});
