/** The schema that an old init.sql made, recorded as an accepted variant of a revision: such a database meets the revision, and only such. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dialectOf } from '../../src/dialects/dialect-of.ts';
import { adopt, detectState } from '../../src/library.ts';
import { replayManifests, writeManifestFiles } from '../../src/record.ts';
import { recordVariant } from '../../src/record-variant.ts';
import { validateFiles } from '../../src/validate.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type Family, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

/** A chain, and what an old database has in place of its second revision, in hostile names. */
const SQL = {
  postgres: {
    odd: '"__proto__"',
    column: '"select ""x"" . é"',
  },
  mysql: { odd: '`__proto__`', column: '`select "x" . é`' },
} as const;

describe.each(['postgres', 'mysql'] as const satisfies Family[])('on %s', (family) => {
  const { odd, column } = SQL[family];
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  const others: TestDatabase[] = [];
  const old = [
    `create table ${odd} (id int primary key, ${column} varchar(20))`,
    'create table cats (id int primary key, name varchar(80) not null, born date)',
    'create table toys (id int primary key)',
    'create unique index one_name on cats (name)',
    'create table settings (id int primary key)',
  ];
  const another = async (statements: readonly string[]) => {
    const made = await createDatabase(family);
    others.push(made);
    await runSql(made, statements.join(';\n'));
    return made.knex();
  };
  const detect = (on: Knex) => detectState({ knex: on, migrations: project.migrations });
  const record = async (name: string) =>
    recordVariant(await openWorkspace({ knex, migrations: project.migrations }), '002.toys', name);

  beforeEach(async () => {
    project = await createProject({
      '001_cats.js': rawMigration([
        `create table ${odd} (id int primary key, ${column} varchar(10))`,
        'create table cats (id int primary key, name varchar(50))',
      ]),
      '002.toys.js': rawMigration(['create table toys (id int primary key)']),
      '003_dogs.js': rawMigration(['create table dogs (id int primary key)', 'insert into dogs values (1)']),
    });
    database = await createDatabase(family);
    knex = database.knex();
    await project.record(knex);
    await runSql(database, [...old, "insert into cats values (1, 'Tom', null)"].join(';\n'));
  });
  afterEach(async () => {
    await project?.remove();
    await Promise.all(others.splice(0).map((one) => one.dispose()));
    await database?.dispose();
  });

  test('such a database meets the revision, another does not, and pending migrations run on it (pain 30)', async () => {
    expect(await detect(knex)).toMatchObject({ state: 'partial' });
    const recorded = await record('old-init');
    expect(path.relative(project.migrations, recorded.file)).toBe(
      path.join('manifests', dialectOf(knex).name, 'variants', '002.toys.old-init.json'),
    );
    expect(recorded).toMatchObject({ change: 'added' });
    expect(recorded.details.tables.map(({ table, change }) => [table, change])).toEqual([
      ['__proto__', 'changed'],
      ['cats', 'changed'],
      ['settings', 'created'],
    ]);
    expect((await record('old-init')).change).toBe('unchanged');

    const twin = await another(old);
    for (const same of [knex, twin]) {
      expect(await detect(same)).toMatchObject({
        state: 'legacy',
        revision: '002.toys',
        variant: 'old-init',
        candidates: ['002.toys'],
        differences: [],
        unmanaged: [],
        pending: ['003_dogs'],
      });
    }
    // Not quite such a one, one that was migrated, and one that is nothing of the kind.
    const shorter = old.map((sql) => sql.replace('varchar(80)', 'varchar(79)'));
    expect(await detect(await another(shorter))).toMatchObject({ state: 'partial', variant: null });
    const migrated = [
      `create table ${odd} (id int primary key, ${column} varchar(10))`,
      'create table cats (id int primary key, name varchar(50))',
      'create table toys (id int primary key)',
    ];
    expect(await detect(await another(migrated))).toMatchObject({ revision: '002.toys', variant: null });
    expect(await detect(await another(['create table birds (id int)']))).toMatchObject({ state: 'fresh' });

    const adopted = await adopt({ knex, migrations: project.migrations });
    expect(adopted).toMatchObject({
      outcome: 'adopted',
      stamped: ['001_cats', '002.toys'],
      ran: ['003_dogs.js'],
      after: { state: 'managed', standing: 'upToDate', variant: 'old-init', drift: false, differences: [] },
    });
    expect(adopted.plan?.notices).toContain('002.toys is met as its accepted variant "old-init".');
    expect(await knex('cats')).toHaveLength(1);
    expect(await knex('dogs')).toEqual([{ id: 1 }]);
  });

  test('manifest build leaves it alone, validate checks it, and a hand in it is noticed', async () => {
    const { file } = await record('old-init');
    const text = await readFile(file, 'utf8');
    const scratch = await dialectOf(knex).createScratch(knex);
    try {
      const workspace = await openWorkspace({ knex, migrations: project.migrations });
      const changes = await writeManifestFiles(workspace, await replayManifests(workspace, scratch));
      expect(changes.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'unchanged']);
      expect(await readFile(file, 'utf8')).toBe(text);
      expect((await validateFiles(workspace)).problems).toEqual([]);

      await writeFile(file, text.replace('character varying(80)', 'text').replace('varchar(80)', 'text'));
      expect((await validateFiles(workspace)).problems).toMatchObject([{ code: 'MANIFEST.FINGERPRINT' }]);
      await expect(detect(knex)).rejects.toMatchObject({
        code: 'MANIFEST.FINGERPRINT',
        hint: expect.stringContaining('manifest record 002.toys --variant old-init'),
      });
      // Recording it again mends it.
      expect((await record('old-init')).change).toBe('changed');
      expect(await readFile(file, 'utf8')).toBe(text);

      await writeFile(path.join(path.dirname(file), '002.toys.other.json'), text);
      expect((await validateFiles(workspace)).problems).toMatchObject([{ code: 'MANIFEST.INVALID' }]);
    } finally {
      await scratch.remove();
    }
  });

  test('a name that cannot be one is refused, and so is a database with nothing otherwise', async () => {
    for (const name of ['', '.', '../x', 'a.b', 'a b', 'a/b', 'x'.repeat(101)]) {
      await expect(record(name)).rejects.toMatchObject({ code: 'USAGE.INVALID' });
    }
    await runSql(
      database,
      [
        'drop table settings',
        'drop table cats',
        `drop table ${odd}`,
        `create table ${odd} (id int primary key, ${column} varchar(10))`,
        'create table cats (name varchar(50), id int primary key)',
      ].join(';\n'),
    );
    await expect(record('alt_ünï-1')).rejects.toMatchObject({
      code: 'USAGE.INVALID',
      message: expect.stringContaining('nothing otherwise'),
    });
    expect(await readdir(path.join(project.migrations, 'manifests', dialectOf(knex).name))).not.toContain(
      'variants',
    );
  });
});
