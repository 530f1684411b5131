/** Completing a partial database: only by adding, up to a revision that it then meets, with every row it had. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AdoptOptions } from '../../src/adopt.ts';
import { adopt } from '../../src/library.ts';
import {
  createDatabase,
  dumpSchema,
  runSql,
  type TestDatabase,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { contentsOf, expectFailed, expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { MIGRATIONS, migrationSource, RECORDED_NAMES } from '../support/reference-chain.ts';

/** The fixtures were spelled otherwise than Knex spells, on purpose: what servers print of the same defaults. */
const respelled = (dump: string) =>
  dump
    // MariaDB keeps a check beside its column or by itself.
    .replaceAll(/^(table \S+: )(`\w+` .*?) (CHECK \(.*\))$/gm, '$1$2\n$1$3')
    .replaceAll(/ USING BTREE$/gm, '')
    .replaceAll(
      /default '?([\d.]+)'?(?:::numeric|::double precision)?$/gm,
      (_, number) => `default ${Number(number)}`,
    )
    .replaceAll(/default (now\(\)|CURRENT_TIMESTAMP)$/gm, 'default now()')
    .split('\n')
    .sort()
    .join('\n');

describe.each(['postgres', 'mysql', 'pglite'] as const)('the fixtures on %s', (family) => {
  let database: TestDatabase;
  let knex: Knex;
  let fromScratch: string;

  beforeAll(async () => {
    const scratch = await createDatabase(family);
    const plain = scratch.knex({ migrations: { migrationSource } });
    await plain.migrate.latest();
    fromScratch = respelled(await dumpSchema(plain, { ignoreNames: true }));
    await scratch.dispose();
  });
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(() => database?.dispose());

  const complete = (more: Partial<AdoptOptions> = {}) =>
    adopt({ knex, migrations: MIGRATIONS, onPartial: 'complete', ...more });

  test.each([
    ['partial-short-of-002', null, '002_cat_recognition', ['003_activity_features.ts']],
    [
      'partial-critical-column',
      { 'detection_results.confidence': '0.5' },
      '001_initial_schema',
      ['002_cat_recognition.ts', '003_activity_features.ts'],
    ],
  ] as const)(
    '%s becomes what a migration from scratch makes, with its rows',
    async (name, fill, revision, ran) => {
      await runSql(database, await loadFixture(family, name));
      const columns = await tableColumns(knex);
      const checksums = await tableChecksums(knex);
      const report = await complete(fill === null ? {} : { mapping: { fill } });
      expect(report).toMatchObject({ outcome: 'completed', after: { state: 'managed', drift: false }, ran });
      expect(report.stamped.at(-1)).toBe(revision);
      expect(respelled(await dumpSchema(knex, { ignoreNames: true }))).toBe(fromScratch);
      expect(await tableChecksums(knex, columns)).toEqual(checksums);
      if (fill !== null) {
        const values = await knex('detection_results').distinct('confidence').pluck('confidence');
        expect(values.map(Number)).toEqual([0.5]);
      }

      const plain = database.knex({ migrations: { migrationSource } });
      const [done, pending] = await plain.migrate.list();
      expect(done.map((one: { name: string }) => one.name)).toEqual(RECORDED_NAMES);
      expect(pending).toEqual([]);
      expect((await plain.migrate.latest())[1]).toEqual([]);
      expect(await complete()).toMatchObject({ outcome: 'up-to-date' });

      // Law 7: a careless rollback undoes what Knex ran after the adoption, and nothing before it.
      const [, undone] = await plain.migrate.rollback();
      expect([...undone].sort()).toEqual(ran);
      const [, more] = await plain.migrate.rollback();
      expect(more).toEqual([]);
      expect(await tableChecksums(knex, columns)).toEqual(checksums);
    },
  );

  test('a NOT NULL column that nothing fills is refused with the number of rows', async () => {
    await runSql(database, await loadFixture(family, 'partial-critical-column'));
    const [{ rows } = {}] = await knex('detection_results').count({ rows: '*' });
    const messages = await expectRefused(database, knex, complete, 'REFUSED.ROWS');
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/detection_results\.columns\.confidence cannot be made/);
    expect(messages[0]).toContain(`there are ${rows} rows`);
  });

  test('a value that is no value of the column leaves everything as it was', async () => {
    await runSql(database, await loadFixture(family, 'partial-critical-column'));
    const attempt = () => complete({ mapping: { fill: { 'detection_results.confidence': 'certain' } } });
    if (family === 'mysql') {
      const messages = await expectRefused(database, knex, attempt, 'REFUSED.ROWS');
      expect(messages[0]).toMatch(/rows to be given "certain" in .*, which is decimal\(5,4\)/);
    } else {
      expect(await expectFailed(database, knex, attempt, 'PLAN.UNMET')).toMatch(/invalid input syntax/);
    }
  });
});

