/** A migration that converts to another character set has done something, and what was not converted is not as it left it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const NOTES = 'create table notes (id int primary key, body varchar(50))';
const CODES = 'create table notes (id int primary key, code varchar(9) character set ascii)';
const CONVERT = 'alter table notes convert to character set utf8mb4';
const ALTER_DATABASE = 'alter database character set utf8mb4';
const TAGS = 'create table tags (label varchar(20) primary key)';

/** Chains by what is special in them: the database's default when they begin, and what the first two migrations do. */
const CHAINS = [
  ['the database has another default', 'latin1', [NOTES], [CONVERT]],
  ['the database gets it as its default', 'latin1', [NOTES], [ALTER_DATABASE, CONVERT]],
  ['the database has that default', 'utf8mb4', [CODES], [CONVERT]],
] as const;

describe.each(CHAINS)('where %s', (_what, initial, first, second) => {
  const steps: readonly (readonly string[])[] = [first, second, [TAGS]];
  let project: Project;
  let database: TestDatabase;
  const start = async () => {
    const made = await createDatabase('mysql');
    await made.knex().raw(`alter database character set ${initial}`);
    return made;
  };

  beforeAll(async () => {
    project = await createProject(
      Object.fromEntries(steps.map((sql, at) => [`00${at + 1}.js`, rawMigration(sql)])),
    );
    const scratch = await start();
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await start();
  });
  afterEach(() => database?.dispose());

  test.each([1, 2, 3])('after migration %i it is there, and at no other', async (count) => {
    const knex = database.knex();
    for (const sql of steps.slice(0, count).flat()) await knex.raw(sql);
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
      state: 'legacy',
      candidates: [`00${count}`],
      differences: [],
    });
  });
});

describe('where no migration says anything of character sets', () => {
  test.each([
    ['latin1', 'utf8mb4'],
    ['utf8mb4', 'latin1'],
  ])('manifests recorded where %s is the default are met where %s is', async (recorded, met) => {
    const project = await createProject({ '001.js': rawMigration([TAGS]) });
    const [scratch, database] = [await createDatabase('mysql'), await createDatabase('mysql')];
    try {
      await scratch.knex().raw(`alter database character set ${recorded}`);
      await project.record(scratch.knex());
      const knex = database.knex();
      await knex.raw(`alter database character set ${met}`);
      await knex.raw(TAGS);
      const verdict = await detectState({ knex, migrations: project.migrations });
      expect(verdict).toMatchObject({ candidates: ['001'], differences: [] });
      expect(verdict.rulesUsed).toContain('default-collation');
    } finally {
      await scratch.dispose();
      await database.dispose();
      await project.remove();
    }
  });
});

