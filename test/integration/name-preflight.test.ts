import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { adopt, planAdoption } from '../../src/library.ts';
import { runInProcess } from '../cli/in-process.ts';
import {
  createDatabase,
  dumpSchema,
  type Family,
  runSql,
  statementsDuring,
  type TestDatabase,
} from '../support/database.ts';
import { createProject, type Project } from '../support/project.ts';

/** A migration written with Knex's builder, which makes the names up. */
const builder = (up: string) => `exports.up = async (knex) => { ${up} };\nexports.down = async () => {};\n`;

const FIRST = builder(`
  await knex.schema.createTable('owners', (t) => { t.integer('id').primary(); });
  await knex.schema.createTable('cats', (t) => {
    t.integer('id').primary(); t.string('name', 50).notNullable(); t.integer('age'); t.integer('owner_id');
    t.unique(['name']); t.index(['age']); t.foreign('owner_id').references('owners.id');
  });`);

/** What somebody made by hand, to the same structure. */
const BY_HAND = {
  postgres: `create table owners (id int primary key);
    create table cats (id int primary key, name varchar(50) not null unique, age int, owner_id int references owners (id));
    create index on cats (age)`,
  mysql: `create table owners (id int primary key);
    create table cats (id int primary key, name varchar(50) not null unique, age int, owner_id int, key (age), key cats_owner_id_foreign (owner_id), foreign key (owner_id) references owners (id))`,
};

const DROPS = builder(`
  await knex.schema.alterTable('cats', (t) => { t.dropUnique(['name']); });
  await knex.schema.alterTable('cats', (t) => { t.dropForeign('owner_id'); });
  await knex.schema.alterTable('cats', (t) => { t.dropIndex(['age']); });`);

/** What is called by its name, what it is called here, and the SQL that renames it, in the order of the migration. */
const FOUND = {
  postgres: [
    [
      'cats_name_unique',
      'cats_name_key',
      'ALTER TABLE "cats" RENAME CONSTRAINT "cats_name_key" TO "cats_name_unique";',
    ],
    [
      'cats_owner_id_foreign',
      'cats_owner_id_fkey',
      'ALTER TABLE "cats" RENAME CONSTRAINT "cats_owner_id_fkey" TO "cats_owner_id_foreign";',
    ],
    ['cats_age_index', 'cats_age_idx', 'ALTER INDEX "cats_age_idx" RENAME TO "cats_age_index";'],
  ],
  mysql: [
    ['cats_name_unique', 'name', 'alter table `cats` rename index `name` to `cats_name_unique`;'],
    ['cats_owner_id_foreign', 'cats_ibfk_1', 'alter table `cats` drop foreign key `cats_ibfk_1`;'],
    ['cats_age_index', 'age', 'alter table `cats` rename index `age` to `cats_age_index`;'],
  ],
} as const;

interface Place {
  readonly database: TestDatabase;
  readonly knex: Knex;
  readonly project: Project;
}

