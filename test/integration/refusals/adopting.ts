import { expect } from 'vitest';
import { planAdoption } from '../../../src/library.ts';
import { repairHistory } from '../../../src/repair-history.ts';
import { failureOf } from '../../support/failure.ts';
import { rawMigration } from '../../support/project.ts';
import {
  type Attempt,
  BIRDS,
  BY_NAME,
  CATS,
  DOGS,
  type RefusalCode,
  ROWS,
  type Scene,
  type Situations,
} from '../../support/refusals.ts';

/** A database at `001_more`, which a stranger's thing keeps from `002_more`. */
const STUMBLING = {
  postgres: {
    stranger: 'create view seen as select lives from cats',
    up: 'alter table cats alter column lives type bigint',
  },
  mysql: {
    stranger: 'create table toys (cat int, constraint cats_of foreign key (cat) references cats (id))',
    up: 'alter table cats add constraint cats_of foreign key (lives) references cats (id)',
  },
} as const;

/** What Knex would make under another name. */
const KNEX_HISTORY =
  'create table app_migrations (id int primary key, name varchar(255), batch int, migration_time timestamp null)';

/** A chain whose second migration sends what stands in a file, which is harmless when its manifests are made. */
async function sendingLater({ project, run }: Scene, sql: string) {
  const own = await project({
    '001_cats.js': rawMigration([CATS]),
    '002_more.js': `exports.up = async (knex) => {
      const fs = require('node:fs');
      const file = __dirname + '/later.sql';
      if (fs.existsSync(file)) await knex.raw(fs.readFileSync(file, 'utf8'));
      await knex.raw('create table toys (id int primary key)');
    };
    exports.down = async () => {};`,
  });
  await own.write('later.sql', sql);
  await run(CATS, ROWS);
  return own;
}

/** A first install that failed where nothing is rolled back, and the attempt to go on. */
export async function firstFailed({ project, run, adopting }: Scene): Promise<Attempt> {
  const own = await project({
    '001_cats.js': `exports.up = async (knex) => {
      await knex.raw('${CATS}');
      if (require('node:fs').existsSync(__dirname + '/broken')) throw new Error('It is broken.');
    };
    exports.down = async () => {};
    exports.config = { transaction: false };`,
    '002_dogs.js': rawMigration([DOGS]),
  });
  await own.write('broken', '');
  const attempt = adopting({ migrations: own.migrations });
  expect(await failureOf(attempt())).toMatchObject({ code: 'MIGRATIONS.FAILED' });
  await run(ROWS);
  return attempt;
}

