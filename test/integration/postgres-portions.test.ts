/** What is read of large schemas in portions is what is there, whichever portion it falls into. */
import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { useDatabase } from '../support/use-database.ts';

const MANY = 700;
const database = useDatabase('postgres');

async function read(knex: Knex) {
  const counter = { queries: 0 };
  const { snapshot } = await postgresDialect.read(knex, counter, async (session) => {
    const facts = await postgresDialect.readServer(session);
    counter.queries = 0;
    return postgresDialect.introspect(session, facts, { schemas: ['public'], exclude: [] });
  });
  return { snapshot, queries: counter.queries };
}

test('every table of a schema with many has its defaults, generated columns and sequences, in at most ten queries', async () => {
  const knex = database.knex();
  // Made backwards, so that their order by name is not that of their oids.
  await knex.raw(`do $$ begin for n in reverse ${MANY}..1 loop
    execute format('create table t%s (id serial, n integer default %s, twice integer generated always as (n * 2) stored)', lpad(n::text, 4, '0'), n);
    end loop; end $$`);
  await knex.raw(`create view w as select 1 as one; alter view w alter column one set default 5;
    create function f() returns int language sql as 'select 1'`);
  const { snapshot, queries } = await read(knex);
  const names = Array.from({ length: MANY }, (_, at) => `t${String(at + 1).padStart(4, '0')}`);
  expect(snapshot.tables.map(({ key }) => key)).toEqual(names);
  expect(
    snapshot.tables.map(({ columns }) => columns.map((one) => [one.default, one.generated?.expression])),
  ).toEqual(
    names.map((name, at) => [
      [{ kind: 'sequence', raw: `nextval('${name}_id_seq'::regclass)` }, undefined],
      [{ kind: 'literal', raw: String(at + 1), canonical: String(at + 1) }, undefined],
      [{ kind: 'none' }, { raw: '(n * 2)', canonical: '(n * 2)' }],
    ]),
  );
  expect(snapshot.objects.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['function f()', 'view w']);
  expect(queries).toBeLessThanOrEqual(10);
});
