import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import type { AdoptOptions, AdoptReport } from '../../src/adopt.ts';
import { adopt } from '../../src/library.ts';
import { runInProcess } from '../cli/in-process.ts';
import {
  createDatabase,
  dumpSchema,
  type Family,
  runSql,
  statementsDuring,
  type TestDatabase,
  tableChecksums,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { MIGRATIONS, RECORDED_NAMES } from '../support/reference-chain.ts';

const WRITES = /^\s*(?:insert|update|delete|create(?! database)|alter|drop(?! database)|truncate|rename)\b/i;

/** A database that a script made, and a project with these migrations; both removed afterwards. */
async function withProject(
  family: Family,
  migrations: Readonly<Record<string, string>>,
  script: string,
  work: (place: { database: TestDatabase; knex: Knex; project: Project }) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(family);
  const project = await createProject(migrations);
  try {
    const knex = database.knex();
    await project.record(knex);
    await runSql(database, script);
    await work({ database, knex, project });
  } finally {
    await project.remove();
    await database.dispose();
  }
}

async function everythingIn(knex: Knex): Promise<unknown> {
  return [await dumpSchema(knex), await tableChecksums(knex)];
}

describe.each(['postgres', 'mysql'] as const)('a rehearsal on %s', (family) => {
  async function withFixture(
    name: string,
    work: (knex: Knex, database: TestDatabase, rehearse: AdoptOptions) => Promise<void>,
  ) {
    const database = await createDatabase(family);
    try {
      await runSql(database, await loadFixture(family, name));
      const knex = database.knex();
      await work(knex, database, { knex, migrations: MIGRATIONS, rehearse: true });
    } finally {
      await database.dispose();
    }
  }

  test('of a legacy database with strangers goes well in a copy that is alike, and writes nothing to the database', async () => {
    await withFixture('legacy-002-with-strangers', async (knex, database, options) => {
      const before = await everythingIn(knex);
      let report: AdoptReport | undefined;
      const statements = await statementsDuring(database, async () => {
        report = await adopt({ ...options, dryRun: true });
      });
      expect(report).toMatchObject({
        outcome: 'planned',
        before: { state: 'legacy' },
        plan: { strategy: 'stamp', refused: [] },
        stamped: [],
        ran: [],
        rehearsal: {
          copied: { leftOut: [] },
          exact: true,
          stamped: ['001_initial_schema', '002_cat_recognition'],
          ran: ['003_activity_features.ts'],
          reached: '003_activity_features',
          failure: null,
        },
      });
      expect(report?.rehearsal?.copied.tables).toBeGreaterThan(5);
      expect(statements.filter((sql) => WRITES.test(sql))).toEqual([]);
      expect(await everythingIn(knex)).toEqual(before);
    });
  });

  test('that goes well is followed by the adoption, where that is asked for', async () => {
    await withFixture('legacy-002', async (knex, _database, options) => {
      const report = await adopt(options);
      expect(report).toMatchObject({
        outcome: 'adopted',
        after: { state: 'managed', standing: 'upToDate', drift: false },
        ran: ['003_activity_features.ts'],
        rehearsal: { exact: true, failure: null },
      });
      expect(await knex('knex_migrations').orderBy('id').pluck('name')).toEqual(RECORDED_NAMES);
    });
  });

  test.each(['complete', 'rebuild'] as const)(
    'of a partial database with --on-partial %s goes through every step',
    async (onPartial) => {
      await withFixture('partial-short-of-002', async (knex, _database, options) => {
        const before = await everythingIn(knex);
        const report = await adopt({ ...options, onPartial, dryRun: true });
        expect(report.plan?.refused).toEqual([]);
        expect(report).toMatchObject({
          outcome: 'planned',
          plan: { strategy: onPartial },
          rehearsal: { exact: true, reached: '003_activity_features', failure: null },
        });
        expect(await everythingIn(knex)).toEqual(before);
        if (family === 'mysql') {
          // Others may be rehearsing: theirs stand beside a scratch database that is there.
          const { length } = await knex('information_schema.schemata as aside')
            .whereRaw("aside.schema_name like 'knex\\_adopt\\_scratch\\_%\\_aside\\_%'")
            .whereRaw(
              "substring_index(aside.schema_name, '_aside_', 1) not in (select schema_name from information_schema.schemata)",
            )
            .select('aside.schema_name');
          expect(length).toBe(0);
        }
      });
    },
  );

  test('of a managed database that is behind starts from its history', async () => {
    await withFixture('legacy-002', async (knex, _database, options) => {
      await adopt({ ...options, rehearse: false, to: '002_cat_recognition' });
      const report = await adopt({ ...options, dryRun: true });
      expect(report).toMatchObject({
        plan: { strategy: 'upgrade' },
        rehearsal: { exact: true, stamped: [], ran: ['003_activity_features.ts'], failure: null },
      });
      expect(await knex('knex_migrations').pluck('name')).toHaveLength(2);
    });
  });

  /** What a stranger of each family has that a migration stumbles over, and the migration. */
  const STUMBLE = {
    postgres: {
      stranger: 'create view seen as select size from cats',
      up: 'alter table cats alter column size type bigint',
    },
    mysql: {
      stranger: 'create table toys (cat int, constraint cats_of foreign key (cat) references cats (id))',
      up: 'alter table cats add constraint cats_of foreign key (size) references cats (id)',
    },
  }[family];

  test('in which a migration fails is told with its name, exits with 4, and nothing was written, with --yes too', async () => {
    const first = 'create table cats (id int primary key, size int)';
    await withProject(
      family,
      { '001_cats.js': rawMigration([first]), '002_more.js': rawMigration([STUMBLE.up]) },
      `${first}; ${STUMBLE.stranger}`,
      async ({ database, knex, project }) => {
        const before = await everythingIn(knex);
        for (const yes of [[], ['--yes']]) {
          const args = ['handle-legacy', '--rehearse', ...yes, '--json', '--url', database.url];
          const ended = await runInProcess([...args, '--migrations', project.migrations]);
          expect(ended.exitCode, ended.stderr).toBe(4);
          expect(JSON.parse(ended.stdout)).toMatchObject({
            outcome: 'refused',
            plan: {
              refused: [{ code: 'REHEARSAL.FAILED', message: expect.stringContaining('002_more.js') }],
            },
            rehearsal: { exact: true, reached: null },
          });
          expect(await everythingIn(knex)).toEqual(before);
        }
      },
    );
  });

  test('that ends elsewhere than promised names what differs', async () => {
    await withProject(
      family,
      {
        '001_cats.js': rawMigration([
          'create table cats (id int primary key, size int, constraint by_size unique (size))',
        ]),
        // The name is another one here, so that this finds nothing and says nothing.
        '002_more.js': rawMigration(['alter table cats drop constraint if exists by_size']),
      },
      'create table cats (id int primary key, size int, constraint cats_size_key unique (size))',
      async ({ database, project }) => {
        const args = ['handle-legacy', '--rehearse', '--skip-preflight', '--url', database.url];
        const ended = await runInProcess([...args, '--migrations', project.migrations]);
        expect(ended.exitCode, ended.stderr).toBe(4);
        expect(ended.stdout).toContain('REHEARSAL.DIFFERS');
        expect(ended.stdout.replace(/\s+/g, ' ')).toContain(
          `in 1 blocking place(s), first ${family === 'mysql' ? database.name : 'public'}.cats.`,
        );
        expect(ended.stdout).toMatch(/unexpected +\S*cats +unique cats_size_key/);
      },
    );
  });

  test('stops before what would reach outside of its database', async () => {
    const database = await createDatabase(family);
    const outside = {
      postgres: 'create role knex_adopt_nobody',
      mysql: `update ${database.name}.cats set size = 1`,
    }[family];
    const first = 'create table cats (id int primary key, size int)';
    // A module is loaded once; what it sends besides is read when it runs.
    const more = `exports.up = async (knex) => {
      await knex.raw('create table toys (id int primary key)');
      await knex.raw(require('node:fs').readFileSync(__dirname + '/besides.sql', 'utf8'));
    };
    exports.down = async () => {};`;
    const project = await createProject({ '001_cats.js': rawMigration([first]), '002_more.js': more });
    try {
      const knex = database.knex();
      await project.write('besides.sql', 'select 1');
      await project.record(knex);
      await project.write('besides.sql', outside);
      await runSql(database, `${first}; insert into cats values (1, 7)`);
      const report = await adopt({ knex, migrations: project.migrations, rehearse: true });
      expect(report).toMatchObject({
        outcome: 'refused',
        plan: { refused: [{ code: 'REHEARSAL.IMPOSSIBLE', message: expect.stringContaining(outside) }] },
      });
      expect(await knex('cats').pluck('size')).toEqual([7]);
      if (family === 'postgres')
        expect(await knex('pg_roles').where('rolname', 'knex_adopt_nobody').pluck('rolname')).toEqual([]);
    } finally {
      await project.remove();
      await database.dispose();
    }
  });
});

describe('a copy on PostgreSQL', () => {
  const FOREIGN = [
    'create foreign data wrapper w',
    'create server s foreign data wrapper w',
    'create foreign table far (a int) server s',
  ];

  test('has extensions where they are, and other schemas', async () => {
    await withProject(
      'postgres',
      { '001_a.js': rawMigration(['create schema other', 'create table a (id int primary key)']) },
      `create schema other; create schema ext; create extension citext with schema ext; create table a (id int primary key);
       create table names (name ext.citext primary key); create function f() returns text language sql as 'select name::text from names'`,
      async ({ knex, project }) => {
        const report = await adopt({ knex, migrations: project.migrations, rehearse: true, dryRun: true });
        expect(report.rehearsal).toMatchObject({ copied: { leftOut: [] }, exact: true, failure: null });
      },
    );
  });

  test('without a stranger that cannot be written says so, and vouches for the rest', async () => {
    await withProject(
      'postgres',
      {
        '001_a.js': rawMigration(['create table a (id int primary key)']),
        '002_b.js': rawMigration(['create table b (id int)']),
      },
      [...FOREIGN, 'create table a (id int primary key)'].join(';'),
      async ({ database, project }) => {
        const args = [
          'handle-legacy',
          '--rehearse',
          '--url',
          database.url,
          '--migrations',
          project.migrations,
        ];
        const ended = await runInProcess(args);
        expect(ended.exitCode, ended.stderr).toBe(0);
        expect(ended.stdout).toContain('left out: foreign-table far');
        expect(ended.stdout).toContain('the copy ended at 002_b');
      },
    );
  });

  test('without a piece of the chain vouches for nothing, and exits with 2', async () => {
    await withProject(
      'postgres',
      {
        '001_a.js': rawMigration([...FOREIGN, 'create table a (id int)']),
        '002_b.js': rawMigration(['create table b (id int)']),
      },
      [...FOREIGN, 'create table a (id int)'].join(';'),
      async ({ database, project }) => {
        const args = [
          'handle-legacy',
          '--rehearse',
          '--yes',
          '--url',
          database.url,
          '--migrations',
          project.migrations,
        ];
        const ended = await runInProcess(args);
        expect(ended.exitCode).toBe(2);
        expect(ended.stdout).toContain('REHEARSAL.IMPOSSIBLE');
        expect(ended.stdout.replace(/\s+/g, ' ')).toContain(
          'The database is legacy at 001_a, and a copy of its structure is partial, so nothing can be vouched for.',
        );
        expect(ended.stdout).toContain('foreign-table far');
        expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
      },
    );
  });
});
