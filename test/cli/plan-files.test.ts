import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createDatabase,
  dumpSchema,
  type Family,
  runSql,
  type TestDatabase,
  tableChecksums,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { failureOf, run } from './command-line.ts';

const recorded = (knex: Knex) => knex('knex_migrations').orderBy('id').select('name', 'batch');

/** What the client of a family sends, one after the other: `mariadb` takes a script apart itself, and `DELIMITER` is its own command. */
function clientStatements(family: Family, script: string): readonly string[] {
  if (family !== 'mysql') return [script];
  let mark = ';';
  let rest = script;
  const statements: string[] = [];
  while (rest.trim() !== '') {
    const command = /^\s*delimiter (\S+)\n/i.exec(rest);
    if (command !== null) {
      mark = command[1] ?? ';';
      rest = rest.slice(command[0].length);
      continue;
    }
    const quoted = /--\s.*\n|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`/y;
    let at = 0;
    while (at < rest.length && !rest.startsWith(mark, at)) {
      quoted.lastIndex = at;
      at = quoted.test(rest) ? quoted.lastIndex : at + 1;
    }
    statements.push(rest.slice(0, at));
    rest = rest.slice(at + mark.length);
  }
  return statements.filter((text) => text.replaceAll(/^\s*--.*$/gm, '').trim() !== '');
}

/** What an adoption leaves, whoever carried it out; when it was is nobody's business. */
async function outcomeOf(database: TestDatabase) {
  const knex = database.knex();
  const { knex_migrations: _times, knex_adoption: _receipts, ...rows } = await tableChecksums(knex);
  return { history: await recorded(knex), schema: await dumpSchema(knex), rows };
}

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  const databases: TestDatabase[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'knex-adopt-plans-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    for (const database of databases) await database.dispose();
  });
  const fixture = async (name: string) => {
    const database = await createDatabase(family);
    databases.push(database);
    await runSql(database, await loadFixture(family, name));
    return database;
  };

  test.each(['empty', 'legacy-002', 'managed-002'])(
    'the script for %s does by hand what handle-legacy does',
    async (name) => {
      const [byHand, byTool] = [await fixture(name), await fixture(name)];
      const before = await dumpSchema(byHand.knex());
      const written = await run(['handle-legacy', '--sql', '-', '--url', byHand.url]);
      expect(written, written.stderr).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await dumpSchema(byHand.knex())).toBe(before);
      await runSql(byHand, written.stdout);
      const handled = await run(['handle-legacy', '--yes', '--url', byTool.url]);
      expect(handled.exitCode, handled.stderr).toBe(0);
      expect(await outcomeOf(byHand)).toEqual(await outcomeOf(byTool));
      const again = await run(['handle-legacy', '--url', byHand.url]);
      expect(again).toMatchObject({ exitCode: 0 });
      expect(again.stdout).toContain('nothing had to be done');
    },
  );

  test('a plan in a file is carried out as it was reviewed', async () => {
    const database = await fixture('legacy-002');
    const file = join(folder, 'reviewed.json');
    const written = await run([
      'handle-legacy',
      '--to',
      '002_cat_recognition',
      '--plan',
      file,
      '--url',
      database.url,
    ]);
    expect(written.exitCode, written.stderr).toBe(0);
    expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
    const applied = await run(['handle-legacy', '--yes', '--apply', file, '--url', database.url]);
    expect(applied.exitCode, applied.stderr).toBe(0);
    // What was decided when the plan was made still holds: nothing beyond 002 is run.
    expect((await recorded(database.knex())).map(({ name }) => name)).toEqual([
      '001_initial_schema.ts',
      '002_cat_recognition.ts',
    ]);
  });

  test('a plan for a database that is another one by now is not begun', async () => {
    const database = await fixture('legacy-002');
    const file = join(folder, 'stale.json');
    await run(['handle-legacy', '--plan', file, '--url', database.url]);
    await runSql(database, 'create table stranger (id int);');
    const before = await dumpSchema(database.knex());
    const applied = await run(['handle-legacy', '--yes', '--apply', file, '--url', database.url]);
    expect(applied.exitCode).toBe(4);
    expect(failureOf(applied)).toMatchObject({ code: 'PLAN.STALE' });
    expect(await dumpSchema(database.knex())).toBe(before);
  });

  test('what is no plan is not carried out, and the place in it is named', async () => {
    const database = await fixture('legacy-002');
    const file = join(folder, 'edited.json');
    await run(['handle-legacy', '--plan', file, '--url', database.url]);
    const plan = JSON.parse(await readFile(file, 'utf8'));
    plan.steps[1].revisions = 'all';
    await writeFile(file, JSON.stringify(plan));
    const applied = await run(['handle-legacy', '--yes', '--apply', file, '--url', database.url]);
    expect(applied.exitCode).toBe(2);
    expect(failureOf(applied)).toMatchObject({ code: 'PLAN.INVALID' });
    expect(failureOf(applied).message).toContain('steps.1.revisions');
  });

  test('a plan and new decisions about it are not taken together', async () => {
    const both = await run(['handle-legacy', '--apply', 'plan.json', '--to', '002_cat_recognition']);
    expect(both.exitCode).toBe(2);
    expect(failureOf(both)).toMatchObject({ code: 'USAGE.INVALID' });
  });

  test('a trigger of several statements is sent whole by the client of the family, whatever is given back within it', async () => {
    const body = "if new.name is null then set new.name = ';'; end if; set new.name = trim(new.name);";
    const trigger =
      family === 'mysql'
        ? [
            `create trigger cats_named before insert on cats for each row begin ${body} end`,
            'create procedure made() insert into cats values (2, "Tom") returning id',
          ]
        : [
            'create function named() returns trigger language plpgsql as $$ begin insert into names values (new.name) returning trim(name) into new.name; return new; end; $$',
            'create trigger cats_named before insert on cats for each row execute function named()',
          ];
    const project = await createProject({
      '001_cats.js': rawMigration([
        'create table cats (id int primary key, name varchar(20))',
        'create table names (name varchar(20))',
        ...trigger,
      ]),
      '002_dogs.js': rawMigration(['create table dogs (id int primary key)']),
    });
    try {
      const [byHand, byTool, scratch] = [
        await createDatabase(family),
        await createDatabase(family),
        await createDatabase(family),
      ];
      databases.push(byHand, byTool, scratch);
      await project.record(scratch.knex());
      const at = ['--migrations', project.migrations];
      const written = await run(['handle-legacy', '--sql', '-', ...at, '--url', byHand.url]);
      expect(written, written.stderr).toMatchObject({ exitCode: 0 });
      for (const text of clientStatements(family, written.stdout)) await runSql(byHand, text);
      expect(await run(['handle-legacy', '--yes', ...at, '--url', byTool.url])).toMatchObject({
        exitCode: 0,
      });
      expect(await outcomeOf(byHand)).toEqual(await outcomeOf(byTool));
      await byHand.knex()('cats').insert({ id: 1, name: ' Kit ' });
      expect(await byHand.knex()('cats').pluck('name')).toEqual(['Kit']);
    } finally {
      await project.remove();
    }
  });

  describe('where a migration reads rows', () => {
    let project: Project;
    beforeAll(async () => {
      project = await createProject({
        '001_cats.js': rawMigration(['create table cats (id int primary key, name varchar(20))']),
        '002_names.js': `exports.up = async (knex) => {
  for (const { id, name } of await knex('cats')) await knex('cats').where({ id }).update({ name: name.trim() });
};
exports.down = async () => {};`,
      });
      const database = await createDatabase(family);
      databases.push(database);
      await project.record(database.knex());
    });
    afterAll(() => project.remove());

    test('it cannot be written down beforehand, and is refused by its name', async () => {
      const database = await createDatabase(family);
      databases.push(database);
      const args = ['--migrations', project.migrations, '--url', database.url];
      const refused = await run(['handle-legacy', '--sql', '-', ...args]);
      expect(refused.exitCode).toBe(4);
      expect(refused.stdout).toBe('');
      expect(failureOf(refused)).toMatchObject({ code: 'PLAN.NOT_SCRIPTABLE' });
      expect(failureOf(refused).message).toContain('002_names');
      const upTo = await run(['handle-legacy', '--sql', '-', '--to', '001_cats', ...args]);
      expect(upTo.exitCode, upTo.stderr).toBe(0);
      expect(upTo.stdout).toContain('create table cats');
    });
  });
});
