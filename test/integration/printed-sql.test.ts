/** The SQL that a difference carries mends it: run as it is printed, in the order in which it is printed, nothing is left. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

type Family = 'postgres' | 'mysql';

const CHAINS: Readonly<Record<Family, Readonly<Record<string, readonly string[]>>>> = {
  postgres: {
    '001': [
      'create table t (id serial primary key, name varchar(50), span int4range)',
      'create sequence odd increment 2',
      "create type mood as enum ('calm', 'cross', 'wild')",
      'create domain short as varchar(9)',
      'create table moods (mood mood, word short)',
      'create function touch() returns trigger language plpgsql as $$ begin new.name := trim(new.name); return new; end $$',
      'create trigger tt before insert on t for each row execute function touch()',
      'create rule keep as on delete to t do instead nothing',
      "create policy mine on t using (name = 'me')",
      'alter table t add constraint apart exclude using gist (span with &&)',
    ],
  },
  mysql: {
    '001': [
      'create sequence odd increment 2',
      'create function twice(a int) returns int deterministic return a * 2',
      "create table t (id int primary key, name varchar(50), kind enum('a', 'b') not null default 'a')",
      'create trigger tt before insert on t for each row set new.name = trim(new.name)',
      'create table logs (id int primary key) engine=Aria',
      'create table parts (id int primary key) partition by hash (id) partitions 2',
    ],
  },
};

const OTHER_COLLATION = 'alter table t convert to character set utf8mb4 collate utf8mb4_unicode_ci';
/** What was done to a database at the last revision, in words and statements. */
const DAMAGE: Readonly<Record<Family, readonly (readonly [string, ...string[]])[]>> = {
  postgres: [
    ['a trigger that was disabled', 'alter table t disable trigger tt'],
    [
      'another trigger of the same name',
      'drop trigger tt on t',
      'create trigger tt before update on t for each row execute function touch()',
    ],
    [
      'another body of a function that a trigger uses',
      'create or replace function touch() returns trigger language plpgsql as $$ begin return new; end $$',
    ],
    ['a function with its trigger', 'drop function touch() cascade'],
    ['a default with a sequence that is still there', 'alter table t alter column id drop default'],
    ['a sequence with the default', 'drop sequence t_id_seq cascade'],
    ['all of it', 'drop table t, moods', 'drop function touch', 'drop type mood', 'drop domain short'],
    ['another sequence', 'alter sequence odd increment 7 cycle'],
    [
      'labels that an enum lacks',
      'drop table moods',
      'drop type mood',
      "create type mood as enum ('cross')",
      'create table moods (mood mood, word short)',
    ],
    ['a policy that was altered', 'alter policy mine on t using (true)'],
    ['another rule of the same name', 'create or replace rule keep as on delete to t do also nothing'],
    ['other steps of a sequence', 'alter sequence t_id_seq increment 5'],
    [
      'another exclusion constraint of the same name',
      'alter table t drop constraint apart',
      'alter table t add constraint apart exclude using gist (span with =)',
    ],
  ],
  mysql: [
    ['a table that was converted', OTHER_COLLATION],
    ['a column of another character set', 'alter table t modify name varchar(50) character set latin1'],
    [
      'a column that was dropped from a table with another default',
      'alter table t default character set latin1',
      'alter table t drop column name',
    ],
    [
      'another trigger of the same name',
      'drop trigger tt',
      "create trigger tt before insert on t for each row set new.name = 'x'",
    ],
    [
      'another body of a function',
      'drop function twice',
      'create function twice(a int) returns int deterministic return a + a',
    ],
    ['another sequence', 'alter sequence odd increment 7 cycle'],
    ['another engine', 'alter table logs engine=MyISAM'],
    ['other partitions', 'alter table parts partition by hash (id) partitions 3'],
  ],
};

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  const chain = CHAINS[family];
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await knex.raw(statement);
  };
  const detect = () => detectState({ knex, migrations: project.migrations });
  const complete = () => adopt({ knex, migrations: project.migrations, onPartial: 'complete' });

  beforeAll(async () => {
    project = await createProject(
      Object.fromEntries(Object.entries(chain).map(([name, up]) => [`${name}.js`, rawMigration(up)])),
    );
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await run(Object.values(chain).flat());
  });
  afterEach(() => database?.dispose());

  test.each(DAMAGE[family])('%s', async (_what, ...damage) => {
    await knex('t').insert([{ id: 7 }]);
    await run(damage);
    const { differences } = await detect();
    expect(differences).not.toEqual([]);
    for (const { sql } of differences) await runSql(database, sql ?? '');
    expect(await detect()).toMatchObject({ state: 'legacy', revision: '001', differences: [] });
  });

  if (family === 'mysql')
    test('a column is added in the default of the database, where its table has another', async () => {
      await run([
        'alter table t default character set latin1',
        'alter table t drop column name, drop column kind',
      ]);
      expect(await complete()).toMatchObject({
        outcome: 'completed',
        after: { standing: 'upToDate', drift: false },
      });
    });

  if (family === 'postgres')
    test('a dropped default is completed with the sequence that the column still owns', async () => {
      await knex('t').insert([{ name: 'a' }, { name: 'b' }]);
      await run(['alter table t alter column id drop default']);
      expect(await complete()).toMatchObject({ outcome: 'completed', after: { drift: false } });
      expect(await knex('t').insert({ name: 'c' }).returning('id')).toEqual([{ id: 3 }]);
    });

  if (family === 'postgres')
    test.each([
      ['a label that was added to an enum', "alter type mood add value 'tired'"],
      ['a check that was added to a domain', "alter domain short add check (value <> '')"],
    ])('%s cannot be taken away while columns stand on the type: there is no SQL', async (_what, damage) => {
      await run([damage]);
      expect((await detect()).differences).toMatchObject([{ outcome: 'different', sql: null }]);
    });

  test('another trigger of the same name is one difference, and is not replaced by completing', async () => {
    await run(
      family === 'postgres'
        ? ['alter table t disable trigger tt']
        : ['drop trigger tt', "create trigger tt before insert on t for each row set new.name = 'x'"],
    );
    expect((await detect()).differences).toMatchObject([{ outcome: 'different', grade: 'blocking' }]);
    await expectRefused(database, knex, complete, 'REFUSED.LEFTOVER');
  });
});
