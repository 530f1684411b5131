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