/** A chain with something of everything that a server can hold, and rows in it. */
const SHELTER: Readonly<Record<'postgres' | 'mysql', Readonly<Record<string, readonly string[]>>>> = {
  postgres: {
    '001_base': [
      "create type mood as enum ('calm', 'wild')",
      'create sequence tags start 100',
      'create table owners (id serial primary key, name varchar(20) not null unique, boss integer references owners)',
      'create table cats (id bigint generated by default as identity primary key, owner_id integer references owners on delete cascade, name varchar(10), mood mood)',
      'create index cats_name on cats (name)',
      'create table notes (body text)',
    ],
    '002_vets': [
      'create table vets (id integer primary key, name text not null default $$none$$)',
      'alter table cats add column vet_id integer references vets',
      'create index cats_vet on cats (vet_id)',
      'create function touched() returns trigger language plpgsql as $$ begin new.name := trim(new.name); return new; end $$',
      'create trigger cats_touched before insert on cats for each row execute function touched()',
    ],
    '003_longer': [
      'alter table cats alter column name type varchar(40)',
      'alter table owners add column cat_id bigint references cats',
      'create view tame as select c.id, c.name, o.name as owner from cats c join owners o on o.id = c.owner_id',
    ],
  },
  mysql: {
    '001_base': [
      'create table owners (id int auto_increment primary key, name varchar(20) not null unique, boss int, constraint owners_boss foreign key (boss) references owners (id))',
      "create table cats (id bigint auto_increment primary key, owner_id int, name varchar(10), mood enum('calm', 'wild'), constraint cats_owner foreign key (owner_id) references owners (id) on delete cascade)",
      'create index cats_name on cats (name)',
      'create table notes (body text)',
    ],
    '002_vets': [
      "create table vets (id int primary key, name varchar(30) not null default 'none')",
      'alter table cats add column vet_id int, add constraint cats_vet foreign key (vet_id) references vets (id)',
      'create trigger `cats_touched` before insert on `cats` for each row set new.name = trim(new.name)',
    ],
    '003_longer': [
      'alter table cats modify name varchar(40)',
      'alter table owners add column cat_id bigint, add constraint owners_cat foreign key (cat_id) references cats (id)',
      'create view tame as select c.id, c.name, o.name as owner from cats c join owners o on o.id = c.owner_id',
    ],
  },
};

