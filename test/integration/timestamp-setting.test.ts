/** `explicit_defaults_for_timestamp`: one migration, two schemas, and the report says what may be why. */
import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const VISITS =
  'create table visits (id int primary key, came timestamp, went timestamp, noted timestamp null, day date not null)';

/** A connection that is set so from the beginning. */
const withSetting = (database: TestDatabase, value: 0 | 1): Knex =>
  database.knex({
    pool: {
      min: 0,
      max: 2,
      afterCreate: (
        connection: { query(sql: string, done: (error: unknown) => void): void },
        done: (error: unknown, connection: unknown) => void,
      ) => {
        connection.query(
          `set session explicit_defaults_for_timestamp = ${value}, session sql_mode = ''`,
          (error) => done(error, connection),
        );
      },
    },
  });

let database: TestDatabase;
let project: Project;
/** As the server that records is set, and not so. */
let same: { readonly knex: Knex; readonly value: string };
let other: typeof same;

beforeEach(async () => {
  database = await createDatabase('mysql');
  const settings = [
    { knex: withSetting(database, 0), value: 'OFF' },
    { knex: withSetting(database, 1), value: 'ON' },
  ] as const;
  project = await createProject({ '001_visits.js': rawMigration([VISITS]) });
  const [[{ own }]] = await settings[0].knex.raw('select @@global.explicit_defaults_for_timestamp as own');
  [same, other] = own === 0 ? settings : [settings[1], settings[0]];
  // On a connection of its own, which has the server's setting.
  await project.record(same.knex);
});
afterEach(async () => {
  await project?.remove();
  await database?.dispose();
});

const detect = (knex: Knex) => detectState({ knex, migrations: project.migrations });

test('columns that were made with it set otherwise differ, and it is named with its value here', async () => {
  await other.knex.raw(VISITS);
  const report = await detect(other.knex);
  expect(report).toMatchObject({
    state: 'partial',
    settings: [{ name: 'explicit_defaults_for_timestamp', value: other.value }],
  });
  expect(report.settings[0]?.differences.toSorted()).toEqual([
    `${database.name}.visits.columns.came`,
    `${database.name}.visits.columns.went`,
  ]);
  // The table is older than the setting that the server has now.
  expect((await detect(same.knex)).settings).toMatchObject([
    { value: same.value, differences: report.settings[0]?.differences },
  ]);
});

test('it is not named where nothing differs, or what differs has other reasons', async () => {
  await same.knex.raw(VISITS);
  expect(await detect(other.knex)).toMatchObject({ state: 'legacy', differences: [], settings: [] });
  await same.knex.raw(
    'alter table visits modify came datetime, modify noted timestamp not null default current_timestamp',
  );
  const report = await detect(other.knex);
  expect(report.differences.map(({ path }) => path.at(-1))).toEqual(['came', 'noted']);
  expect(report.settings).toEqual([]);
});

test('a column with a default of its own, which may be NULL or not by the setting alone, is named too', async () => {
  const made = 'create table posts (id int primary key, made timestamp default current_timestamp)';
  const posts = await createProject({ '001_posts.js': rawMigration([made]) });
  try {
    await posts.record(same.knex);
    await other.knex.raw(made);
    expect(await detectState({ knex: other.knex, migrations: posts.migrations })).toMatchObject({
      state: 'partial',
      settings: [{ differences: [`${database.name}.posts.columns.made`] }],
    });
  } finally {
    await posts.remove();
  }
});
