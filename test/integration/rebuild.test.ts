/** Rebuilding a partial database: all of it set aside, the chain run anew, every row copied back. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AdoptOptions, type AdoptReport, adoptIn } from '../../src/adopt.ts';
import { adopt } from '../../src/library.ts';
import { silentLogger } from '../../src/logger.ts';
import { type Mapping, parseMapping } from '../../src/plan/mapping.ts';
import { readStatus } from '../../src/status.ts';
import { openWorkspace } from '../../src/workspace.ts';
import {
  createDatabase,
  dumpSchema,
  runSql,
  type TestDatabase,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { dropPlaces, expectFailed, expectRefused, placesBeside } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { rebuildAndDie } from '../support/rebuild-and-die.ts';
import { MIGRATIONS, migrationSource, RECORDED_NAMES } from '../support/reference-chain.ts';

describe.each(['postgres', 'mysql', 'pglite'] as const)('the fixtures on %s', (family) => {
  let database: TestDatabase;
  let knex: Knex;
  let fromScratch: string;

  beforeAll(async () => {
    const scratch = await createDatabase(family);
    const plain = scratch.knex({ migrations: { migrationSource } });
    await plain.migrate.latest();
    fromScratch = await dumpSchema(plain);
    await scratch.dispose();
  });
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(async () => {
    await dropPlaces(database, knex);
    await database.dispose();
  });

  const rebuild = (more: Partial<AdoptOptions> = {}) =>
    adopt({ knex, migrations: MIGRATIONS, onPartial: 'rebuild', ...more });

  test.each([
    ['partial-short-of-002', null, ['003_activity_features.ts']],
    [
      'partial-critical-column',
      { fill: { 'detection_results.confidence': '0.5' } },
      ['002_cat_recognition.ts', '003_activity_features.ts'],
    ],
  ] as const)('%s becomes what Knex makes, name by name, with its rows', async (name, mapping, ran) => {
    await runSql(database, await loadFixture(family, name));
    const columns = await tableColumns(knex);
    const checksums = await tableChecksums(knex);
    const report = await rebuild({ mapping });
    expect(report.plan?.refused).toEqual([]);
    expect(report).toMatchObject({ outcome: 'rebuilt', ran, after: { standing: 'upToDate', drift: false } });
    expect(await tableChecksums(knex, columns)).toEqual(checksums);

    const plain = database.knex({ migrations: { migrationSource } });
    const [done, pending] = await plain.migrate.list();
    expect(done.map((one: { name: string }) => one.name)).toEqual(RECORDED_NAMES);
    expect(pending).toEqual([]);
    expect((await plain.migrate.latest())[1]).toEqual([]);
    expect(await rebuild()).toMatchObject({ outcome: 'up-to-date' });

    // What was there stays until somebody drops it, and nothing hangs on it.
    expect(await placesBeside(database, knex)).toHaveLength(1);
    await dropPlaces(database, knex);
    expect(await dumpSchema(knex)).toBe(fromScratch);

    const [, undone] = await plain.migrate.rollback();
    expect([...undone].sort()).toEqual(ran);
    expect((await plain.migrate.rollback())[1]).toEqual([]);
    expect(await tableChecksums(knex, columns)).toEqual(checksums);
  });

  test('rows without a value for a column that needs one are counted, and nothing is written', async () => {
    await runSql(database, await loadFixture(family, 'partial-critical-column'));
    const [{ rows } = {}] = await knex('detection_results').count({ rows: '*' });
    const [message] = await expectRefused(database, knex, rebuild, 'REFUSED.ROWS');
    expect(message).toContain(`there are ${rows} rows`);
  });
});

type Server = 'postgres' | 'mysql';

/** Roles that a migration inserts, cats that refer to each other and to their owners, who refer to them, and a log without any key. */
const CHAIN: Readonly<Record<Server, Readonly<Record<string, readonly string[]>>>> = {
  postgres: {
    '001_roles': [
      'create table roles (id serial primary key, name varchar(20) not null unique)',
      "insert into roles (name) values ('admin'), ('guest')",
      'create table owners (id serial primary key, name varchar(40) not null, role_id integer not null references roles on delete restrict)',
      "insert into owners (name, role_id) values ('root', 1)",
    ],
    '002_cats': [
      "create type mood as enum ('calm', 'wild')",
      'create sequence tags start 100',
      "create table cats (id bigint generated always as identity primary key, owner_id integer references owners on delete cascade, mother_id bigint references cats, name varchar(40) not null, mood mood, tag bigint default nextval('tags'), born timestamptz(3), shout text generated always as (upper(name)) stored)",
      'alter table owners add column cat_id bigint references cats deferrable initially deferred',
      'create table log (line text, amount numeric(8, 3), data jsonb)',
      "insert into log (line) values ('made')",
      'create function trimmed() returns trigger language plpgsql as $$ begin new.name := trim(new.name); return new; end $$',
      'create trigger cats_trimmed before insert on cats for each row execute function trimmed()',
      'alter table cats add constraint cats_named check (length(name) > 0)',
    ],
    '003_last': ['create table last (id integer primary key)'],
  },
  mysql: {
    '001_roles': [
      'create table roles (id int auto_increment primary key, name varchar(20) not null unique)',
      "insert into roles (name) values ('admin'), ('guest')",
      'create table owners (id int auto_increment primary key, name varchar(40) not null, role_id int not null, constraint owners_role foreign key (role_id) references roles (id) on delete restrict)',
      "insert into owners (name, role_id) values ('root', 1)",
    ],
    '002_cats': [
      "create table cats (id bigint auto_increment primary key, owner_id int, mother_id bigint, name varchar(40) not null, mood enum('calm', 'wild'), born datetime(3), shout varchar(40) generated always as (upper(name)) stored, constraint cats_owner foreign key (owner_id) references owners (id) on delete cascade, constraint cats_mother foreign key (mother_id) references cats (id))",
      'alter table owners add column cat_id bigint, add constraint owners_cat foreign key (cat_id) references cats (id)',
      'create table log (line text, amount decimal(8, 3), data json)',
      "insert into log (line) values ('made')",
      'create trigger `cats_trimmed` before insert on `cats` for each row set new.name = trim(new.name)',
      'alter table cats add constraint cats_named check (length(name) > 0)',
    ],
    '003_last': ['create table last (id int primary key)'],
  },
};

