/** A migration that only moves data leaves no trace in a schema; a probe beside the manifests tells whether it has run. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import createKnex, { type Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, createReader, type Family, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const MIGRATIONS = {
  '001_cats.js': rawMigration(['create table cats (id int primary key, name varchar(50))']),
  '002_name_everybody.js': rawMigration(["update cats set name = 'Tom' where name is null"]),
  '003_shout.js': rawMigration(['update cats set name = upper(name)']),
  '004_dogs.js': rawMigration(['create table dogs (id int primary key)']),
};

const NAMED =
  'select not exists (select 1 from cats where name is null) -- "?" and \'\\?\' are no places for values';

/** MariaDB's usual collation takes upper and lower case for equal. */
const SOFT = {
  postgres: 'name <> upper(name)',
  pglite: 'name <> upper(name)',
  mysql: 'hex(name) <> hex(upper(name))',
} as const satisfies Record<Family, string>;

describe.each<Family>(['postgres', 'pglite', 'mysql'])('on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  const dialect = family === 'mysql' ? 'mysql' : 'postgres';

  const write = async (file: string, text: string) => {
    const target = path.join(project.migrations, 'manifests', file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  };
  const detect = (limit?: number) =>
    detectState({ knex, migrations: project.migrations, probeLimitMs: limit });

  beforeAll(async () => {
    const recorder = await createDatabase(family);
    const recorded = await createProject(MIGRATIONS);
    await recorded.record(recorder.knex());
    await recorder.dispose();
    project = recorded;
  });
  afterAll(() => project?.remove());

  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await knex.raw('create table cats (id int primary key, name varchar(50))');
    for (const file of ['probes/002_name_everybody.sql', 'probes/003_shout.sql']) await write(file, '');
  });
  afterEach(() => database?.dispose());

  const loudCats = "insert into cats values (1, 'TOM'), (2, 'KIT')";

  test('without probes the verdict is ambiguous, and says what is open', async () => {
    await rm(path.join(project.migrations, 'manifests', 'probes'), { recursive: true });
    expect(await detect()).toMatchObject({
      state: 'legacy',
      revision: null,
      ambiguous: true,
      candidates: ['001_cats', '002_name_everybody', '003_shout'],
      settledBy: null,
      probes: [],
      undecided: { between: ['001_cats', '002_name_everybody', '003_shout'], conflict: false, reasons: [] },
    });
  });

  test.each([
    ['insert into cats values (1, null)', '001_cats', ['002_name_everybody'], [false, false]],
    [
      "insert into cats values (1, 'Kit')",
      '002_name_everybody',
      ['002_name_everybody', '003_shout'],
      [true, false],
    ],
    [loudCats, '003_shout', ['003_shout'], [true, true]],
  ])('probes settle %j at %s', async (rows, revision, deciding, answers) => {
    await write('probes/002_name_everybody.sql', NAMED);
    await write(
      'probes/003_shout.sql',
      `with soft as (select 1 as x from cats where ${SOFT[family]})\nselect count(*) = 0 from soft where '?' = '?'; -- the end`,
    );
    await knex.raw(rows);
    if (revision === '001_cats') await knex.raw("insert into cats values (3, 'soft')");
    const report = await detect();
    expect(report).toMatchObject({
      revision,
      ambiguous: false,
      undecided: null,
      candidates: ['001_cats', '002_name_everybody', '003_shout'],
      settledBy: { kind: 'probe', revisions: deciding },
    });
    expect(report.probes.map(({ happened }) => happened)).toEqual(answers);
    const adopted = await adopt({ knex, migrations: project.migrations });
    expect(adopted.outcome).toBe('adopted');
    expect(adopted.stamped.at(-1)).toBe(revision);
    expect(adopted.after).toMatchObject({ state: 'managed', standing: 'upToDate' });
    expect(await knex('cats').whereRaw(`name is null or ${SOFT[family]}`)).toEqual([]);
  });

  test('answers that contradict each other settle nothing, and no policy goes against them', async () => {
    await write('probes/002_name_everybody.sql', 'select false');
    await write('probes/003_shout.sql', 'select 1');
    const report = await detect();
    expect(report).toMatchObject({
      ambiguous: true,
      revision: null,
      settledBy: null,
      undecided: {
        conflict: true,
        reasons: [expect.stringMatching(/contradict.*003_shout.*002_name_everybody/)],
      },
    });
    const refused = await adopt({ knex, migrations: project.migrations, traceless: 'skip' });
    expect(refused.plan?.refused).toMatchObject([{ code: 'REFUSED.AMBIGUOUS' }]);
    const told = await adopt({ knex, migrations: project.migrations, at: '003_shout' });
    expect(told.stamped.at(-1)).toBe('003_shout');
  });

  test('what a probe said is asked again under the lock: a plan made for other data is not carried out', async () => {
    await write('probes/002_name_everybody.sql', NAMED);
    await write('probes/003_shout.sql', `select not exists (select 1 from cats where ${SOFT[family]})`);
    await knex.raw("insert into cats values (1, 'kit'), (2, null)");
    const planned: unknown[] = [];
    const adopted = await adopt({
      knex,
      migrations: project.migrations,
      confirm: async (plan) => {
        planned.push(plan.steps.flatMap((step) => (step.kind === 'stamp' ? step.revisions : [])));
        // Somebody runs the old script meanwhile.
        if (planned.length === 1) await knex.raw("update cats set name = 'tom' where name is null");
        return true;
      },
    });
    expect(planned).toEqual([['001_cats'], ['001_cats', '002_name_everybody']]);
    expect(adopted.ran).toEqual(['003_shout.js', '004_dogs.js']);
  });

  test("a dialect's own probe goes before that for all", async () => {
    await write('probes/002_name_everybody.sql', 'select nonsense');
    await write(`${dialect}/probes/002_name_everybody.sql`, 'select false');
    await write('probes/003_shout.sql', 'select false');
    try {
      expect(await detect()).toMatchObject({
        revision: '001_cats',
        probes: [{ file: `${dialect}/probes/002_name_everybody.sql` }, { file: 'probes/003_shout.sql' }],
      });
    } finally {
      await rm(path.join(project.migrations, 'manifests', dialect, 'probes'), { recursive: true });
    }
  });

  test.each([
    ['select id = 1 from cats', 'gave no row, or NULL'],
    ['select null', 'gave no row, or NULL'],
    ['select 2', 'gave "2", and no boolean'],
    ["select 'yes'", 'gave "yes", and no boolean'],
    ['select true, false', 'failed'],
    ['select true union all select false', 'failed'],
    ['select true from no_such_table', 'failed'],
    ['select )', 'failed'],
  ])('%s is a failure that names the file', async (sql, what) => {
    await write('probes/002_name_everybody.sql', sql);
    await write('probes/003_shout.sql', 'select false');
    await expect(detect()).rejects.toMatchObject({
      code: 'PROBE.FAILED',
      message: expect.stringContaining(`The probe probes/002_name_everybody.sql ${what}`),
    });
    // The failure left nothing behind in the session.
    await expect(knex.raw('select 1')).resolves.toBeDefined();
  });

  test.each([
    "select 1; insert into cats values (9, 'x')",
    'update cats set name = null',
    '',
    'select 1; commit',
  ])('%j is not asked at all', async (sql) => {
    await write('probes/002_name_everybody.sql', sql);
    await write('probes/003_shout.sql', 'select false');
    await expect(detect()).rejects.toMatchObject({ code: 'PROBE.INVALID' });
    expect(await knex('cats')).toEqual([]);
  });

  test('a probe that writes is refused by the server', async () => {
    await runSql(
      database,
      family === 'mysql'
        ? 'create function meddle() returns int modifies sql data begin insert into cats values (7, null); return 1; end'
        : "create function meddle() returns int language sql as 'insert into cats values (7, null); select 1'",
    );
    await write('probes/002_name_everybody.sql', 'select meddle()');
    await write('probes/003_shout.sql', 'select false');
    await expect(detect()).rejects.toMatchObject({
      code: 'PROBE.FAILED',
      message: expect.stringContaining('it tries to write'),
    });
    expect(await knex('cats')).toEqual([]);
  });

  if (family !== 'pglite')
    test('a slow probe is cut off, and no setting is left behind', async () => {
      const slow = family === 'mysql' ? 'select sleep(3600) = 0' : 'select pg_sleep(3600) is null';
      await write('probes/002_name_everybody.sql', slow);
      await write('probes/003_shout.sql', 'select false');
      await expect(detect(300)).rejects.toMatchObject({
        code: 'PROBE.FAILED',
        message: expect.stringContaining('did not answer within 300 ms'),
      });
      // MariaDB calls it max_statement_time, MySQL max_execution_time.
      const setting =
        family === 'mysql'
          ? (
              await knex.raw(
                "show session variables where variable_name in ('max_statement_time', 'max_execution_time')",
              )
            )[0][0].Value
          : (await knex.raw("select current_setting('statement_timeout') as value")).rows[0].value;
      expect(Number(setting)).toBe(0);
    });

  if (family !== 'pglite')
    test('a role that may not read what is asked for cannot tell', async () => {
      await runSql(
        database,
        family === 'mysql' ? `create database ${database.name}_x` : 'create schema elsewhere',
      );
      if (family === 'mysql') database.defer(() => runSql(database, `drop database ${database.name}_x`));
      const other = family === 'mysql' ? `${database.name}_x.done` : 'elsewhere.done';
      const url = await createReader(database);
      await runSql(database, `create table ${other} (id int)`);
      await write('probes/002_name_everybody.sql', `select exists (select 1 from ${other})`);
      await write('probes/003_shout.sql', 'select false');
      const reader = createKnex({
        client: family === 'mysql' ? 'mysql2' : 'pg',
        connection: url,
        pool: { min: 0, max: 1 },
      });
      try {
        expect(await detectState({ knex: reader, migrations: project.migrations })).toMatchObject({
          ambiguous: true,
          probes: [{ happened: null, problem: expect.stringContaining('may not read') }, { happened: false }],
          undecided: {
            between: ['001_cats', '002_name_everybody'],
            reasons: [expect.stringContaining('probes/002_name_everybody.sql cannot tell')],
          },
        });
      } finally {
        await reader.destroy();
      }
    });

  if (family === 'postgres')
    test('a probe whose rows are hidden by row security cannot tell: it is never answered from fewer rows', async () => {
      await runSql(
        database,
        'create table done (id int); insert into done values (1); alter table done enable row level security',
      );
      await write('probes/002_name_everybody.sql', 'select exists (select 1 from done)');
      await write('probes/003_shout.sql', 'select false');
      const reader = createKnex({
        client: 'pg',
        connection: await createReader(database),
        pool: { min: 0, max: 1 },
      });
      try {
        expect(await detectState({ knex: reader, migrations: project.migrations })).toMatchObject({
          ambiguous: true,
          probes: [{ happened: null, problem: expect.any(String) }, { happened: false }],
        });
      } finally {
        await reader.destroy();
      }
    });
});
