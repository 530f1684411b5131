/** That following a database, which reads only what may have changed, always gives what a whole reading gives. */
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import type { Follower, Observe } from '../../src/database/introspection.ts';
import type { ServerFacts } from '../../src/database/server-facts.ts';
import { loadDialect } from '../../src/dialects/load-dialect.ts';
import { migrateEach } from '../../src/migrations/knex-migrator.ts';
import { directorySource } from '../../src/migrations/source.ts';
import type { Snapshot } from '../../src/schema/snapshot.ts';
import { createDatabase, type Family } from '../support/database.ts';
import { MIGRATIONS, REVISIONS } from '../support/reference-chain.ts';

const FAMILIES: readonly Family[] = ['postgres', 'pglite', 'mysql'];

interface Reader {
  /** What following gives now, and a whole reading. */
  both(knex: Knex): Promise<{ followed: Snapshot; whole: Snapshot; queries: number }>;
}

/** @param observe how it is read; on the connection that is given, unless said otherwise. */
async function readerOf(knex: Knex, observe?: Observe): Promise<Reader> {
  const dialect = await loadDialect(knex);
  const facts: ServerFacts = await dialect.read(knex, { queries: 0 }, (session) =>
    dialect.readServer(session),
  );
  const schema = facts.defaultSchema;
  const options = {
    schemas: [schema],
    exclude: ['knex_migrations', 'knex_migrations_lock'].map((name) => ({ schema, name })),
  };
  const follower: Follower = dialect.follow(facts, options);
  return {
    both: async (connection) => {
      const counter = { queries: 0 };
      const reading: Observe = observe ?? ((offered, work) => dialect.read(offered, counter, work));
      const followed = await reading(connection, (session) => follower.read(session));
      const { snapshot } = await dialect.read(connection, { queries: 0 }, (session) =>
        // Of the schemas that the follower came upon.
        dialect.introspect(session, facts, { ...options, schemas: followed.schemas }),
      );
      return { followed, whole: snapshot, queries: counter.queries };
    },
  };
}

const POSTGRES_STEPS = [
  'create schema elsewhere',
  'create table elsewhere.lands (id integer primary key, code text unique)',
  'create table cats (id serial primary key, name varchar(50) not null unique, age integer)',
  'create table dogs (id serial primary key, cat_id integer references cats (id), land text references elsewhere.lands (code))',
  "alter table cats add column colour text default 'grey'",
  "insert into cats (name, age) values ('Tom', 3)",
  "alter table cats alter colour set default 'red'",
  'alter table cats alter colour drop default',
  'alter table cats alter age set not null, add check (age > 0)',
  "comment on table cats is 'of the house'",
  'create index by_age on cats (age) where age > 1',
  'alter index by_age rename to by_age_2',
  'create view old_cats as select c.* from cats c where age > 10',
  'alter table cats rename column age to years',
  'create or replace view old_cats as select id, name, years as age, colour from cats where years > 11',
  'alter table cats rename constraint cats_age_check to years_check',
  'alter table dogs drop constraint dogs_cat_id_fkey',
  'alter table dogs add foreign key (cat_id) references cats (id) on delete cascade not valid',
  'alter table dogs validate constraint dogs_cat_id_fkey',
  'alter table cats rename to felines',
  'alter table elsewhere.lands rename column code to abbreviation',
  'alter table elsewhere.lands rename to countries',
  'alter sequence cats_id_seq rename to felines_numbers',
  'alter sequence felines_numbers increment by 2',
  'create sequence spare start 5',
  "alter table dogs add column number integer default nextval('spare')",
  'alter sequence spare owned by dogs.number',
  'alter sequence spare owned by none',
  'alter sequence spare rename to common',
  'alter sequence common owned by felines.years',
  'create sequence odd increment by 3 owned by dogs.id',
  "create type mood as enum ('sad', 'ok')",
  "alter table felines add column mood mood default 'ok'",
  "alter type mood add value 'fine'",
  'alter type mood rename to humour',
  "create domain email as text check (value like '%@%')",
  'alter table dogs add column owner email',
  'alter domain email add constraint long check (length(value) > 3)',
  'alter domain email drop constraint long',
  'create function twice(integer) returns integer language sql immutable as $$ select $1 * 2 $$',
  'alter table dogs add column doubled integer generated always as (twice(number)) stored',
  'alter function twice(integer) rename to double',
  'create or replace function double(integer) returns integer language sql immutable as $$ select $1 + $1 $$',
  'create function touch() returns trigger language plpgsql as $$ begin return new; end $$',
  'create trigger touched before update on dogs for each row execute function touch()',
  'alter table dogs disable trigger touched',
  'alter trigger touched on dogs rename to touched_2',
  'drop trigger touched_2 on dogs',
  'create rule no_delete as on delete to felines do instead nothing',
  'drop rule no_delete on felines',
  'create table pups (extra text) inherits (dogs)',
  'alter table pups no inherit dogs',
  'create table logged (at timestamptz not null, text text) partition by range (at)',
  "create table logged_1 partition of logged for values from ('2024-01-01') to ('2025-01-01')",
  'create index by_text on logged (text)',
  'alter table logged detach partition logged_1',
  'create materialized view counted as select count(*) as n from felines',
  'create unique index one_count on counted (n)',
  'alter table dogs add column seen integer generated by default as identity',
  'alter table dogs alter seen drop identity',
  'create collation backwards from "C"',
  'alter table dogs add column label text collate backwards',
  'alter collation backwards rename to plain_order',
  'create statistics s on number, seen from dogs',
  'create temporary table dogs_copy as select * from dogs',
  'drop view old_cats',
  'alter table felines drop column colour',
  'alter table felines add column colour integer',
  'alter table dogs enable row level security',
  'create policy mine on dogs using (owner is not null)',
  'alter table felines add column tail boolean',
  'drop policy mine on dogs',
  'drop type humour cascade',
  'drop sequence common cascade',
  'drop table felines cascade',
  'alter table dogs set schema elsewhere',
  'alter table elsewhere.dogs set schema public',
];