describe.each(['postgres', 'mysql'] as const)('a chain that inserts rows of its own on %s', (family) => {
  const chain = CHAIN[family];
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
    fromScratch = await dumpSchema(plain);
    await server.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    for (const statement of [...(chain['001_roles'] ?? []), ...(chain['002_cats'] ?? [])])
      await knex.raw(statement);
  });
  afterEach(async () => {
    await dropPlaces(database, knex);
    await database.dispose();
  });

  const rebuild = (mapping: Mapping | null = null, more: Partial<AdoptOptions> = {}) =>
    adopt({ knex, migrations: project.migrations, onPartial: 'rebuild', mapping, ...more });

  const run = async (...statements: readonly string[]) => {
    for (const statement of statements) await knex.raw(statement);
  };
  /** The trigger is what is missing here; on the MySQL family it could not be moved. */
  const damage = () =>
    run(
      family === 'postgres' ? 'drop function trimmed() cascade' : 'drop trigger cats_trimmed',
      'alter table cats drop constraint cats_named',
    );
  const populate = async () => {
    await knex('roles').where({ name: 'guest' }).update({ name: 'visitor' });
    await knex('owners').insert([
      { name: 'Ada', role_id: 1 },
      { name: 'Bob', role_id: 2 },
    ]);
    await knex('cats').insert({ owner_id: 2, name: 'Minka', mood: 'calm', born: '2024-02-29 12:00:00.123' });
    await knex('cats').insert({ owner_id: 3, mother_id: 1, name: ' Tom ' });
    await knex('owners').where({ id: 2 }).update({ cat_id: 1 });
    await knex('log').insert([
      { line: 'twice', amount: 1.5, data: JSON.stringify({ a: [1, null] }) },
      { line: 'twice', amount: 1.5, data: JSON.stringify({ a: [1, null] }) },
      { line: null },
    ]);
  };
  /** Every row by its values, of all tables. */
  const look = async () => ({ columns: await tableColumns(knex), checksums: await tableChecksums(knex) });
  const expectRebuilt = async (before: Awaited<ReturnType<typeof look>>, mapping: Mapping | null = null) => {
    const report = await rebuild(mapping);
    expect(report.plan?.refused).toEqual([]);
    expect(report).toMatchObject({ outcome: 'rebuilt', after: { standing: 'upToDate', drift: false } });
    expect(await tableChecksums(knex, before.columns)).toEqual(before.checksums);
    expect((await rebuild()).outcome).toBe('up-to-date');
    await dropPlaces(database, knex);
    expect(await dumpSchema(knex)).toBe(fromScratch);
    return report;
  };

  test('circles, references to itself, rows that migrations insert too, and rows that are there twice', async () => {
    await damage();
    await populate();
    await expectRebuilt(await look());
  });

  test('a row that a migration inserts under another id gives way to the one that is there', async () => {
    await damage();
    await knex('owners').delete();
    await knex('roles').delete();
    await knex('roles').insert([
      { id: 7, name: 'admin' },
      { id: 8, name: 'guest' },
    ]);
    await knex('owners').insert({ id: 1, name: 'root of all', role_id: 8 });
    await expectRebuilt(await look());
  });

  test('a row that a migration inserts and that was not there comes with the migration, and is told', async () => {
    await damage();
    await knex('owners').delete();
    await knex('roles').where({ name: 'guest' }).delete();
    const told: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => void told.push(message) };
    const { outcome } = await rebuild(null, { logger });
    expect(outcome).toBe('rebuilt');
    expect(await knex('roles').orderBy('id').pluck('name')).toEqual(['admin', 'guest']);
    expect(told.filter((message) => message.includes('row(s)'))).toEqual([
      'roles: 1 row(s) that its migrations insert were not there before, and stay',
      'owners: 1 row(s) that its migrations insert were not there before, and stay',
    ]);
  });

  test('counters go on where they were, also past rows that are gone', async () => {
    await damage();
    await populate();
    await knex('cats').insert({ name: 'Zoe' });
    await knex('cats').where({ name: 'Zoe' }).delete();
    if (family === 'postgres') await knex.raw("select nextval('tags') from generate_series(1, 50)");
    const tags =
      family === 'postgres' ? (await knex.raw('select last_value from tags')).rows[0].last_value : null;
    await expectRebuilt(await look());
    await knex('cats').insert({ name: 'Ida' });
    const ida = await knex('cats').where({ name: 'Ida' }).first();
    expect(Number(ida.id)).toBe(4);
    if (family === 'postgres') expect(Number(ida.tag)).toBe(Number(tags) + 1);
  });

  test('tables of more than one portion, by numbers and by texts', async () => {
    await damage();
    const digits = `(${Array.from({ length: 10 }, (_, digit) => `select ${digit} as d`).join(' union all ')})`;
    await run(
      `insert into roles (id, name) select n, concat('role ', n) from (
         select a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d as n
           from ${digits} a cross join ${digits} b cross join ${digits} c cross join ${digits} e cross join ${digits} f
       ) numbers where n between 3 and 45000`,
    );
    await expectRebuilt(await look());
  });

  test('a table and columns under other names', async () => {
    await damage();
    await populate();
    const cats = await tableChecksums(knex, { cats: ['id', 'owner_id', 'mother_id', 'name', 'mood'] });
    const owners = await tableChecksums(knex, { owners: ['id', 'name', 'role_id', 'cat_id'] });
    await run(
      'alter table cats rename to kitties',
      'alter table kitties rename column mood to temper',
      'alter table owners rename column name to full_name',
    );
    const report = await rebuild({
      tables: {
        kitties: { to: 'cats', columns: { temper: 'mood' } },
        owners: { columns: { full_name: 'name' } },
      },
    });
    expect(report.plan?.refused).toEqual([]);
    expect(report.outcome).toBe('rebuilt');
    expect(await tableChecksums(knex, { cats: ['id', 'owner_id', 'mother_id', 'name', 'mood'] })).toEqual(
      cats,
    );
    expect(await tableChecksums(knex, { owners: ['id', 'name', 'role_id', 'cat_id'] })).toEqual(owners);
  });

  test('what has no home is named, and stays where it was set aside', async () => {
    await damage();
    await populate();
    await run('alter table cats add column collar varchar(9)');
    await knex('cats').update({ collar: 'red' });
    const told: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => void told.push(message) };
    const report = await rebuild(null, { logger });
    expect(report.outcome).toBe('rebuilt');
    const homeless = expect.stringMatching(/cats\.columns\.collar has no home at 002_cats/);
    expect(report.plan?.notices).toContainEqual(homeless);
    expect(told).toEqual(expect.arrayContaining(report.plan?.notices.map(String) ?? []));
    const { status } = await readStatus(await openWorkspace({ knex, migrations: project.migrations }));
    expect(status.adoption?.receipt?.notices).toEqual(report.plan?.notices);
    const [place = ''] = await placesBeside(database, knex);
    expect(await knex.withSchema(place).from('cats').distinct('collar').pluck('collar')).toEqual(['red']);
  });

  test('a value that is given goes to rows that have none', async () => {
    await populate();
    await damage();
    await run('alter table owners drop column name');
    await rebuild({ fill: { 'owners.name': 'nobody' } });
    expect(await knex('owners').distinct('name').pluck('name')).toEqual(['nobody']);
  });

  if (family === 'mysql') {
    test('dates of zeros, which strict modes do not take any more', async () => {
      await damage();
      await knex.transaction(async (transaction) => {
        await transaction.raw("set session sql_mode = ''");
        await transaction('cats').insert({ name: 'Old', born: '0000-00-00 00:00:00' });
        await transaction.raw('set session sql_mode = default');
      });
      await expectRebuilt(await look());
    });
  }

  describe('refused, with every byte as it was:', () => {
    const refused = async (code: Parameters<typeof expectRefused>[3], mapping: Mapping | null = null) =>
      (await expectRefused(database, knex, () => rebuild(mapping), code)).join('\n');

    test('a value that another type might not keep', async () => {
      await damage();
      await populate();
      await run(
        family === 'postgres'
          ? 'alter table log alter column data type text using data::text'
          : 'alter table log modify amount double',
      );
      expect(await refused('REFUSED.NARROWING')).toMatch(/log\.columns\.(data|amount) is (text|double) and/);
      const completion = await rebuild(null, { onPartial: 'complete', dryRun: true });
      expect(completion.plan?.refused).toContainEqual(
        expect.objectContaining({ code: 'REFUSED.NARROWING', hint: expect.not.stringMatching(/rebuild/) }),
      );
    });

    test('values that do not fit, asked of the server', async () => {
      if (family === 'postgres') {
        await damage();
        await run('alter table cats drop column shout', 'alter table cats alter column name type text');
        await knex('cats').insert({ name: 'x'.repeat(41) });
        expect(await refused('REFUSED.ROWS')).toMatch(/there are 1 rows whose value would not be kept/);
        await knex('cats').update({ name: 'short' });
        await run('alter table log alter column amount type text');
        await knex('log').insert({ amount: 'much' });
        expect(await refused('REFUSED.ROWS')).toMatch(/invalid input syntax for type numeric/);
      } else {
        await damage();
        await run('alter table owners modify name varchar(40) null');
        await knex('owners').insert({ role_id: 1 });
        expect(await refused('REFUSED.ROWS')).toMatch(/there are 1 rows without a value/);
      }
    });

    test('rows in the way of a key, a check and a reference that the chain has', async () => {
      await damage();
      await populate();
      await run(
        ...(family === 'postgres'
          ? [
              'alter table roles drop constraint roles_name_key',
              'alter table owners drop constraint owners_role_id_fkey',
            ]
          : ['alter table owners drop foreign key owners_role', 'alter table roles drop index name']),
      );
      await knex('roles').update({ name: 'same' });
      await knex('cats').insert({ name: '' });
      await knex('owners').where({ id: 3 }).update({ role_id: 99 });
      const messages = await refused('REFUSED.ROWS');
      expect(messages).toMatch(/roles\.uniques\.\S+ cannot be made: there are 2 rows/);
      expect(messages).toMatch(/cats\.checks\.cats_named cannot be made: there are 1 rows/);
      expect(messages).toMatch(/owners\.foreignKeys\.\S+ cannot be made: there are 1 rows/);
    });

    test('the same under other names', async () => {
      await damage();
      await populate();
      await run(
        ...(family === 'postgres'
          ? ['alter table owners drop constraint owners_role_id_fkey']
          : ['alter table owners drop foreign key owners_role']),
        'alter table owners rename to people',
        'alter table people rename column role_id to role',
      );
      await knex('people').where({ id: 3 }).update({ role: 99 });
      const mapping = { tables: { people: { to: 'owners', columns: { role: 'role_id' } } } };
      expect(await refused('REFUSED.ROWS', mapping)).toMatch(
        /people\.foreignKeys\.\S+ cannot be made: there are 1 rows/,
      );
    });

    test('homes that are not there, and homes for two', async () => {
      await damage();
      await populate();
      await run('create table kitties (id int, name varchar(9), nick varchar(9))');
      const cases: readonly (readonly [Mapping, RegExp])[] = [
        [{ tables: { dogs: { to: 'cats' } } }, /table dogs, and there is none in the database/],
        [{ tables: { kitties: { to: 'dogs' } } }, /table dogs, and there is none at 002_cats/],
        [
          { tables: { owners: { columns: { nick: 'name' } } } },
          /column nick, and there is none in \S+owners/,
        ],
        [{ tables: { owners: { columns: { name: 'nick' } } } }, /column nick, and there is none in owners/],
        [{ tables: { kitties: { to: 'cats' } } }, /rows of cats and of kitties would both go to cats/],
      ];
      for (const [mapping, words] of cases) expect(await refused('REFUSED.NO_HOME', mapping)).toMatch(words);
      await run('drop table kitties', 'alter table owners add column nick varchar(9)');
      const both = { tables: { owners: { columns: { nick: 'name' } } } };
      expect(await refused('REFUSED.NO_HOME', both)).toMatch(
        /owners\.name and of \S+owners\.nick would both go to/,
      );
    });

    test('what nobody knows and hangs on what would be moved', async () => {
      await damage();
      await populate();
      await run(
        `create table toys (id int primary key, cat_id bigint, constraint toys_cat foreign key (cat_id) references cats (id))`,
      );
      expect(await refused('REFUSED.DEPENDENT')).toMatch(/toys depends on cats/);
      await run('drop table toys', 'create view seen as select name from cats');
      expect(await refused('REFUSED.DEPENDENT')).toMatch(/seen depends on cats/);
      if (family === 'postgres') {
        await run('drop view seen', 'create table moods (id int primary key, mood mood)');
        expect(await refused('REFUSED.DEPENDENT')).toMatch(/moods depends on mood/);
      }
    });

    if (family === 'mysql') {
      test('a table with a trigger, which this server does not move', async () => {
        await run('alter table cats drop constraint cats_named');
        await populate();
        expect(await refused('REFUSED.UNMOVABLE')).toMatch(/cats has a trigger/);
      });
    } else {
      describe('a migration that does not run in a transaction', () => {
        const ALONE = 'exports.config = { transaction: false };';
        const withChain = async (
          files: Readonly<Record<string, string>>,
          work: (other: TestDatabase, attempt: () => Promise<AdoptReport>) => Promise<void>,
        ) => {
          const own = await createProject(files);
          const other = await createDatabase(family);
          try {
            await own.record(other.knex());
            await other.knex().raw('create table cats (id int primary key)');
            await other.knex()('cats').insert({ id: 1 });
            await work(other, () =>
              adopt({ knex: other.knex(), migrations: own.migrations, onPartial: 'rebuild' }),
            );
          } finally {
            await other.dispose();
            await own.remove();
          }
        };
        const CATS = 'create table cats (id int primary key, name text)';
        const INDEX = 'create index concurrently by_name on cats (name)';

        test('and is still to be run upon the rows', async () => {
          const files = {
            '001_cats.js': rawMigration([CATS]),
            '002_index.js': rawMigration([INDEX], [], ALONE),
          };
          await withChain(files, async (other, attempt) => {
            const [message] = await expectRefused(other, other.knex(), attempt, 'REFUSED.NOT_TRANSACTIONAL');
            expect(message).toContain('002_index.js is to be run after the rebuild');
          });
        });

        test('and is run into the cleared place', async () => {
          await withChain({ '001_cats.js': rawMigration([CATS], [], ALONE) }, async (other, attempt) => {
            const [message] = await expectRefused(other, other.knex(), attempt, 'REFUSED.NOT_TRANSACTIONAL');
            expect(message).toContain('001_cats.js is run by the rebuild');
          });
        });
      });
    }
  });

  test('migrations that make another schema than the manifests say are found out, and no row is lost', async () => {
    const recorded = await createProject({
      '001_cats.js': rawMigration(['create table cats (id int primary key, name text)']),
    });
    const changed = await createProject({
      '001_cats.js': rawMigration(['create table cats (id int primary key)']),
    });
    const other = await createDatabase(family);
    try {
      await recorded.record(other.knex());
      const plain = other.knex();
      await plain.raw('create table cats (id int primary key)');
      await plain('cats').insert([{ id: 1 }, { id: 2 }]);
      const attempt = (more: Partial<AdoptOptions> = { onPartial: 'rebuild' }) =>
        adopt({
          knex: plain,
          migrations: changed.migrations,
          manifests: `${recorded.migrations}/manifests`,
          ...more,
        });
      const message = await expectFailed(other, plain, attempt, 'PLAN.UNMET');
      expect(message).toMatch(/still differs from 001_cats in/);
    } finally {
      await other.dispose();
      await recorded.remove();
      await changed.remove();
    }
  });
});