describe.each(['postgres', 'mysql'] as const)('a chain with something of everything on %s', (family) => {
  const chain = SHELTER[family];
  let project: Project;
  let fromScratch: string;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject(
      Object.fromEntries(Object.entries(chain).map(([name, up]) => [`${name}.js`, rawMigration(up)])),
    );
    const server = await createDatabase(family);
    await project.record(server.knex());
    const plain = server.knex();
    for (const statement of Object.values(chain).flat()) await plain.raw(statement);
    fromScratch = respelled(await dumpSchema(plain, { ignoreNames: true }));
    await server.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(() => database?.dispose());

  const complete = (more: Partial<AdoptOptions> = {}) =>
    adopt({ knex, migrations: project.migrations, onPartial: 'complete', ...more });

  const run = async (...statements: readonly string[]) => {
    for (const statement of statements) await knex.raw(statement);
  };
  const build = async (...revisions: readonly string[]) => {
    for (const revision of revisions) await run(...(chain[revision] ?? []));
  };
  const everything = Object.keys(chain);
  const populate = async () => {
    await knex('owners').insert([{ name: 'Ada' }, { name: 'Bob', boss: 1 }]);
    await knex('cats').insert([
      { owner_id: 1, name: 'Minka', mood: 'calm' },
      { owner_id: 2, name: 'Tom', mood: 'wild' },
    ]);
    await knex('notes').insert([{ body: 'twice' }, { body: 'twice' }, { body: null }]);
  };

  /** Completes, and holds what came of it against a database made from scratch and against the rows that there were. */
  const expectCompleted = async (ran: readonly string[], more: Partial<AdoptOptions> = {}) => {
    const columns = await tableColumns(knex);
    const checksums = await tableChecksums(knex);
    const report = await complete(more);
    expect(report.plan?.refused).toEqual([]);
    expect(report).toMatchObject({
      outcome: 'completed',
      ran,
      after: { standing: 'upToDate', drift: false },
    });
    expect(respelled(await dumpSchema(knex, { ignoreNames: true }))).toBe(fromScratch);
    expect(await tableChecksums(knex, columns)).toEqual(checksums);
    expect((await complete()).outcome).toBe('up-to-date');
    return report;
  };

  test('a migration of which nothing is there, below one that is, is run by Knex', async () => {
    await build('001_base', '003_longer');
    await populate();
    const { stamped } = await expectCompleted(['002_vets.js']);
    expect(stamped).toEqual(everything);
  });

  test('a migration that was left half-way is finished, and the next ones are run', async () => {
    await build('001_base');
    await populate();
    await run(...(chain['002_vets'] ?? []).slice(0, 1));
    await expectCompleted(['003_longer.js']);
  });

  test.each<readonly [string, string]>([
    ['a view', 'drop view tame'],
    ['a column that a later migration altered, with what was on it', 'alter table cats drop column name'],
    ['a table that another one refers to and no row does', 'drop table vets'],
    ...(family === 'postgres'
      ? ([
          ['a function and its trigger', 'drop function touched() cascade'],
          ['a sequence', 'drop sequence tags'],
        ] as const)
      : ([['a trigger', 'drop trigger cats_touched']] as const)),
  ])('%s that is missing is made again', async (_what, sql) => {
    await build(...everything);
    await populate();
    if (sql.startsWith('alter table cats drop')) await knex.raw('drop view tame');
    if (sql === 'drop table vets')
      await run(
        ...(family === 'postgres'
          ? ['alter table cats drop constraint cats_vet_id_fkey']
          : ['alter table cats drop foreign key cats_vet']),
      );
    await knex.raw(sql);
    await expectCompleted([]);
  });

  test('a table whose rows others still refer to is not made again empty', async () => {
    await build('001_base');
    await populate();
    await run(
      ...(family === 'postgres'
        ? ['drop table owners cascade']
        : [
            'alter table cats drop foreign key cats_owner',
            'alter table owners drop foreign key owners_boss',
            'drop table owners',
          ]),
    );
    const [message] = await expectRefused(database, knex, complete, 'REFUSED.ROWS');
    expect(message).toMatch(/cats.*there are 2 rows whose .*owner_id.* would refer to nothing/);
  });

  test('foreign keys in a circle and to the table itself', async () => {
    await build(...everything);
    await populate();
    await knex('owners').where({ id: 1 }).update({ cat_id: 1 });
    const drop = family === 'postgres' ? 'drop constraint' : 'drop foreign key';
    const [cat, boss, owner] =
      family === 'postgres'
        ? ['owners_cat_id_fkey', 'owners_boss_fkey', 'cats_owner_id_fkey']
        : ['owners_cat', 'owners_boss', 'cats_owner'];
    await run(
      `alter table owners ${drop} ${cat}`,
      `alter table owners ${drop} ${boss}`,
      `alter table cats ${drop} ${owner}`,
    );
    await expectCompleted([]);
  });

  test('a counter goes on where it was, and a column that counts is made again with numbers', async () => {
    await build('001_base', '002_vets');
    await populate();
    await knex('cats').insert({ id: 40, name: 'Zoe' });
    if (family === 'postgres') await knex.raw("select setval('cats_id_seq', 40)");
    await knex('cats').where({ id: 40 }).delete();
    await run('alter table cats drop column mood');
    await expectCompleted(['003_longer.js']);
    await knex('cats').insert({ name: 'Ida' });
    expect(await knex('cats').max('id as id').first()).toEqual(
      family === 'postgres' ? { id: '41' } : { id: 41 },
    );
  });

  test('a value for rows that have none is given to those only, also after an attempt was interrupted', async () => {
    await build('001_base');
    await populate();
    await run(
      family === 'postgres'
        ? 'alter table owners alter column name drop not null'
        : 'alter table owners modify name varchar(20)',
    );
    await knex('owners').insert({ name: null });
    expect(await expectRefused(database, knex, complete, 'REFUSED.ROWS')).toHaveLength(1);
    await complete({ mapping: { fill: { 'owners.name': 'nobody' } } });
    expect(await knex('owners').orderBy('id').pluck('name')).toEqual(['Ada', 'Bob', 'nobody']);
  });

  test('a key over a column that would be the same in every row is refused before anything is made', async () => {
    await build('001_base');
    await populate();
    await run(
      family === 'postgres' ? 'alter table owners drop column name' : 'alter table owners drop column name',
    );
    const attempt = () => complete({ mapping: { fill: { 'owners.name': 'nobody' } } });
    const [message] = await expectRefused(database, knex, attempt, 'REFUSED.ROWS');
    expect(message).toMatch(/owners\.uniques.* there are 2 rows that would all have the same name/);
  });

  describe('refused, with every byte as it was:', () => {
    test('what is there and belongs to no revision that could be completed', async () => {
      await build('001_base');
      await populate();
      // A forerunner of 003, and 002 replaced by something else.
      await run(
        family === 'postgres' ? 'create view tame as select 1 as id' : 'create view tame as select 1 as id',
      );
      await expectRefused(database, knex, complete, 'REFUSED.LEFTOVER');
    });

    test('a column that is wider than expected', async () => {
      await build(...everything);
      await populate();
      await run('drop view tame');
      await run(
        family === 'postgres'
          ? 'alter table cats alter column name type varchar(60)'
          : 'alter table cats modify name varchar(60)',
      );
      const messages = await expectRefused(database, knex, complete, 'REFUSED.NARROWING');
      expect(messages[0]).toMatch(/cats\.columns\.name is .*\(60\) and .*\(40\) is expected/);
    });

    test('rows in the way of a key', async () => {
      await build(...everything);
      await run(
        family === 'postgres'
          ? 'alter table owners drop constraint owners_name_key'
          : 'alter table owners drop index name',
      );
      await knex('owners').insert([{ name: 'Ada' }, { name: 'Ada' }]);
      const [message] = await expectRefused(database, knex, complete, 'REFUSED.ROWS');
      expect(message).toMatch(/there are 2 rows/);
    });
  });

  test('what cannot be written from a manifest is refused', async () => {
    const own = await createProject({
      '001_cats.js': rawMigration(
        family === 'postgres'
          ? [
              'create table cats (id integer primary key)',
              'create table far (id integer)',
              'create extension file_fdw; create server files foreign data wrapper file_fdw',
              "create foreign table csv (id integer) server files options (filename '/dev/null')",
            ]
          : ['create table cats (id int primary key)', 'create table far (id int) engine=MRG_MyISAM'],
      ),
    });
    try {
      const server = await createDatabase(family);
      await own.record(server.knex());
      await server.dispose();
      await knex.raw('create table cats (id integer primary key)');
      await knex('cats').insert({ id: 1 });
      const before = await contentsOf(knex);
      const report = await adopt({ knex, migrations: own.migrations, onPartial: 'complete' });
      expect(report.plan?.refused.map(({ code }) => code)).toEqual(['REFUSED.UNWRITABLE']);
      expect(await contentsOf(knex)).toEqual(before);
    } finally {
      await own.remove();
    }
  });
});

