/**
 * What users of other migrators suffered when a database that was there before was taken over, each as a test: `docs/testing.md` lists them
 * by number, and where those are tested that are not here.
 */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/classify/verdict.ts';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const FAMILIES = ['postgres', 'mysql'] as const;

/** One revision each; the last but one only moves data, the last takes an index away by its name. */
const STEPS = (key: string): readonly (readonly string[])[] => [
  [
    `create table owners (id ${key}, email varchar(100) not null unique, name varchar(50) not null default 'nobody', since timestamp not null default current_timestamp)`,
  ],
  [
    `create table cats (id ${key}, owner_id int not null, name varchar(50), age int not null default 0 check (age >= 0))`,
    'alter table cats add constraint cats_owner foreign key (owner_id) references owners (id) on delete cascade',
    'create index cats_by_name on cats (name)',
  ],
  ['alter table cats add column colour varchar(20)'],
  ['alter table cats rename column colour to fur', 'create table toys (id int primary key)'],
  [`update cats set fur = 'tabby' where fur is null`],
];
const REVISIONS = ['001_owners', '002_cats', '003_colour', '004_fur', '005_tabby'] as const;
const KEYS = { postgres: 'serial primary key', mysql: 'int unsigned auto_increment primary key' } as const;

describe.each(FAMILIES)('on %s', (family) => {
  const steps = STEPS(KEYS[family]).map((step) =>
    // The key of a MySQL table and what refers to it are of one type.
    family === 'mysql' ? step.map((sql) => sql.replace('owner_id int', 'owner_id int unsigned')) : step,
  );
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject(
      Object.fromEntries(steps.map((up, index) => [`${REVISIONS[index]}.js`, rawMigration(up)])),
    );
    const server = await createDatabase(family);
    await project.record(server.knex());
    await server.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(() => database?.dispose());

  const run = async (...statements: readonly string[]) => {
    for (const sql of statements) await knex.raw(sql);
  };
  const at = (revision: (typeof REVISIONS)[number]) =>
    run(...steps.slice(0, REVISIONS.indexOf(revision) + 1).flat());
  const options = () => ({ knex, migrations: project.migrations });
  const detect = (): Promise<Report> => detectState(options());

  test('a baseline over a hole is not stamped, however much of it is there (pain 1), and nobody is told to reset (pain 9)', async () => {
    await at('003_colour');
    await run('alter table cats drop column age');
    expect(await detect()).toMatchObject({ state: 'partial', revision: null, candidates: [] });
    const report = await adopt(options());
    expect(report).toMatchObject({
      outcome: 'refused',
      stamped: [],
      plan: { refused: [{ code: 'REFUSED.PARTIAL' }] },
    });
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
    const said = report.plan?.refused.map(({ message, hint }) => `${message} ${hint}`).join(' ') ?? '';
    expect(said).not.toMatch(/\b(?:reset|drop|truncate|wipe|clean|empty it|delete)\b/i);
  });

  const DAMAGES: readonly (readonly [string, string, string, 'missing' | 'different'])[] = [
    ['a column', 'alter table owners drop column since', 'columns', 'missing'],
    [
      "a column's type",
      family === 'mysql'
        ? 'alter table cats modify name varchar(40)'
        : 'alter table cats alter column name type varchar(40)',
      'columns',
      'different',
    ],
    [
      'NOT NULL',
      family === 'mysql'
        ? `alter table owners modify name varchar(50) default 'nobody'`
        : 'alter table owners alter column name drop not null',
      'columns',
      'different',
    ],
    ['a default', `alter table owners alter column name set default 'somebody'`, 'columns', 'different'],
    ['an index', `drop index cats_by_name${family === 'mysql' ? ' on cats' : ''}`, 'indexes', 'missing'],
    [
      'a foreign key',
      `alter table cats drop ${family === 'mysql' ? 'foreign key' : 'constraint'} cats_owner`,
      'foreignKeys',
      'missing',
    ],
    [
      'a check',
      `alter table cats drop constraint ${family === 'mysql' ? 'age' : 'cats_age_check'}`,
      'checks',
      'missing',
    ],
    [
      'a unique constraint',
      `alter table owners drop ${family === 'mysql' ? 'index email' : 'constraint owners_email_key'}`,
      'uniques',
      'missing',
    ],
  ];
  test.each(DAMAGES)(
    'names of tables prove nothing (pain 2): without %s it is not that revision, and the difference says what, how and whose (pain 11)',
    async (_what, damage, part, outcome) => {
      await at('002_cats');
      // MariaDB keeps a check of a column with the column, where only rewriting the column takes it away.
      await run(
        family === 'mysql' && part === 'checks'
          ? 'alter table cats modify age int not null default 0'
          : damage,
      );
      const { candidates, nearest, differences } = await detect();
      expect(candidates).not.toContain('002_cats');
      expect(nearest[0]?.revision).toBe('002_cats');
      const own = differences.find(({ path, grade }) => path[2] === part && grade === 'blocking');
      expect(own).toMatchObject({ outcome, introducedBy: expect.stringMatching(/^00[12]_/) });
      expect(own?.expected).not.toBeNull();
      expect(own?.actual === null).toBe(outcome === 'missing');
      expect(JSON.stringify(own?.expected)).not.toBe(JSON.stringify(own?.actual));
    },
  );

  test('that a table is there already proves nothing of its migration (pain 23)', async () => {
    await run('create table owners (id int primary key, address varchar(10))');
    expect(await detect()).toMatchObject({ state: 'partial', candidates: [] });
    expect(await adopt(options())).toMatchObject({ outcome: 'refused', stamped: [] });
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
  });

  test('a valid database that is not at head is found where it is (pain 3), and the rest is run (pain 31)', async () => {
    await at('002_cats');
    expect(await detect()).toMatchObject({ state: 'legacy', revision: '002_cats', differences: [] });
    expect(await adopt(options())).toMatchObject({
      outcome: 'adopted',
      stamped: ['001_owners', '002_cats'],
      ran: ['003_colour.js', '004_fur.js', '005_tabby.js'],
    });
  });

  test('no revision is taken for granted where several would do (pain 4)', async () => {
    await at('004_fur');
    expect(await detect()).toMatchObject({ ambiguous: true, candidates: ['004_fur', '005_tabby'] });
    expect(await adopt(options())).toMatchObject({
      outcome: 'refused',
      stamped: [],
      plan: { refused: [{ code: 'REFUSED.AMBIGUOUS' }] },
    });
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
  });

  test("an empty history, as Knex's own look at a database leaves it, is no history (pain 6)", async () => {
    await at('002_cats');
    await knex.migrate.currentVersion({ directory: project.migrations });
    expect(await knex('knex_migrations').select('*')).toEqual([]);
    const found = { state: 'legacy', revision: '002_cats', history: { present: true, rows: 0 } };
    expect(await detect()).toMatchObject(found);
    expect(await adopt({ ...options(), to: '002_cats' })).toMatchObject({
      before: found,
      outcome: 'adopted',
    });
  });

  test('a default that the server prints otherwise than it was written is the same default (pain 12)', async () => {
    const [owners = ''] = steps[0] ?? [];
    await run(owners.replace('default current_timestamp', 'default now()').replace(`'nobody'`, `('nobody')`));
    expect(await detect()).toMatchObject({ state: 'legacy', revision: '001_owners', differences: [] });
  });

  test('what a later migration takes back is not looked for (pain 24)', async () => {
    await at('004_fur');
    const { candidates, migrations, differences } = await detect();
    // The last moves data only, and leaves nothing to tell it by.
    expect(candidates).toEqual(['004_fur', '005_tabby']);
    expect(differences).toEqual([]);
    // 003 made one column, which 004 has renamed.
    expect(migrations.map(({ revision, evidence }) => [revision, evidence])).toEqual([
      ['001_owners', 'applied'],
      ['002_cats', 'applied'],
      ['003_colour', 'superseded'],
      ['004_fur', 'applied'],
      ['005_tabby', 'traceless'],
    ]);
    expect(migrations[2]).toMatchObject({ met: 0, expected: 0 });
  });

  test('a history of another extension, or of newer code, is told and not called corrupt (pain 25)', async () => {
    await adopt({ ...options(), to: '002_cats' });
    await knex('knex_migrations').update({ name: knex.raw(`replace(name, '.js', '.ts')`) });
    expect(await detect()).toMatchObject({
      state: 'managed',
      standing: 'inconsistent',
      history: { problem: expect.stringMatching(/\.ts/) },
    });
    await knex('knex_migrations').update({ name: knex.raw(`replace(name, '.ts', '.js')`) });
    await knex('knex_migrations').insert({ name: '009_from_the_future.js', batch: 2 });
    expect(await detect()).toMatchObject({
      state: 'managed',
      standing: expect.stringMatching(/ahead|inconsistent/),
    });
    await expect(adopt(options())).resolves.toMatchObject({ outcome: 'refused', ran: [] });
  });

  test('constraints and indexes by other names are the same ones (pain 26)', async () => {
    await at('002_cats');
    await run(
      ...(family === 'mysql'
        ? [
            'alter table cats drop foreign key cats_owner',
            'alter table cats add constraint cats_ibfk_1 foreign key (owner_id) references owners (id) on delete cascade',
            'alter table cats rename index cats_by_name to name',
            'alter table owners rename index email to owners_email_unique',
          ]
        : [
            'alter table cats rename constraint cats_owner to cats_owner_id_fkey',
            'alter index cats_by_name rename to cats_name_idx',
            'alter table owners rename constraint owners_email_key to owners_email_unique',
          ]),
    );
    const { state, revision, differences } = await detect();
    expect({ state, revision }).toEqual({ state: 'legacy', revision: '002_cats' });
    expect(differences.filter(({ grade }) => grade === 'blocking')).toEqual([]);
  });
});