describe('a process that dies in the middle of a rebuild, where nothing can be rolled back', () => {
  const DIES = `exports.up = async (knex) => {
    await knex.raw('create table cats (id int primary key, name text)');
    await knex.raw('create view seen as select id from cats');
    if (process.env.DIE_HERE) process.exit(9);
  };
  exports.down = async () => {};`;
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  beforeEach(async () => {
    project = await createProject({ '001_cats.js': DIES });
    const server = await createDatabase('mysql');
    await project.record(server.knex());
    await server.dispose();
    database = await createDatabase('mysql');
    knex = database.knex();
    await knex.raw('create table cats (id int primary key)');
    await knex('cats').insert([{ id: 1 }, { id: 2 }]);
    await rebuildAndDie(database.url, project.migrations);
  });
  afterEach(async () => {
    await dropPlaces(database, knex);
    await database.dispose();
    await project.remove();
  });

  const attempt = (onPartial: 'refuse' | 'complete' | 'rebuild') =>
    adopt({ knex, migrations: project.migrations, onPartial });
  const codes = async (onPartial: 'refuse' | 'complete' | 'rebuild') =>
    (await attempt(onPartial)).plan?.refused.map(({ code }) => code);

  test('is gone on with by the same word only, and comes to its end with every row', async () => {
    const [place = ''] = await placesBeside(database, knex);
    expect(await knex.withSchema(place).from('cats').orderBy('id').pluck('id')).toEqual([1, 2]);
    expect(await codes('refuse')).toEqual(['REFUSED.UNFINISHED']);
    expect(await codes('complete')).toEqual(['REFUSED.UNFINISHED']);
    expect((await attempt('rebuild')).outcome).toBe('rebuilt');
    expect(await knex('cats').orderBy('id').pluck('id')).toEqual([1, 2]);
    expect(await knex('seen').orderBy('id').pluck('id')).toEqual([1, 2]);
    expect((await attempt('rebuild')).outcome).toBe('up-to-date');
  });

  test('is not gone on with over what plain Knex made of the cleared place meanwhile', async () => {
    await knex.raw('drop view seen');
    await knex.raw('drop table cats');
    const plain = database.knex({ migrations: { directory: project.migrations, loadExtensions: ['.js'] } });
    await plain.migrate.latest();
    await knex('cats').insert({ id: 7, name: 'of a user' });
    const workspace = await openWorkspace({ knex, migrations: project.migrations });
    expect((await adoptIn(workspace, { knex, onPartial: 'rebuild' })).outcome).toBe('up-to-date');
    expect(await knex('cats').pluck('id')).toEqual([7]);
    const [place = ''] = await placesBeside(database, knex);
    expect(await knex.withSchema(place).from('cats').orderBy('id').pluck('id')).toEqual([1, 2]);
  });
});

