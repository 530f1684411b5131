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
let off: Knex;
let on: Knex;

beforeEach(async () => {
  database = await createDatabase('mysql');
  [off, on] = [withSetting(database, 0), withSetting(database, 1)];
  project = await createProject({ '001_visits.js': rawMigration([VISITS]) });
  // On a connection of its own, which has the server's setting.
  await project.record(on);
});
afterEach(async () => {
  await project?.remove();
  await database?.dispose();
});

const detect = (knex: Knex) => detectState({ knex, migrations: project.migrations });

test('columns that were made with it off differ, and it is named with its value here', async () => {
  await off.raw(VISITS);
  const report = await detect(off);
  expect(report).toMatchObject({
    state: 'partial',
    settings: [{ name: 'explicit_defaults_for_timestamp', value: 'OFF' }],
  });
  expect(report.settings[0]?.differences.toSorted()).toEqual([
    `${database.name}.visits.columns.came`,
    `${database.name}.visits.columns.went`,
  ]);
  // The table is older than the setting that the server has now.
  expect((await detect(on)).settings).toMatchObject([
    { value: 'ON', differences: report.settings[0]?.differences },
  ]);
});

test('it is not named where nothing differs, or what differs has other reasons', async () => {
  await on.raw(VISITS);
  expect(await detect(off)).toMatchObject({ state: 'legacy', differences: [], settings: [] });
  await on.raw(
    'alter table visits modify came datetime, modify noted timestamp not null default current_timestamp',
  );
  const report = await detect(off);
  expect(report.differences.map(({ path }) => path.at(-1))).toEqual(['came', 'noted']);
  expect(report.settings).toEqual([]);
});
