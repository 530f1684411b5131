import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { RECORDED } from './chain.ts';
import type { Job } from './child.ts';

/** The strategies of adopting, and the command that brings a managed database up. */
export const STRATEGIES = ['install', 'stamp', 'complete', 'rebuild', 'upgrade', 'upgrade command'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A database before a strategy is carried out on it, and what is asked for. */
export interface Start {
  readonly command: Job['command'];
  readonly options: Job['options'];
  /** The outcome where nothing happens. */
  readonly outcome: string;
  /** Migrations that are run, once, for good; of a rebuild not those whose tables give way to what was there. */
  readonly runs: readonly string[];
  /** Makes it in an empty database. @param migrations the folder of the chain. */
  make(knex: Knex, migrations: string): Promise<void>;
}

const require = createRequire(import.meta.url);

/** As a project without us runs them. */
async function runPlain(knex: Knex, migrations: string, names: readonly string[]): Promise<void> {
  await knex.migrate.latest({
    migrationSource: {
      getMigrations: async () => [...names],
      getMigrationName: (name: string) => name,
      getMigration: async (name: string) => require(join(migrations, name)) as Knex.Migration,
    },
  });
}

async function forget(knex: Knex): Promise<void> {
  for (const table of ['knex_migrations', 'knex_migrations_lock']) await knex.schema.dropTable(table);
}

const range = (length: number) => Array.from({ length }, (_, index) => index + 1);

/** Rows in every table that there is, of values that a careless copy would change. */
async function fill(knex: Knex): Promise<void> {
  await knex('owners').insert(range(20).map((id) => ({ id, name: `O'Brien № ${id} ☃ \\ "${id}"` })));
  await knex('cats').insert(
    range(120).map((id) => ({
      id,
      name: id % 7 === 0 ? '' : `Cat ${id}; -- ?`,
      lives: id % 9,
      owner_id: id % 5 === 0 ? null : (id % 20) + 1,
      mother_id: id < 10 ? null : id - 9,
      ...{ chip: id % 3 === 0 ? null : `chip ${id}` },
    })),
  );
  await knex('visits').insert(range(150).map((id) => ({ id, cat_id: (id % 120) + 1, reason: `${id}\n` })));
  if (!(await knex.schema.hasTable('tags'))) return;
  await knex('tags').insert(range(10).map((id) => ({ id: id + 100, label: `tag ${id}` })));
  await knex('cat_tags').insert(range(120).map((id) => ({ cat_id: id, tag_id: (id % 10) + 101 })));
}

const until = (count: number) => RECORDED.slice(0, count);

/** What 002 makes is not there, though 003's is; and pieces of 001 and 003 are missing. */
async function makeGaps(knex: Knex, migrations: string): Promise<void> {
  await runPlain(knex, migrations, RECORDED.filter((name) => name !== '002_tags.js').slice(0, 2));
  await forget(knex);
  await fill(knex);
  await knex.schema.alterTable('cats', (t) => {
    t.dropForeign('mother_id');
    t.dropIndex('name');
    t.dropColumn('lives');
  });
  await knex.schema.alterTable('visits', (t) => t.dropColumn('reason'));
}

const lockWaitMs = 30_000;
const upgradable = async (knex: Knex, migrations: string) => {
  await runPlain(knex, migrations, until(3));
  await fill(knex);
};

export const STARTS: Readonly<Record<Strategy, Start>> = {
  install: {
    command: 'adopt',
    options: { lockWaitMs },
    outcome: 'installed',
    runs: until(4),
    make: async () => {},
  },
  stamp: {
    command: 'adopt',
    options: { lockWaitMs },
    outcome: 'adopted',
    runs: ['004_notes.js'],
    make: async (knex, migrations) => {
      await upgradable(knex, migrations);
      await forget(knex);
    },
  },
  complete: {
    command: 'adopt',
    options: { lockWaitMs, onPartial: 'complete', mapping: { fill: { 'cats.lives': '9' } } },
    outcome: 'completed',
    runs: ['002_tags.js', '004_notes.js'],
    make: makeGaps,
  },
  rebuild: {
    command: 'adopt',
    options: {
      lockWaitMs,
      onPartial: 'rebuild',
      mapping: {
        tables: { cats: { columns: { title: 'name' } }, people: { to: 'owners' } },
        fill: { 'cats.lives': '9' },
      },
    },
    outcome: 'rebuilt',
    runs: ['004_notes.js'],
    make: async (knex, migrations) => {
      await makeGaps(knex, migrations);
      await knex.schema.alterTable('cats', (t) => t.renameColumn('name', 'title'));
      await knex.schema.alterTable('cats', (t) => t.string('kept_aside', 60));
      await knex('cats').update({ kept_aside: 'no home' });
      await knex.schema.renameTable('owners', 'people');
      await knex.schema.createTable('strays', (t) => t.integer('id').primary());
      await knex('strays').insert(range(30).map((id) => ({ id })));
    },
  },
  upgrade: {
    command: 'adopt',
    options: { lockWaitMs },
    outcome: 'upgraded',
    runs: ['004_notes.js'],
    make: upgradable,
  },
  'upgrade command': {
    command: 'upgrade',
    options: { lockWaitMs },
    outcome: 'upgraded',
    runs: ['004_notes.js'],
    make: upgradable,
  },
};
