/** InnoDB makes an index for a foreign key that has none: of one that was made by hand it is no sign of a migration that makes such an index. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const FIRST = ['create table o (id int primary key)', 'create table t (id int primary key, owner int)'];
const INDEX = 'alter table t add index t_owner_index (owner)';
const BY_HAND = 'alter table t add constraint by_hand foreign key (owner) references o (id)';
let project: Project;
let database: TestDatabase;
let knex: Knex;

beforeAll(async () => {
  project = await createProject({
    '001.js': rawMigration(FIRST),
    '002.js': rawMigration([INDEX]),
    '003.js': rawMigration(['alter table t add x int']),
  });
  const scratch = await createDatabase('mysql');
  await project.record(scratch.knex());
  await scratch.dispose();
});
afterAll(() => project?.remove());
beforeEach(async () => {
  database = await createDatabase('mysql');
  knex = database.knex();
  for (const statement of FIRST) await knex.raw(statement);
});
afterEach(() => database?.dispose());

const detect = () => detectState({ knex, migrations: project.migrations });

test('its index leaves the revision before a candidate, and neither is recorded unasked', async () => {
  await knex.raw(BY_HAND);
  const { candidates, ambiguous, differences } = await detect();
  expect({ candidates, ambiguous }).toEqual({ candidates: ['001', '002'], ambiguous: true });
  expect(differences).toContainEqual(
    expect.objectContaining({ path: expect.arrayContaining(['by_hand']), grade: 'risky' }),
  );
  const accept = [`${database.name}.t.foreignKeys.by_hand`];
  const attempt = () => adopt({ knex, migrations: project.migrations, accept });
  await expectRefused(database, knex, attempt, 'REFUSED.AMBIGUOUS');
  const report = await adopt({ knex, migrations: project.migrations, accept, at: '001' });
  expect(report).toMatchObject({ outcome: 'adopted', stamped: ['001'], ran: ['002.js', '003.js'] });
});

test('an index of the name that the migration gives it was made by that', async () => {
  await knex.raw(INDEX);
  await knex.raw(BY_HAND);
  expect(await detect()).toMatchObject({ state: 'legacy', revision: '002', candidates: ['002'] });
});

test('without the foreign key an index under another name is that of the migration', async () => {
  await knex.raw('alter table t add index mine (owner)');
  expect(await detect()).toMatchObject({ state: 'legacy', revision: '002', candidates: ['002'] });
});