describe.each(['postgres', 'mysql'] as const)('a column that is otherwise on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  beforeEach(async () => {
    project = await createProject({
      '001_cats.js': rawMigration(['create table cats (id int primary key, lives int default 9)']),
    });
    database = await createDatabase(family);
    knex = database.knex();
    await project.record(knex);
  });
  afterEach(async () => {
    await database?.dispose();
    await project?.remove();
  });
  const complete = (accept: readonly string[] = []) =>
    adopt({ knex, migrations: project.migrations, onPartial: 'complete', accept });

  test('is altered, and that is told, from what to what', async () => {
    await knex.raw('create table cats (id int primary key, lives int default 7)');
    const report = await complete();
    expect(report.outcome).toBe('completed');
    expect(report.plan?.notices.at(-1)).toMatch(
      /cats\.columns\.lives is altered: \{"default":\{"literal":"7"\}\} becomes \{"default":\{"literal":"9"\}\}\.$/,
    );
  });

  test('and only looks like a missing one is accepted by its name', async () => {
    await knex.raw('create table cats (id int primary key, age int default 9)');
    const [refusal] = (await complete()).plan?.refused ?? [];
    const [, name = ''] = /--accept (\S+)$/.exec(refusal?.hint ?? '') ?? [];
    expect((await complete([name])).outcome).toBe('completed');
    expect((await tableColumns(knex)).cats).toEqual(['age', 'id', 'lives']);
  });
});

