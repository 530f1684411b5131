/** Something of another kind stands under a name of the chain: a view where it has a table, a table where it has a view. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

type Family = 'postgres' | 'mysql';

const CHAINS: Readonly<Record<Family, Readonly<Record<string, readonly string[]>>>> = {
  postgres: {
    '001': [
      'create table message (id int primary key)',
      'create table old (id int)',
      "create type mood as enum ('calm')",
    ],
    '002': [
      'create view news as select id from message',
      'create materialized view digest as select id from message',
    ],
    '003': ['drop table old', 'create table later (id int)'],
  },
  mysql: {
    '001': ['create table message (id int primary key)', 'create table old (id int)'],
    '002': ['create view news as select id from message'],
    '003': ['drop table old', 'create table later (id int)'],
  },
};

/** What was done at the last revision, to what, what it is now and what is expected. */
const CASES: Readonly<Record<Family, readonly (readonly [string, string, string, ...string[]])[]>> = {
  postgres: [
    ['news', 'table', 'view', 'drop view news', 'create table news (id int)', 'insert into news values (1)'],
    [
      'digest',
      'view',
      'materialized view',
      'drop materialized view digest',
      'create view digest as select 1 as id',
    ],
    ['later', 'view', 'table', 'drop table later', 'create view later as select 1 as id'],
    ['later', 'sequence', 'table', 'drop table later', 'create sequence later'],
    ['mood', 'domain', 'enum', 'drop type mood', 'create domain mood as text'],
  ],
  mysql: [
    ['news', 'table', 'view', 'drop view news', 'create table news (id int)', 'insert into news values (1)'],
    ['later', 'view', 'table', 'drop table later', 'create view later as select 1 as id'],
  ],
};

const article = (kind: string) => (kind === 'enum' ? 'an' : 'a');

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  const chain = CHAINS[family];
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await knex.raw(statement);
  };
  const detect = () => detectState({ knex, migrations: project.migrations });
  const partial = (onPartial: 'complete' | 'rebuild') => () =>
    adopt({ knex, migrations: project.migrations, onPartial });
  const expectNothingDone = async (sentence: RegExp, ...ways: readonly ('complete' | 'rebuild')[]) => {
    for (const way of ways) {
      const messages = await expectRefused(database, knex, partial(way), 'REFUSED.LEFTOVER');
      expect(messages).toEqual([expect.stringMatching(sentence)]);
    }
  };

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
  });
  afterEach(() => database?.dispose());

  test.each(CASES[family])(
    '%s: a %s where a %s is expected blocks, and no plan goes over it',
    async (name, is, expected, ...damage) => {
      await run([...Object.values(chain).flat(), ...damage]);
      const { state, unmanaged, differences } = await detect();
      expect({ state, unmanaged }).toEqual({ state: 'partial', unmanaged: [] });
      expect(differences).toMatchObject([
        {
          outcome: 'different',
          grade: 'blocking',
          sql: null,
          introducedBy: name === 'later' ? '003' : name === 'mood' ? '001' : '002',
        },
        { outcome: 'unexpected', grade: 'blocking', sql: null },
      ]);
      const sentence = new RegExp(`\\.${name} is a ${is}; ${article(expected)} ${expected} is expected\\.$`);
      await expectNothingDone(sentence, 'complete', ...(family === 'postgres' ? (['rebuild'] as const) : []));
    },
  );

  test('what a migration that is still to be run will make is in its place already', async () => {
    await run([
      ...(chain['001'] ?? []),
      ...(chain['002'] ?? []),
      'create table other (id int)',
      'create view later as select id from other',
    ]);
    expect(await detect()).toMatchObject({
      state: 'partial',
      candidates: [],
      unmanaged: [expect.stringMatching(/\.other$/)],
    });
    await expectNothingDone(/\.later is a view; a table is expected\.$/, 'complete');
  });

  test('nothing but a view in the place of a table is no fresh database', async () => {
    await run(['create view message as select 1 as id']);
    expect((await detect()).state).toBe('partial');
    await expectNothingDone(/\.message is a view; a table is expected\.$/, 'complete', 'rebuild');
  });

  test('what stands under the name of a table that the chain dropped is in nobody’s way', async () => {
    await run([...Object.values(chain).flat(), 'create view old as select id from later']);
    expect(await detect()).toMatchObject({
      state: 'legacy',
      revision: '003',
      differences: [{ grade: 'harmless' }],
    });
  });
});
