/** PgBouncer in transaction mode (hazards.md j): what a session holds or sets means nothing there. */
import createKnex, { type Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { runInProcess } from '../cli/in-process.ts';
import { createDatabase, dumpSchema, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { startTransactionPooler, type TransactionPooler } from '../support/transaction-pooler.ts';

const CATS = 'create table cats (id int primary key, name text)';

describe('behind a pooler in transaction mode', () => {
  let database: TestDatabase;
  let direct: Knex;
  let pooler: TransactionPooler;
  let project: Project;
  const instances: Knex[] = [];

  const through = (config: Knex.Config = {}): Knex => {
    const knex = createKnex({ client: 'pg', connection: pooler.url, pool: { min: 0, max: 3 }, ...config });
    instances.push(knex);
    return knex;
  };

  async function place(second: string): Promise<void> {
    project = await createProject({ '001_cats.js': rawMigration([CATS]), '002_more.js': second });
    await project.record(direct);
    await runSql(database, `${CATS}; insert into cats values (1, 'Tom')`);
  }

  beforeEach(async () => {
    database = await createDatabase('postgres');
    direct = database.knex();
    pooler = await startTransactionPooler(database.url, 3);
  });
  afterEach(async () => {
    await Promise.all(instances.splice(0).map((knex) => knex.destroy()));
    await pooler?.close();
    await project?.remove();
    await database?.dispose();
  });

  test('the pooler is one: a setting of one client is found by another, and the process ids differ', async () => {
    const [one, two] = [through({ pool: { min: 0, max: 1 } }), through({ pool: { min: 0, max: 1 } })];
    for (let count = 0; count < 3; count += 1) await one.raw("set application_name = 'left behind'");
    const { rows } = await two.raw("select current_setting('application_name') as name");
    expect(rows[0].name).toBe('left behind');
  });

  test('eight replicas that start together adopt once, in one transaction, and leave no lock behind (hazard j) (pain 21)', async () => {
    await place(
      rawMigration(['create table toys (id serial primary key)', 'insert into toys default values']),
    );
    const reports = await Promise.all(
      Array.from({ length: 8 }, () => adopt({ knex: through(), migrations: project.migrations })),
    );
    expect(reports.map(({ outcome }) => outcome).sort()).toEqual(
      ['adopted', ...Array(7).fill('up-to-date')].sort(),
    );
    expect(await direct('knex_migrations').orderBy('id').select('name', 'batch')).toEqual([
      { name: '001_cats.js', batch: null },
      { name: '002_more.js', batch: 1 },
    ]);
    expect(await direct('toys').pluck('id')).toEqual([1]);
    expect(await direct('knex_migrations_lock').pluck('is_locked')).toEqual([0]);
    expect(
      await direct('pg_locks')
        .where('locktype', 'advisory')
        .where('database', direct.raw('(select oid from pg_database where datname = current_database())'))
        .pluck('pid'),
    ).toEqual([]);
    expect(await detectState({ knex: through(), migrations: project.migrations })).toMatchObject({
      state: 'managed',
      standing: 'upToDate',
      drift: false,
    });
  });

  test('what needs a session lock is refused with what to do, exits with 2, and nothing is written (hazard j) (pain 21)', async () => {
    await place(
      rawMigration(
        ['create index concurrently by_name on cats (name)'],
        [],
        'exports.config = { transaction: false };',
      ),
    );
    const before = await dumpSchema(direct);
    const ended = await runInProcess([
      'handle-legacy',
      '--yes',
      '--url',
      pooler.url,
      '--migrations',
      project.migrations,
    ]);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('LOCK.POOLED');
    expect(ended.stderr).toMatch(/hint: .*straight to the server/);
    expect(await dumpSchema(direct)).toBe(before);
    // Up to there it goes, and straight to the server all the way.
    const upTo = await adopt({ knex: through(), migrations: project.migrations, to: '001_cats' });
    expect(upTo).toMatchObject({ outcome: 'adopted', ran: [] });
    expect(await adopt({ knex: direct, migrations: project.migrations })).toMatchObject({
      ran: ['002_more.js'],
    });
  });

  test('a search path that reaches some connections and not others puts nothing into another schema (hazard j)', async () => {
    project = await createProject({
      '001_cats.js': rawMigration([CATS]),
      '002_more.js': rawMigration(['create table toys (id int primary key)']),
    });
    await project.record(direct);
    await runSql(database, `create schema app; set search_path = app; ${CATS}`);
    const options = { migrations: project.migrations };
    const adoptThrough = () =>
      adopt({ ...options, knex: through({ searchPath: ['app'], pool: { min: 0, max: 1 } }) });
    // The client sets the path of one server connection, and works on the next ones.
    await expect(adoptThrough()).rejects.toMatchObject({ code: 'DETECT.NO_SCHEMA' });
    expect(await direct.schema.withSchema('app').hasTable('knex_migrations')).toBe(false);
    // Where every one of them has it, as ALTER ROLE would give it to them, it is as good as a direct one.
    const other = through({ pool: { min: 0, max: 1 } });
    for (let count = 0; count < 3; count += 1) await other.raw('set search_path = app');
    expect(await adoptThrough()).toMatchObject({ outcome: 'adopted', ran: ['002_more.js'] });
    expect(await direct('pg_tables').where('schemaname', 'public').pluck('tablename')).toEqual([]);
    expect(await direct('app.knex_migrations').pluck('name')).toHaveLength(2);
  });
});