describe.each(['postgres', 'mysql'] as const)('where whole tables were lost on %s', (family) => {
  /** The cats get a chip, and lose the dogs in the end; 003 moves what nobody may skip. */
  const CHAIN = {
    '001_animals': [
      'create table cats (id int primary key, name varchar(20))',
      'create table dogs (id int primary key, name varchar(20), age int, breed varchar(20), colour varchar(20))',
    ],
    '002_chips': ['alter table cats add column chip varchar(20)', 'create index cats_chip on cats (chip)'],
    '003_names': [
      'alter table cats add column label varchar(40)',
      "update cats set label = concat('cat ', name)",
    ],
    '004_birds': ['create table birds (id int primary key)'],
    '005_no_dogs': ['drop table dogs'],
  };
  const [animals, chips] = [CHAIN['001_animals'], CHAIN['002_chips']];
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  beforeAll(async () => {
    project = await createProject(
      Object.fromEntries(Object.entries(CHAIN).map(([name, up]) => [`${name}.js`, rawMigration(up)])),
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
  afterEach(async () => {
    await dropPlaces(database, knex);
    await database.dispose();
  });

  test.each(['complete', 'rebuild'] as const)(
    'and a migration takes one of them away, %s does not pass over those between',
    async (onPartial) => {
      for (const statement of [...animals, ...chips]) await knex.raw(statement);
      await knex('cats').insert({ id: 1, name: 'Minka', chip: 'x1' });
      await knex.raw('drop table dogs');
      const report = await adopt({ knex, migrations: project.migrations, onPartial });
      expect(report.plan?.refused).toEqual([]);
      expect(report).toMatchObject({
        stamped: ['001_animals', '002_chips'],
        ran: ['003_names.js', '004_birds.js', '005_no_dogs.js'],
      });
      expect(await knex('cats')).toEqual([{ id: 1, name: 'Minka', chip: 'x1', label: 'cat Minka' }]);
    },
  );

  test('and only a later one is left, its rows have a home', async () => {
    for (const statement of CHAIN['004_birds']) await knex.raw(statement);
    await knex('birds').insert([{ id: 7 }, { id: 8 }]);
    await knex.raw('alter table birds add column name varchar(20)');
    const report = await adopt({ knex, migrations: project.migrations, onPartial: 'rebuild' });
    expect(report.plan?.refused).toEqual([]);
    expect(report).toMatchObject({ outcome: 'rebuilt', ran: [] });
    expect(await knex('birds').orderBy('id').pluck('id')).toEqual([7, 8]);
    expect(report.plan?.notices).toContainEqual(
      expect.stringMatching(/^003_names is not there: .* data that it moves is not moved\.$/),
    );
  });
});

describe('on mysql, columns of another type, character set or collation that keep every value', () => {
  /** What the chain makes, what is there, and a value of it. */
  const COLUMNS: readonly (readonly [expected: string, actual: string, value: string])[] = [
    ['bigint', 'int unsigned', '4294967295'],
    ['decimal(12, 4)', 'decimal(10, 2)', '-1.25'],
    ['double', 'double', '0.1234567890123456'],
    ['bit(9)', 'bit(2)', "b'10'"],
    ['datetime(6)', 'datetime', "'2020-01-02 03:04:05'"],
    ['timestamp(3) null', 'timestamp null', "'2020-01-02 03:04:05'"],
    ['time(3)', 'time', "'-01:02:03'"],
    ['varchar(20)', 'char(10)', "'ab'"],
    ['longtext', 'text', "'é😀'"],
    ['varchar(20)', 'varchar(20) character set latin1', "'é'"],
    ['varchar(20)', 'varchar(20) collate utf8mb4_bin', "'é'"],
    ['varbinary(9)', 'varbinary(4)', "x'00ff'"],
    ['mediumblob', 'blob', "x'00ff80'"],
    ["enum('x', 'y', 'z')", "enum('x', 'y')", "'y'"],
    ["set('x', 'y', 'z')", "set('x', 'y')", "'x,y'"],
  ];
  let database: TestDatabase;
  let knex: Knex;
  beforeEach(async () => {
    database = await createDatabase('mysql');
    knex = database.knex();
  });
  afterEach(async () => {
    await dropPlaces(database, knex);
    await database.dispose();
  });
  /** Records a chain of one migration, and rebuilds a database that was made otherwise. */
  const rebuildWith = async (up: readonly string[], made: readonly string[]) => {
    const project = await createProject({ '001_only.js': rawMigration(up) });
    const server = await createDatabase('mysql');
    try {
      await project.record(server.knex());
      for (const statement of made) await knex.raw(statement);
      return await adopt({ knex, migrations: project.migrations, onPartial: 'rebuild' });
    } finally {
      await server.dispose();
      await project.remove();
    }
  };

  test('go into their new ones', async () => {
    const name = (at: number) => `t${at}`;
    const create = (table: string, type: string) => `create table ${table} (id int primary key, v ${type})`;
    const report = await rebuildWith(
      COLUMNS.map(([expected], at) => create(name(at), expected)),
      COLUMNS.flatMap(([, actual, value], at) => [
        create(name(at), actual),
        `insert into ${name(at)} values (1, ${value})`,
      ]),
    );
    expect(report.plan?.refused).toEqual([]);
    expect(report.outcome).toBe('rebuilt');
    for (const [at, [expected, , value]] of COLUMNS.entries()) {
      const [rows] = await knex.raw(`select count(*) as same from ${name(at)} where v = ${value}`);
      expect([expected, rows]).toEqual([expected, [{ same: 1 }]]);
    }
  });

  test('text that a check holds to JSON goes into JSON', async () => {
    const text = '{"b": [1,  2], "a": "é"}';
    const report = await rebuildWith(
      ['create table cats (id int primary key, facts json, since int)'],
      [
        'create table cats (id int primary key, facts longtext character set utf8mb4 collate utf8mb4_bin, constraint cats_chk_1 check (json_valid(facts)))',
        `insert into cats values (1, '${text}'), (2, null)`,
      ],
    );
    expect(report.outcome).toBe('rebuilt');
    expect(report.before?.rulesUsed).toContain('checked-json-text');
    const [row, empty] = await knex('cats').orderBy('id');
    expect(typeof row.facts === 'string' ? JSON.parse(row.facts) : row.facts).toEqual(JSON.parse(text));
    expect(empty).toEqual({ id: 2, facts: null, since: null });
  });

  test('as keys give way by the new one', async () => {
    const report = await rebuildWith(
      [
        'create table words (word varchar(20) primary key, n int) collate utf8mb4_general_ci',
        "insert into words values ('Cat', 1), ('dog', 2)",
      ],
      [
        'create table words (word varchar(20) primary key, n int) collate utf8mb4_bin',
        "insert into words values ('CAT', 7), ('bird', 8)",
      ],
    );
    expect(report.outcome).toBe('rebuilt');
    expect(await knex('words').orderBy('n').select('word', 'n')).toEqual([
      { word: 'dog', n: 2 },
      { word: 'CAT', n: 7 },
      { word: 'bird', n: 8 },
    ]);
  });
});

test('a mapping file that is none is refused with the place in it', async () => {
  const bad = (text: string) => {
    try {
      parseMapping(text, 'map.json');
    } catch (error) {
      return error;
    }
    throw new Error('It was taken.');
  };
  expect(bad('{')).toMatchObject({ code: 'CONFIG.BAD_MAPPING' });
  expect(bad('{ "tables": { "a": { "into": "b" } } }')).toMatchObject({
    code: 'CONFIG.BAD_MAPPING',
    message: expect.stringContaining('at tables.a'),
  });
  expect(parseMapping('{ "fill": { "a.b": "1" } }', 'map.json')).toEqual({ fill: { 'a.b': '1' } });
});
