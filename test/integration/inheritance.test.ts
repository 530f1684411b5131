/** PostgreSQL: partitions and heirs have what their parents have, which is made once, and rows of their own. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt } from '../../src/library.ts';
import { createDatabase, dumpSchema, type TestDatabase } from '../support/database.ts';
import { dropPlaces, expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CHAIN = [
  'create table owners (id int primary key)',
  `create table visits (id int not null, year int not null, owner_id int constraint visits_owner references owners, note text default 'none',
     primary key (id, year), constraint visits_year check (year > 0)) partition by range (year)`,
  'create index visits_note on visits (note)',
  'create table visits_old partition of visits for values from (1) to (2000)',
  'create table visits_new partition of visits for values from (2000) to (3000) partition by list (year)',
  'create table visits_2000 partition of visits_new for values in (2000)',
  'create table visits_rest partition of visits default',
  "create table pets (id serial primary key, name text not null default 'nobody', constraint pets_named check (name <> ''))",
  'create table cats (lives int, primary key (id)) inherits (pets)',
];
const ROWS = [
  'insert into owners values (1), (2)',
  'insert into visits (id, year, owner_id) values (1, 1999, 1), (2, 2000, 2), (3, 5000, null)',
  "insert into pets values (1, 'Rex')",
  "insert into cats values (2, 'Minka', 9), (3, 'Tom', 7)",
];

let project: Project;
let scratch: string;
let database: TestDatabase;
let knex: Knex;
beforeAll(async () => {
  project = await createProject({
    '001_all.js': rawMigration(CHAIN),
    '002_more.js': rawMigration(['create table more (id int primary key)']),
  });
  const server = await createDatabase('postgres');
  await project.record(server.knex());
  for (const statement of [...CHAIN, 'create table more (id int primary key)'])
    await server.knex().raw(statement);
  scratch = await dumpSchema(server.knex());
  await server.dispose();
});
afterAll(() => project?.remove());
beforeEach(async () => {
  database = await createDatabase('postgres');
  knex = database.knex();
  for (const statement of [...CHAIN, ...ROWS]) await knex.raw(statement);
});
afterEach(async () => {
  await dropPlaces(database, knex);
  await database.dispose();
});

const look = async () => {
  const all = async (sql: string) => (await knex.raw(sql)).rows;
  return {
    visits: await all('select tableoid::regclass::text as kept, id, year, owner_id from visits order by id'),
    pets: await all('select tableoid::regclass::text as kept, id from pets order by id'),
    owners: await all('select id from owners order by id'),
  };
};

/** What is lost, and what of the rows then. */
const DAMAGES: readonly (readonly [damage: string, lost: RegExp | null])[] = [
  ['drop table visits_old', /^visits_old$/],
  ['drop table visits_2000', /^visits_2000$/],
  ['drop table visits_new', /^visits_2000$/],
  ['drop table visits', /^visits_/],
  ['alter table visits drop constraint visits_owner', null],
  ['alter table visits drop constraint visits_pkey', null],
  ['alter table visits drop constraint visits_year', null],
  ['alter table visits drop column note', null],
  ["alter table visits alter column note set default 'some'", null],
  ['drop index visits_note', null],
  ['drop table cats', /^cats$/],
  ['alter table pets drop column name cascade', null],
  ['alter table pets drop constraint pets_named', null],
  ['alter table cats no inherit pets', null],
];

describe.each(['complete', 'rebuild'] as const)('%s', (onPartial) => {
  test.each(DAMAGES)('after "%s"', async (damage, lost) => {
    const before = await look();
    await knex.raw(damage);
    const report = await adopt({ knex, migrations: project.migrations, onPartial });
    expect(report.plan?.refused.map(({ message }) => message)).toEqual([]);
    expect(report.after).toMatchObject({ standing: 'upToDate', drift: false });
    await dropPlaces(database, knex);
    expect(await dumpSchema(knex)).toBe(scratch);
    const kept = (rows: readonly { readonly kept: string }[]) =>
      rows.filter((row) => lost?.test(row.kept) !== true);
    const after = await look();
    expect(after).toEqual({ ...before, visits: kept(before.visits), pets: kept(before.pets) });
  });
});

test('a partition that was detached is one again', async () => {
  const before = await look();
  await knex.raw('alter table visits detach partition visits_old');
  const attempt = (onPartial: 'complete' | 'rebuild') => () =>
    adopt({ knex, migrations: project.migrations, onPartial });
  // Nobody has asked the server whether its rows belong there.
  const [message] = await expectRefused(database, knex, attempt('complete'), 'REFUSED.ROWS');
  expect(message).toContain('1 rows that might not belong into the partition');
  expect(await attempt('rebuild')()).toMatchObject({ outcome: 'rebuilt', after: { drift: false } });
  await dropPlaces(database, knex);
  expect(await dumpSchema(knex)).toBe(scratch);
  expect(await look()).toEqual(before);
});

test('what nobody knows and is a partition, or an heir, of what would be set aside stops a rebuild', async () => {
  await knex.raw('drop index visits_note');
  await knex.raw('delete from visits where id = 3');
  await knex.raw('create table visits_3000 partition of visits for values from (3000) to (4000)');
  await knex.raw('create table dogs () inherits (pets)');
  const messages = await expectRefused(
    database,
    knex,
    () => adopt({ knex, migrations: project.migrations, onPartial: 'rebuild' }),
    'REFUSED.DEPENDENT',
  );
  expect(messages).toEqual([
    expect.stringMatching(/^public\.dogs depends on pets/),
    expect.stringMatching(/^public\.visits_3000 depends on/),
  ]);
});