test('an exclusion constraint is made by the name that later migrations call it by', async () => {
  const SLOTS = 'create table slots (room int, during int4range)';
  const EXCLUDE = 'add constraint one_at_a_time exclude using gist (during with &&)';
  const project = await createProject({
    '001_slots.js': rawMigration([`${SLOTS}`, `alter table slots ${EXCLUDE}`]),
    '002_rooms.js': rawMigration([
      'alter table slots drop constraint one_at_a_time',
      'alter table slots add constraint one_in_a_room exclude using gist (int4range(room, room, $$[]$$) with &&, during with &&)',
    ]),
  });
  const [whole, without, recorder] = await Promise.all([
    createDatabase('postgres'),
    createDatabase('postgres'),
    createDatabase('postgres'),
  ]);
  try {
    await project.record(recorder.knex());
    for (const [database, statements] of [
      // Names are the server's own affair: by another one it is the same.
      [whole, [SLOTS, `alter table slots ${EXCLUDE.replace('one_at_a_time', 'anyhow')}`]],
      [without, [SLOTS]],
    ] as const) {
      for (const statement of statements) await database.knex().raw(statement);
    }
    const adopting = (database: TestDatabase) =>
      adopt({
        knex: database.knex(),
        migrations: project.migrations,
        onPartial: 'complete',
        to: '001_slots',
      });
    const further = await adopt({ knex: whole.knex(), migrations: project.migrations });
    expect(further.plan?.refused).toMatchObject([
      {
        code: 'REFUSED.NAME',
        message: expect.stringContaining('the exclusion constraint "one_at_a_time" of slots by its name'),
        hint: expect.stringContaining('RENAME CONSTRAINT "anyhow" TO "one_at_a_time"'),
      },
    ]);
    expect(await adopting(whole)).toMatchObject({ outcome: 'adopted', before: { differences: [] } });
    expect((await adopting(without)).outcome).toBe('completed');
    expect(await adopt({ knex: without.knex(), migrations: project.migrations })).toMatchObject({
      ran: ['002_rooms.js'],
      after: { drift: false },
    });
  } finally {
    await Promise.all([whole, without, recorder].map((database) => database.dispose()));
    await project.remove();
  }
});

describe('on mysql, where the default of the database is not that of the character set', () => {
  const NAMES = 'create table names (name varchar(40) primary key)';
  const USES =
    'create table uses (name varchar(40), note varchar(40), foreign key (name) references names (name))';
  test.each([
    ['a migration chose the character set', ' character set utf8mb4'],
    ['no migration chose anything', ''],
  ])('and %s, what is missing is made as what is there', async (_what, chosen) => {
    const project = await createProject({
      '001_names.js': rawMigration([NAMES, USES].map((sql) => `${sql}${chosen}`)),
    });
    const [recorder, whole, partial] = await Promise.all([
      createDatabase('mysql'),
      createDatabase('mysql'),
      createDatabase('mysql'),
    ]);
    try {
      await project.record(recorder.knex());
      for (const { name, knex } of [whole, partial]) {
        await knex().raw(`alter database \`${name}\` character set utf8mb4 collate utf8mb4_spanish_ci`);
        for (const sql of [NAMES, USES]) await knex().raw(`${sql}${chosen}`);
      }
      await partial.knex().raw('drop table uses');
      const adopting = () =>
        adopt({ knex: partial.knex(), migrations: project.migrations, onPartial: 'complete' });
      expect(await adopting()).toMatchObject({ outcome: 'completed', after: { drift: false } });
      expect(await dumpSchema(partial.knex())).toBe(await dumpSchema(whole.knex()));
      await partial.knex().raw('select * from names join uses on names.name = uses.note');
    } finally {
      await Promise.all([recorder, whole, partial].map((database) => database.dispose()));
      await project.remove();
    }
  });
});
