/** A hot standby reads like its primary, and gives an advisory lock to whoever asks (hazards.md finding 15). */
import createKnex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { runInProcess } from '../cli/in-process.ts';
import { createDatabase } from '../support/database.ts';
import type { RunningServer } from '../support/processes.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { startStandby } from '../support/server-postgres.ts';

const CATS = 'create table cats (id int primary key, name text)';
const TRACKER = [
  'create table knex_migrations (id serial primary key, name varchar(255), batch integer, migration_time timestamptz)',
  'create table knex_migrations_lock (index serial primary key, is_locked integer)',
  'insert into knex_migrations_lock (is_locked) values (0)',
];

describe.each([
  ['a legacy database', [CATS], 'legacy'],
  [
    'a database that is behind',
    [CATS, ...TRACKER, "insert into knex_migrations (name, batch) values ('001_cats.js', 1)"],
    'managed',
  ],
] as const)('%s on a standby', (_what, statements, state) => {
  let project: Project;
  let server: RunningServer;
  let knex: Knex;
  const logged: string[] = [];

  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration([CATS]),
      '002_toys.js': rawMigration(['create table toys (id int primary key)']),
    });
    const primary = await createDatabase('postgres');
    await project.record(primary.knex());
    await primary.dispose();
    server = await startStandby(statements);
    knex = createKnex({ client: 'pg', connection: server.url });
    knex.on('query', ({ sql }: { sql: string }) => logged.push(sql));
  });
  afterAll(async () => {
    await knex?.destroy();
    await server?.stop();
    await project?.remove();
  });

  test('is one, gets its verdict, and is refused before any lock (hazard i)', async () => {
    expect((await knex.raw('select pg_is_in_recovery() as standby')).rows).toEqual([{ standby: true }]);
    const options = { knex, migrations: project.migrations };
    expect(await detectState(options)).toMatchObject({ state, revision: '001_cats', pending: ['002_toys'] });
    expect(await adopt(options)).toMatchObject({
      outcome: 'refused',
      plan: { refused: [{ code: 'PLAN.READ_ONLY', message: expect.stringContaining('standby') }] },
    });
    expect(logged.filter((sql) => /advisory/.test(sql))).toEqual([]);
    for (const command of [['startup'], ['handle-legacy', '--yes'], ['handle-legacy', '--rehearse']]) {
      const ended = await runInProcess([...command, '--url', server.url, '--migrations', project.migrations]);
      expect(ended.exitCode).toBe(4);
      expect(ended.stdout + ended.stderr).toContain('PLAN.READ_ONLY');
    }
  });

  test('is up to date where all that is asked for is recorded, and only there', async () => {
    const only = { knex, migrations: project.migrations, to: '001_cats' };
    const outcome = state === 'managed' ? 'up-to-date' : 'refused';
    expect(await adopt(only)).toMatchObject({ outcome });
  });
});
