/** The SQL that a difference carries mends it: run as it is printed, in the order in which it is printed, nothing is left. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CHAINS = {
  mysql: {
    '001': [
      'create table t (id int primary key, name varchar(50), kind enum("a", "b") not null default "a")',
    ],
  },
} as const;

describe.each(['mysql'] as const)('on %s', (family) => {
  const chain: Readonly<Record<string, readonly string[]>> = CHAINS[family];
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await knex.raw(statement);
  };
  const detect = () => detectState({ knex, migrations: project.migrations });
  /** Runs what is printed, as it is printed. */
  const runPrinted = async () => {
    const { differences } = await detect();
    for (const { sql } of differences) {
      if (sql === null) continue;
      // A connection takes one statement at a time; those of these chains have no semicolon at the end of a line within them.
      await run(sql.split(/;\n|;$/).filter((one) => one !== ''));
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
    await run(Object.values(chain).flat());
  });
  afterEach(() => database?.dispose());

  test.each<readonly [string, ...string[]]>([
    [
      'a table that was converted',
      'alter table t convert to character set utf8mb4 collate utf8mb4_unicode_ci',
    ],
    ['a column of another set', 'alter table t modify name varchar(50) character set latin1'],
    [
      'a column that was dropped from a table with another default',
      'alter table t default character set latin1',
      'alter table t drop column name',
    ],
  ])('%s', async (_what, ...damage) => {
    await run(damage);
    expect((await detect()).differences).not.toEqual([]);
    await runPrinted();
    expect(await detect()).toMatchObject({ state: 'legacy', revision: '001', differences: [] });
  });

  test('a column is added in the default of the database, where its table has another', async () => {
    await run([
      'alter table t default character set latin1',
      'alter table t drop column name, drop column kind',
    ]);
    expect(await adopt({ knex, migrations: project.migrations, onPartial: 'complete' })).toMatchObject({
      outcome: 'completed',
      after: { standing: 'upToDate', drift: false },
    });
  });
});