describe('a character set that a migration chooses, recorded where it is the default', () => {
  const CHOSEN = 'create table posts (body varchar(50)) default character set utf8mb4';
  const PLAIN = CHOSEN.replace(' default character set utf8mb4', '');
  /** What is recorded of a chain where utf8mb4 is the default, and the verdict on a database where another one is. */
  async function verdictOn(chain: readonly string[], given: string, made: readonly string[]) {
    const project = await createProject(
      Object.fromEntries(chain.map((sql, at) => [`00${at + 1}.js`, rawMigration([sql])])),
    );
    const [scratch, database] = [await createDatabase('mysql'), await createDatabase('mysql')];
    try {
      await scratch.knex().raw('alter database character set utf8mb4');
      await project.record(scratch.knex());
      const knex = database.knex();
      await knex.raw(`alter database character set ${given}`);
      for (const sql of made) await knex.raw(sql);
      return await detectState({ knex, migrations: project.migrations });
    } finally {
      await scratch.dispose();
      await database.dispose();
      await project.remove();
    }
  }

  test.each(['latin1', 'utf8mb4', 'utf8mb4 collate utf8mb4_unicode_ci'])(
    'is met where the migration was run, and %s is the default',
    async (given) => {
      expect(await verdictOn([CHOSEN], given, [CHOSEN])).toMatchObject({
        state: 'legacy',
        revision: '001',
        differences: [],
      });
    },
  );

  test('is not met by a column in the default of another database', async () => {
    expect(await verdictOn([CHOSEN], 'latin1', [PLAIN])).toMatchObject({
      state: 'partial',
      revision: null,
      differences: [
        { path: ['tables', expect.stringMatching(/\.posts$/), 'columns', 'body'], outcome: 'different' },
      ],
    });
  });

  test('tells a database that a later migration has yet to convert', async () => {
    const chain = [PLAIN, 'alter table posts convert to character set utf8mb4'];
    const before = await verdictOn(chain, 'latin1', [PLAIN]);
    expect(before).toMatchObject({ revision: '001', pending: ['002'] });
    expect(before.migrations.map(({ evidence }) => evidence)).toEqual(['applied', 'absent']);
    // What has been converted is in what the first migration would make where utf8mb4 is the default, too.
    const after = await verdictOn(chain, 'latin1', chain);
    expect(after).toMatchObject({ revision: null, candidates: ['001', '002'] });
    expect(after.migrations.map(({ evidence }) => evidence)).toEqual(['applied', 'traceless']);
  });

  test('is nobody knows whose where the chain cannot be run with another default', async () => {
    const chain = [
      'create table posts (code varchar(9) primary key) default character set utf8mb4',
      'create table notes (code varchar(9), foreign key (code) references posts (code))',
    ];
    expect(await verdictOn(chain, 'utf8mb4', chain)).toMatchObject({ revision: '002', differences: [] });
    const plain = chain.map((sql) => sql.replace(' default character set utf8mb4', ''));
    expect(await verdictOn(chain, 'latin1', plain)).toMatchObject({ revision: '002', differences: [] });
  });
});

describe('a default that is not what the tables have', () => {
  test('is named with its value, the columns and what can be done; and doing that is enough', async () => {
    const project = await createProject({ '001.js': rawMigration([TAGS]) });
    const [scratch, database] = [await createDatabase('mysql'), await createDatabase('mysql')];
    try {
      await scratch.knex().raw('alter database character set utf8mb4');
      await project.record(scratch.knex());
      const knex = database.knex();
      // As what was made on a server of another release: neither the database's default nor this server's for the set.
      const [[{ own }]] = await knex.raw(
        "select default_collate_name as own from information_schema.character_sets where character_set_name = 'utf8mb3'",
      );
      await knex.raw('alter database character set utf8mb3 collate utf8mb3_bin');
      await knex.raw(`${TAGS} default character set utf8mb3`);
      const detect = () => detectState({ knex, migrations: project.migrations });
      const before = await detect();
      expect(before.state).toBe('partial');
      expect(before.settings).toMatchObject([
        {
          name: 'collation_database',
          value: 'utf8mb3_bin',
          differences: [`${database.name}.tags.columns.label`],
        },
      ]);
      await knex.raw(`alter database character set utf8mb3 collate ${own}`);
      expect(await detect()).toMatchObject({ state: 'legacy', revision: '001', settings: [] });
    } finally {
      await scratch.dispose();
      await database.dispose();
      await project.remove();
    }
  });
});

test('a text that a conversion made larger, because the database had another character set, is named with that', async () => {
  const made = 'create table posts (body text, title varchar(20))';
  const chain = [made, 'alter table posts convert to character set utf8mb4 collate utf8mb4_unicode_ci'];
  const project = await createProject({
    '001.js': rawMigration([made]),
    '002.js': rawMigration(chain.slice(1)),
  });
  const [scratch, database] = [await createDatabase('mysql'), await createDatabase('mysql')];
  try {
    await scratch.knex().raw('alter database character set utf8mb4');
    await project.record(scratch.knex());
    const knex = database.knex();
    await knex.raw('alter database character set latin1');
    for (const sql of chain) await knex.raw(sql);
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
      state: 'partial',
      differences: [{ expected: { type: 'text' }, actual: { type: 'mediumtext' } }],
      settings: [
        {
          name: 'character_set_database',
          value: 'latin1',
          differences: [`${database.name}.posts.columns.body`],
        },
      ],
    });
  } finally {
    await scratch.dispose();
    await database.dispose();
    await project.remove();
  }
});