async function legacy(
  family: Family,
  pending: string,
  script: string,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(family);
  const project = await createProject({ '001_cats.js': FIRST, '002_more.js': pending });
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

describe.each(['postgres', 'mysql'] as const)('names on %s that pending migrations use', (family) => {
  test('and that are others here are refused with the SQL that renames each, after which the adoption goes through (pain 26)', async () => {
    await legacy(family, DROPS, BY_HAND[family], async ({ knex, project }) => {
      const before = await dumpSchema(knex);
      const options = { knex, migrations: project.migrations };
      const refused = await adopt(options);
      expect(refused.outcome).toBe('refused');
      const refusals = refused.plan?.refused ?? [];
      expect(refusals.map(({ code }) => code)).toEqual(['REFUSED.NAME', 'REFUSED.NAME', 'REFUSED.NAME']);
      for (const [index, [name, here, sql]] of FOUND[family].entries()) {
        expect(refusals[index]?.message).toMatch(/^002_more calls the /);
        expect(refusals[index]?.message).toContain(`"${name}" of cats`);
        expect(refusals[index]?.message).toContain(`"${here}" here`);
        expect(refusals[index]?.hint).toContain(sql);
      }
      expect(await dumpSchema(knex)).toBe(before);

      for (const { hint } of refusals) {
        const sql = /^Rename it: (.*;) Or/s.exec(hint)?.[1] ?? '';
        for (const statement of sql.split(/(?<=;) /)) await knex.raw(statement);
      }
      expect(await adopt(options)).toMatchObject({
        outcome: 'adopted',
        ran: ['002_more.js'],
        after: { drift: false },
      });
    });
  });

  test('is what would have failed half-way: without the look it does', async () => {
    await legacy(family, DROPS, BY_HAND[family], async ({ database, project }) => {
      const args = ['handle-legacy', '--yes', '--skip-preflight', '--url', database.url];
      const ended = await runInProcess([...args, '--migrations', project.migrations]);
      expect(ended.exitCode).toBe(4);
      expect(ended.stderr).toContain('MIGRATIONS.FAILED');
    });
  });

  test('are accepted one by one by name, and the command line says so with exit code 4', async () => {
    const pending = builder(`await knex.schema.createTable('toys', (t) => { t.integer('id').primary(); });
      await knex.raw('alter table cats drop constraint if exists cats_name_unique');`);
    await legacy(family, pending, BY_HAND[family], async ({ database, project }) => {
      const args = ['handle-legacy', '--yes', '--url', database.url, '--migrations', project.migrations];
      const refused = await runInProcess(args);
      expect(refused.exitCode).toBe(4);
      const name = /--accept '([^']+)'/.exec(refused.stdout.replace(/\s+/g, ' '))?.[1] ?? '';
      expect(name).toMatch(/\.cats\.uniques\.cats_name_unique$/);
      expect((await runInProcess([...args, '--accept', name])).exitCode).toBe(0);
    });
  });

  test("and that a later migration makes itself, or no migration uses, are nobody else's", async () => {
    const pending =
      builder(`await knex.schema.alterTable('cats', (t) => { t.unique(['age', 'name'], { indexName: 'own' }); });
      await knex.schema.alterTable('cats', (t) => { t.dropUnique(['age', 'name'], 'own'); t.integer('weight'); });`);
    await legacy(family, pending, BY_HAND[family], async ({ knex, project }) => {
      expect(await adopt({ knex, migrations: project.migrations })).toMatchObject({
        outcome: 'adopted',
        plan: { notices: [] },
        ran: ['002_more.js'],
      });
    });
  });

  test('are looked up under the name that the table has had since', async () => {
    const pending = builder(`await knex.schema.renameTable('cats', 'felines');
      await knex.schema.alterTable('felines', (t) => { t.dropUnique(['name'], 'cats_name_unique'); });`);
    await legacy(family, pending, BY_HAND[family], async ({ knex, project }) => {
      expect(await adopt({ knex, migrations: project.migrations })).toMatchObject({
        outcome: 'refused',
        plan: {
          refused: [{ code: 'REFUSED.NAME', message: expect.stringContaining('"cats_name_unique" of cats') }],
        },
      });
    });
  });

  test('cost nothing where every name is as the chain gives it, nor in a dry run, which says what is left to look at', async () => {
    const scratches = (statements: readonly string[]) =>
      statements.filter((sql) => /knex_adopt_scratch/.test(sql));
    await legacy(family, DROPS, BY_HAND[family], async ({ database, knex, project }) => {
      const options = { knex, migrations: project.migrations };
      const dry = await statementsDuring(database, async () => {
        expect(await planAdoption(options)).toMatchObject({
          outcome: 'planned',
          plan: { notices: [expect.stringMatching(/have other names here/)] },
        });
      });
      expect(scratches(dry)).toEqual([]);
    });
    await legacy(family, DROPS, 'select 1', async ({ database, knex, project }) => {
      const options = { knex, migrations: project.migrations };
      await adopt({ ...options, to: '001_cats' });
      await knex('knex_migrations').delete();
      const statements = await statementsDuring(database, async () => {
        expect(await adopt(options)).toMatchObject({ outcome: 'adopted', ran: ['002_more.js'] });
      });
      expect(statements.length).toBeGreaterThan(0);
      expect(scratches(statements)).toEqual([]);
    });
  });
});

test('a role that may make no database is told so in a notice, and the adoption goes on', async () => {
  const pending = builder(`await knex.schema.createTable('toys', (t) => { t.integer('id').primary(); });`);
  await legacy('postgres', pending, BY_HAND.postgres, async ({ database, knex, project }) => {
    const role = `${database.name}_plain`;
    await knex.raw(`create role ${role} login password 'plain'`);
    try {
      await knex.raw(`grant all on schema public to ${role}`);
      for (const table of ['owners', 'cats']) await knex.raw(`alter table ${table} owner to ${role}`);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'plain';
      const plain = database.knex({ connection: url.href });
      const report = await adopt({ knex: plain, migrations: project.migrations });
      expect(report).toMatchObject({
        outcome: 'adopted',
        plan: {
          notices: [
            expect.stringMatching(/could not be seen: This role may not create the scratch database/),
          ],
        },
        ran: ['002_more.js'],
      });
    } finally {
      await knex.raw(`drop owned by ${role}`);
      await knex.raw(`drop role ${role}`);
    }
  });
});
