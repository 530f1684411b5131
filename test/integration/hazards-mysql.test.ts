/** `hazards.md` Part 2 on the MySQL family: what a role is not shown, what lies beside, and what is under way. */
import type { Knex } from 'knex';
import createKnex from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/classify/verdict.ts';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import type { WorkspaceOptions } from '../../src/workspace.ts';
import { createDatabase, createReader, runSql, type TestDatabase } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import type { RunningServer } from '../support/processes.ts';
import { createProject, rawMigration } from '../support/project.ts';
import { MIGRATIONS as migrations } from '../support/reference-chain.ts';
import { startMariadb } from '../support/server-mariadb.ts';
import { withConnection } from '../support/sql-connection.ts';

const detect = async (one: Knex, more: Partial<WorkspaceOptions> = {}): Promise<Omit<Report, 'timing'>> => {
  const { timing: _, ...report } = await detectState({ knex: one, migrations, ...more });
  return report;
};
const AT_2 = { state: 'legacy', revision: '002_cat_recognition', differences: [], unmanaged: [] };

describe('in a database', () => {
  let database: TestDatabase;
  let knex: Knex;
  const opened: Knex[] = [];
  const as = (url: string) => {
    const one = createKnex({ client: 'mysql2', connection: url, pool: { min: 0, max: 1 } });
    opened.push(one);
    return one;
  };

  beforeEach(async () => {
    database = await createDatabase('mysql');
    knex = database.knex({ pool: { min: 0, max: 1 } });
    await runSql(database, await loadFixture('mysql', 'legacy-002'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.destroy()));
    await database?.dispose();
  });

  describe('privileges (hazard a) (pain 27)', () => {
    test.each([
      ['CREATE on the database shows tables without columns', 'CREATE', '*'],
      ['SHOW VIEW on the database shows tables without columns', 'SHOW VIEW', '*'],
      ['REFERENCES on the database shows columns and no privilege to read', 'REFERENCES', '*'],
      ['SELECT on one table shows that one alone', 'SELECT', 'feedback'],
      ['SELECT on one column shows that one alone', 'SELECT (id)', 'feedback'],
    ])('%s: blind, and told what to grant', async (_what, privilege, on) => {
      const url = await createReader(database);
      const role = `${new URL(url).username}@'%'`;
      await knex.raw(`revoke select on ${database.name}.* from ${role}`);
      await knex.raw(`grant ${privilege} on ${database.name}.${on} to ${role}`);
      await expect(detect(as(url))).rejects.toMatchObject({
        code: 'DETECT.BLIND',
        hint: expect.stringMatching(/GRANT SELECT, SHOW VIEW ON .*\.\* TO /),
      });
    });
  });

  describe('names and databases (hazard b)', () => {
    test('a temporary table of the session does not shadow one of the chain', async () => {
      await knex.raw('create temporary table feedback (other int)');
      await knex.raw('create temporary table cat_profiles (other int)');
      expect(await detect(knex)).toMatchObject(AT_2);
    });

    test('a twin that differs in case is another table, where the server tells them apart', async () => {
      const [[{ folded }]] = await knex.raw('select @@lower_case_table_names as folded');
      expect(folded).toBe(0);
      await knex.raw('create table Feedback (other int)');
      expect(await detect(knex)).toMatchObject({
        ...AT_2,
        differences: [{ grade: 'harmless' }],
        unmanaged: expect.anything(),
      });
    });

    test('another database with the same tables and a history of its own changes nothing', async () => {
      const other = await createDatabase('mysql');
      await runSql(other, await loadFixture('mysql', 'managed-head'));
      expect(await detect(knex)).toMatchObject({ ...AT_2, history: { present: false, rows: 0 } });
      await other.dispose();
    });
  });

  describe('an online schema change (hazard k)', () => {
    test.each([
      ["gh-ost's copy", ['create table _feedback_gho like feedback'], /gh-ost's _feedback_gho/],
      ["gh-ost's changelog", ['create table _feedback_ghc (id int)'], /gh-ost's _feedback_ghc/],
      [
        "pt-online-schema-change's triggers",
        [
          'create table _feedback_new like feedback',
          `create trigger pt_osc_x_feedback_del after delete on feedback for each row delete ignore from _feedback_new where id = old.id`,
        ],
        /pt-online-schema-change's trigger pt_osc_x_feedback_del/,
      ],
    ])('of a table of the chain gives no verdict: %s', async (_what, statements, message) => {
      for (const sql of statements) await knex.raw(sql);
      await expect(detect(knex)).rejects.toMatchObject({
        code: 'DETECT.UNSTABLE',
        message: expect.stringMatching(message),
      });
      await expect(adopt({ knex, migrations })).rejects.toMatchObject({ code: 'DETECT.UNSTABLE' });
      expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
    });

    test('is suspected of a role that cannot see the triggers', async () => {
      await knex.raw('create table _feedback_new like feedback');
      const reader = as(await createReader(database));
      await expect(detect(reader)).rejects.toMatchObject({ code: 'DETECT.UNSTABLE' });
      expect(await detect(knex)).toMatchObject({ state: 'legacy', revision: '002_cat_recognition' });
    });

    test('that is over, or of a table that the chain does not know, is nothing to stop for', async () => {
      for (const name of ['_feedback_del', '_feedback_old', '_strange_gho', 'strange']) {
        await knex.raw(`create table ${name} (id int)`);
      }
      const report = await detect(knex);
      expect(report).toMatchObject({ state: 'legacy', revision: '002_cat_recognition' });
      expect(report.differences.map(({ grade }) => grade)).toEqual(Array(4).fill('harmless'));
    });
  });

  test('a statement that is changing a table is waited for, and then named (hazard h)', async () => {
    const project = await createProject({
      '001_cats.js': rawMigration(['create table cats (id int primary key)'], ['drop table cats']),
    });
    const other = database.knex();
    try {
      await project.record(other);
      await knex.raw('create table cats (id int primary key)');
      // The ALTER waits for this reader, and cannot be done with meanwhile.
      const reader = await other.transaction();
      await reader.raw('select * from cats');
      const altering = other.raw('alter table cats add column name varchar(20)').then(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const detected = detect(knex, { migrations: project.migrations });
      await expect(detected).rejects.toMatchObject({
        code: 'DETECT.UNSTABLE',
        message: expect.stringContaining('alter table cats add column name'),
      });
      await reader.rollback();
      await altering;
      expect((await detect(knex, { migrations: project.migrations })).state).toBe('legacy');
    } finally {
      await project.remove();
    }
  });
});

describe('a server that is read-only (hazard i)', () => {
  let server: RunningServer;
  beforeAll(async () => {
    // Its own: the setting is the whole server's.
    server = await startMariadb();
    await withConnection(server.url, async ({ query, script }) => {
      await query('create database replica character set utf8mb4');
      await script(`use replica; ${await loadFixture('mysql', 'legacy-002')}`);
      await query(`create user app@'%' identified by 'test'`);
      await query(`grant all on replica.* to app@'%'`);
      await query('set global read_only = 1');
    });
  });
  afterAll(() => server?.stop());

  test.each(['app', 'root'])(
    'is read, and refused before any lock, also to a user who could write: %s',
    async (user) => {
      const url = new URL(server.url);
      url.pathname = '/replica';
      url.username = user;
      if (user === 'app') url.password = 'test';
      const knex = createKnex({ client: 'mysql2', connection: url.href, pool: { min: 0, max: 2 } });
      try {
        expect(await detect(knex)).toMatchObject(AT_2);
        const statements: string[] = [];
        knex.on('query', ({ sql }: { sql: string }) => statements.push(sql));
        expect(await adopt({ knex, migrations })).toMatchObject({
          outcome: 'refused',
          plan: { refused: [{ code: 'PLAN.READ_ONLY' }] },
        });
        expect(
          statements.filter((sql) => /get_lock|^\s*(?:create|insert|update|alter|drop)/i.test(sql)),
        ).toEqual([]);
        expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
      } finally {
        await knex.destroy();
      }
    },
  );
});
