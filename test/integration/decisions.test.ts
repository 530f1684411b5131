/** What people decided in decisions.json, on real databases. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { validateFiles } from '../../src/validate.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type Family, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CATS = 'create table cats (id int primary key, name varchar(50), "odd . é" int)';

describe.each<Family>(['postgres', 'mysql'])('on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  const q = (sql: string) => (family === 'mysql' ? sql.replaceAll('"', '`') : sql);
  const decide = (decisions: object) =>
    writeFile(
      path.join(project.migrations, 'manifests', 'decisions.json'),
      JSON.stringify({ format: 1, ...decisions }),
    );
  const options = () => ({ knex, migrations: project.migrations });
  const make = (...statements: string[]) => runSql(database, statements.map(q).join(';\n'));

  beforeAll(async () => {
    const recorder = await createDatabase(family);
    project = await createProject({
      '001_cats.js': rawMigration([q(CATS)]),
      '002_name.js': rawMigration(["update cats set name = 'Tom' where name is null"]),
      '003_count.js': rawMigration(['insert into cats (id) select id + 100 from cats']),
      '004_dogs.js': rawMigration(['create table dogs (id int primary key)']),
    });
    await project.record(recorder.knex());
    await recorder.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await decide({});
  });
  afterEach(() => database?.dispose());

  test.each([
    [
      { '002_name': 'run', '003_count': 'run' },
      '001_cats',
      ['002_name.js', '003_count.js', '004_dogs.js'],
      2,
    ],
    [{ '002_name': 'skip', '003_count': 'run' }, '002_name', ['003_count.js', '004_dogs.js'], 2],
    [{ '002_name': 'skip', '003_count': 'skip' }, '003_count', ['004_dogs.js'], 1],
  ])('policies %j settle it at %s', async (policies, revision, ran, cats) => {
    await make(CATS, 'insert into cats (id) values (1)');
    expect(await detectState(options())).toMatchObject({ ambiguous: true, revision: null });
    await decide({ policies });
    expect(await detectState(options())).toMatchObject({
      ambiguous: false,
      revision,
      candidates: ['001_cats', '002_name', '003_count'],
      settledBy: { kind: 'policy' },
    });
    const adopted = await adopt(options());
    expect(adopted).toMatchObject({ outcome: 'adopted', ran });
    expect(await knex('cats')).toHaveLength(cats);
  });

  test('policies that make no revision are refused with the reason', async () => {
    await make(CATS);
    await decide({ policies: { '002_name': 'run', '003_count': 'skip' } });
    const refused = await adopt(options());
    expect(refused.plan?.refused).toMatchObject([
      { code: 'REFUSED.AMBIGUOUS', message: expect.stringMatching(/run 002_name, skip 003_count/) },
    ]);
  });

  test("Alembic's version is mapped to a revision", async () => {
    await make(
      CATS,
      'create table alembic_version (version_num varchar(32) primary key)',
      "insert into alembic_version values ('8d1f4c2a9b03')",
    );
    expect(await detectState(options())).toMatchObject({ ambiguous: true });
    await decide({ foreignHistories: { alembic: { '8d1f4c2a9b03': '002_name' } } });
    expect(await detectState(options())).toMatchObject({
      revision: '002_name',
      settledBy: { kind: 'foreign-history', tool: 'alembic', version: '8d1f4c2a9b03' },
    });
    await decide({ foreignHistories: { alembic: { '8d1f4c2a9b03': '004_dogs' } } });
    expect(await detectState(options())).toMatchObject({
      revision: null,
      undecided: { conflict: true, reasons: [expect.stringContaining('stands for 004_dogs')] },
    });
  });

  test('of a tool that records all it applied, the last mapped one counts, and a failed one makes it silent', async () => {
    await make(
      CATS,
      'create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null, type varchar(20) not null, script varchar(1000) not null, checksum int, success boolean not null)',
      "insert into flyway_schema_history values (1, '1', 'cats', 'SQL', 'V1.sql', 1, true), (2, '2', 'name', 'SQL', 'V2.sql', 1, true)",
    );
    await decide({ foreignHistories: { flyway: { '1': '001_cats', '2': '002_name' } } });
    expect(await detectState(options())).toMatchObject({
      revision: '002_name',
      settledBy: { kind: 'foreign-history', tool: 'flyway', version: '2' },
    });
    await make("insert into flyway_schema_history values (3, '3', 'count', 'SQL', 'V3.sql', 1, false)");
    expect(await detectState(options())).toMatchObject({
      revision: null,
      undecided: { conflict: false, reasons: [expect.stringMatching(/does not say of 3/)] },
    });
  });

  test('a blocking difference that was accepted lets a database be adopted, and the report says why', async () => {
    await make(
      CATS.replace(', "odd . é" int', ''),
      'create table dogs (id int primary key)',
      'insert into cats (id) values (1)',
    );
    expect((await adopt(options())).plan?.refused).toMatchObject([{ code: 'REFUSED.PARTIAL' }]);
    await decide({
      accepted: [
        { difference: 'cats.columns.odd . é', revision: null, why: 'nothing reads it' },
        { difference: 'cats.columns.gone', revision: null, why: 'was once' },
      ],
    });
    const accepted = {
      path: ['tables', expect.stringMatching(/\.cats$/), 'columns', 'odd . é'],
      outcome: 'missing',
      grade: 'blocking',
      accepted: 'nothing reads it',
    };
    expect(await detectState(options())).toMatchObject({
      state: 'legacy',
      revision: '004_dogs',
      differences: [accepted],
      unusedAcceptances: ['cats.columns.gone'],
    });
    const adopted = await adopt(options());
    expect(adopted).toMatchObject({
      outcome: 'adopted',
      ran: [],
      after: { state: 'managed', standing: 'upToDate', drift: false, differences: [accepted] },
    });
    expect(adopted.plan?.notices.join('\n')).toMatch(/cats\.columns\.odd \. é is accepted: nothing reads it/);
  });

  test('a mistake is named before anything is concluded', async () => {
    await make(CATS);
    await decide({ policies: { '009_none': 'run' } });
    await expect(detectState(options())).rejects.toMatchObject({
      code: 'DECISIONS.INVALID',
      message: expect.stringContaining('policies["009_none"]'),
    });
    await expect(adopt(options())).rejects.toMatchObject({ code: 'DECISIONS.INVALID' });
    const { problems } = await validateFiles(await openWorkspace(options()));
    expect(problems).toMatchObject([{ code: 'DECISIONS.INVALID' }]);
  });
});