const MYSQL_STEPS = [
  'create table cats (id int auto_increment primary key, name varchar(50) not null unique, age int)',
  "insert into cats (name, age) values ('Tom', 3)",
  'create table dogs (id int primary key, cat_id int, foreign key (cat_id) references cats (id))',
  "alter table cats add column colour varchar(20) default 'grey'",
  'create index by_age on cats (age)',
  'create view old_cats as select * from cats where age > 10',
  'rename table cats to felines',
  'create trigger touched before update on felines for each row set new.age = new.age + 1',
  'drop trigger touched',
  'create function two() returns int deterministic return 2',
  'drop function two',
  'alter table dogs drop foreign key dogs_ibfk_1',
  'drop table felines',
];

const STEPS: Readonly<Record<Family, readonly string[]>> = {
  postgres: POSTGRES_STEPS,
  pglite: POSTGRES_STEPS.slice(0, 10),
  mysql: MYSQL_STEPS,
};

test('a policy names roles, which are renamed outside of the database', async () => {
  const database = await createDatabase('postgres');
  const [before, after] = [`${database.name}_before`, `${database.name}_after`];
  const knex = database.knex();
  try {
    const reader = await readerOf(knex);
    await knex.raw(`create role ${before}; create table cats (id integer primary key)`);
    await knex.raw(`create policy theirs on cats to ${before} using (id > 0)`);
    await reader.both(knex);
    await knex.raw(`alter role ${before} rename to ${after}`);
    const { followed, whole } = await reader.both(knex);
    expect(JSON.stringify(followed)).toContain(after);
    expect(followed).toEqual(whole);
  } finally {
    // Roles are the server's, and outlive the database.
    await knex.raw(`drop table cats; drop role if exists ${before}; drop role if exists ${after}`);
    await database.dispose();
  }
});

describe.each(FAMILIES)('following a database on %s', (family) => {
  test('gives after every statement what a whole reading gives', async () => {
    const database = await createDatabase(family);
    try {
      const knex = database.knex();
      const reader = await readerOf(knex);
      for (const statement of ['select 1', ...STEPS[family]]) {
        await knex.raw(statement);
        const { followed, whole } = await reader.both(knex);
        expect(followed, statement).toEqual(whole);
      }
    } finally {
      await database.dispose();
    }
  });

  test('gives the same when it is observed from beside, whatever the session that changes it has set', async () => {
    const database = await createDatabase(family);
    try {
      const knex = database.knex();
      const dialect = await loadDialect(knex);
      const counter = { queries: 0 };
      const facts = await dialect.read(knex, counter, (session) => dialect.readServer(session));
      const settings =
        family === 'mysql'
          ? ["set sql_mode = 'ANSI_QUOTES'"]
          : ["set datestyle = 'SQL, DMY'", 'set quote_all_identifiers = on'];
      await dialect.observe(knex, counter, facts, async (observe) => {
        const reader = await readerOf(knex, observe);
        for (const statement of [...settings, ...STEPS[family]]) {
          await knex.raw(statement);
          const { followed, whole } = await reader.both(knex);
          expect(followed, statement).toEqual(whole);
        }
      });
    } finally {
      await database.dispose();
    }
  });

  test('reads nothing of the structure where none was changed, and gives the very same snapshot', async () => {
    const database = await createDatabase(family);
    try {
      const knex = database.knex();
      await knex.raw('create table cats (id int primary key)');
      const reader = await readerOf(knex);
      const first = await reader.both(knex);
      let before = first.followed;
      let last = first;
      // What other tests do in other databases of the server may have it read anew now and then; nobody is at it all the time.
      for (let id = 1; id <= 10 && (id === 1 || last.followed !== before); id += 1) {
        before = last.followed;
        await knex.raw(`insert into cats values (${id})`);
        last = await reader.both(knex);
        expect(last.queries).toBeLessThanOrEqual(first.queries);
      }
      expect(last.queries).toBeLessThan(first.queries);
      // A MySQL server's counters are the whole server's.
      if (family !== 'mysql') expect(last.followed).toBe(before);
    } finally {
      await database.dispose();
    }
  });

  test('gives after every migration of the reference chain what a whole reading gives', async () => {
    const database = await createDatabase(family);
    try {
      const knex = database.knex();
      const reader = await readerOf(knex);
      const source = await directorySource({ directories: [MIGRATIONS] });
      const { defaultSchema } = await loadDialect(knex).then((dialect) =>
        dialect.read(knex, { queries: 0 }, (session) => dialect.readServer(session)),
      );
      const seen: [number, number][] = [];
      const historyTable = { schema: defaultSchema, name: 'knex_migrations' };
      await migrateEach(
        knex,
        { source, historyTable, translateError: () => null },
        async (done, connection) => {
          const { followed, whole } = await reader.both(connection);
          expect(followed, `after ${done}`).toEqual(whole);
          seen.push([done, followed.tables.length]);
        },
      );
      expect(seen.map(([done]) => done)).toEqual(REVISIONS.map((_, index) => index + 1));
      expect(seen.at(-1)?.[1]).toBeGreaterThan(seen[0]?.[1] ?? 0);
    } finally {
      await database.dispose();
    }
  });
});