test('NOT NULL as constraints of their own, from PostgreSQL 18 on, are no checks and no drift (pain 16)', async () => {
  const files = {
    '001_cats.js': rawMigration(
      [
        'create table cats (id serial primary key, name varchar(20) not null, age int not null check (age > 0))',
        'create table kittens (id int primary key references cats (id), mother int not null)',
      ],
      ['drop table kittens', 'drop table cats'],
    ),
  };
  const databases = { older: await createDatabase('postgres'), newer: await createDatabase('pglite') };
  const project = await createProject(files);
  try {
    const { rows } = await databases.newer
      .knex()
      .raw(`select count(*)::int as n from pg_constraint where contype = 'n'`);
    expect(rows[0].n).toBeGreaterThan(0);
    for (const [recorded, live] of [
      ['older', 'newer'],
      ['newer', 'older'],
    ] as const) {
      await project.record(databases[recorded].knex());
      const knex = databases[live].knex();
      await knex.raw(
        'create table cats (id serial primary key, name varchar(20) not null, age int not null check (age > 0))',
      );
      await knex.raw('create table kittens (id int primary key references cats (id), mother int not null)');
      expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
        state: 'legacy',
        revision: '001_cats',
        differences: [],
      });
      await knex.raw('alter table cats alter column name drop not null');
      expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
        state: 'partial',
        differences: [{ path: ['tables', 'public.cats', 'columns', 'name'], outcome: 'different' }],
      });
    }
  } finally {
    await project.remove();
    await databases.older.dispose();
    await databases.newer.dispose();
  }
});

test('a database whose default collation is another one is where it is, and a column of another one is a difference (pain 15)', async () => {
  const project = await createProject({
    '001_cats.js': rawMigration(
      ['create table cats (id int primary key, name varchar(20))'],
      ['drop table cats'],
    ),
  });
  const database = await createDatabase('mysql');
  const knex = database.knex();
  try {
    await project.record(knex);
    await knex.raw(`alter database ${database.name} character set utf8mb4 collate utf8mb4_unicode_ci`);
    await knex.raw('create table cats (id int primary key, name varchar(20))');
    const detect = () => detectState({ knex, migrations: project.migrations });
    expect(await detect()).toMatchObject({ state: 'legacy', revision: '001_cats' });
    await knex.raw('alter table cats modify name varchar(20) collate utf8mb4_bin');
    expect(await detect()).toMatchObject({
      state: 'partial',
      differences: [{ outcome: 'different', path: ['tables', `${database.name}.cats`, 'columns', 'name'] }],
    });
  } finally {
    await project.remove();
    await database.dispose();
  }
});