/** A database without a history, or behind its chain: what keeps an adoption from being begun, or its rehearsal from being believed. */
export const ADOPTING = {
  'REFUSED.PARTIAL': [
    {
      when: 'a column is missing',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, 'alter table cats drop column lives');
        return adopting();
      },
    },
  ],
  'REFUSED.SHARED': [
    {
      when: 'only strangers are there',
      make: async ({ run, adopting }) => {
        await run('create table fish (id int)', 'insert into fish values (1)');
        return adopting();
      },
    },
    {
      when: 'the names of the chain are there in other letter case',
      make: async ({ family, run, adopting }) => {
        const table = family === 'mysql' ? '`CATS`' : '"CATS"';
        await run(`create table ${table} (id int primary key)`, `insert into ${table} values (1)`);
        return adopting();
      },
      says: /1 table\(s\) with its names in other letter case are: \S+\.CATS\. If they are/,
    },
  ],
  'REFUSED.OTHER_HISTORY': [
    {
      when: 'Knex keeps the history of this chain under another name, and of other files',
      make: async ({ run, adopting }) => {
        await run(CATS, ROWS, KNEX_HISTORY, "insert into app_migrations values (1, '001_cats.ts', 1, null)");
        return adopting();
      },
      says: /in \S+\.app_migrations, up to 001_cats\.ts; .* --table app_migrations,/,
    },
    {
      when: 'it does so where nothing of the chain is',
      make: async ({ run, adopting }) => {
        await run(KNEX_HISTORY, "insert into app_migrations values (1, '001_cats.js', 1, null)");
        return adopting({ shared: true });
      },
    },
    {
      when: 'another migrator failed half-way',
      make: async ({ run, adopting }) => {
        await run(
          CATS,
          ROWS,
          'create table schema_migrations (version bigint primary key, dirty boolean)',
          'insert into schema_migrations values (7, true)',
        );
        return adopting();
      },
      says: /golang-migrate says in \S+ that 7 failed .* --accept history:\S+\.schema_migrations/,
    },
  ],
  'REFUSED.AMBIGUOUS': [
    {
      when: 'two revisions are met',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, DOGS);
        return adopting();
      },
    },
    {
      when: 'a partial one would meet two revisions, and what comes after them is not there',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, DOGS, 'alter table cats drop column lives');
        return adopting({ onPartial: 'complete' });
      },
    },
    {
      when: 'a partial one lacks what a later migration takes away, which proves nothing of those before it',
      make: async ({ run, adopting }) => {
        await run(CATS, ROWS, DOGS, 'alter table cats drop column lives');
        return adopting({ onPartial: 'complete' });
      },
    },
  ],
  'REFUSED.NOT_A_CANDIDATE': [
    {
      when: 'a revision is named that is not met',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, DOGS);
        return adopting({ at: '004_birds' });
      },
    },
  ],
  'REFUSED.RISKY': [
    {
      when: 'names may not be there twice',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, DOGS, BIRDS, 'create unique index one_name on cats (name)');
        return adopting();
      },
    },
  ],
  'REFUSED.NAME': [
    {
      when: 'a pending migration drops an index that has another name here',
      make: async ({ run, adopting }) => {
        await run(CATS, 'create index cats_name_idx on cats (name)', ROWS, DOGS, BIRDS);
        return adopting();
      },
    },
  ],
  'REFUSED.DRIFT': [
    {
      when: 'a managed one lacks a column',
      make: async ({ run, managed, adopting }) => {
        await managed(2, () => run(ROWS, 'alter table cats drop column lives'));
        return adopting();
      },
    },
  ],
  'REFUSED.INTERRUPTED': [
    {
      when: 'the next migration is there in full, and not recorded',
      make: async ({ run, managed, adopting }) => {
        await managed(1, () => run(ROWS, DOGS));
        return adopting();
      },
    },
    {
      when: 'that is to be recorded, and nobody says by name that its rows are there',
      make: async ({ knex, migrations, run, managed }) => {
        await managed(1, () => run(ROWS, DOGS));
        return () => repairHistory({ knex, migrations });
      },
    },
    {
      when: 'the next migration failed half-way, without a transaction',
      make: async ({ run, project, adopting }) => {
        const own = await project({
          '001_cats.js': rawMigration([CATS]),
          '002_zoo.js': rawMigration(
            [DOGS, "insert into cats (id, name) values (1, 'the first')", BIRDS],
            [],
            'exports.config = { transaction: false };',
          ),
        });
        const at = { migrations: own.migrations };
        await adopting({ ...at, to: '001_cats' })();
        await run(ROWS);
        expect(await failureOf(adopting(at)())).toMatchObject({ code: 'MIGRATIONS.FAILED' });
        return adopting(at);
      },
    },
    {
      when: 'the first migration of all failed half-way, without a transaction',
      make: firstFailed,
    },
    {
      when: "Knex's lock is what a killed first migration left",
      make: async ({ knex, migrations, run, managed }) => {
        await managed(1, async (rows, locks) => {
          await run(ROWS);
          await rows.delete();
          await locks.update({ is_locked: 1 });
        });
        return () => repairHistory({ knex, migrations });
      },
    },
  ],
  'REHEARSAL.FAILED': [
    {
      when: 'a migration fails in the copy',
      make: async ({ family, project, run, adopting }) => {
        const { stranger, up } = STUMBLING[family];
        const { migrations } = await project({
          '001_cats.js': rawMigration([CATS]),
          '002_more.js': rawMigration([up]),
        });
        await run(CATS, ROWS, stranger);
        return adopting({ migrations, rehearse: true });
      },
    },
  ],
  'REHEARSAL.DIFFERS': [
    {
      when: 'a migration finds nothing by the name that it drops, and says nothing',
      make: async ({ project, run, adopting }) => {
        const cats = (name: string) =>
          `create table cats (id int primary key, lives int, constraint ${name} unique (lives))`;
        const { migrations } = await project({
          '001_cats.js': rawMigration([cats('by_lives')]),
          '002_more.js': rawMigration(['alter table cats drop constraint if exists by_lives']),
        });
        await run(cats('cats_lives_key'), 'insert into cats values (1, 7)');
        return adopting({ migrations, rehearse: true, preflight: false });
      },
    },
  ],
  'REHEARSAL.IMPOSSIBLE': [
    {
      when: 'the plan was made before',
      make: async ({ knex, migrations, run, adopting }) => {
        await run(CATS, BY_NAME, ROWS);
        const { plan } = await planAdoption({ knex, migrations });
        return adopting({ plan: plan ?? undefined, rehearse: true });
      },
    },
    {
      when: 'a migration reaches outside of its database, with --rehearse alone',
      make: async (scene) => {
        const { family, database, adopting } = scene;
        const outside = {
          postgres: 'create role knex_adopt_nobody',
          mysql: `update ${database.name}.cats set lives = 1`,
        }[family];
        const { migrations } = await sendingLater(scene, outside);
        return adopting({ migrations, rehearse: true });
      },
    },
  ],
} satisfies Partial<Situations<RefusalCode>>;
