import type { Knex } from 'knex';
import { quoteIdentifier } from './quote.ts';
import { glance } from './session.ts';

/**
 * What a replay left in the session: the parts of DISCARD ALL (manual, DISCARD) but for one, because the driver takes the statements that it
 * prepared itself to be there for as long as its connection is.
 */
const FORGET = [
  'close all',
  'set session authorization default',
  'reset all',
  'unlisten *',
  'select pg_advisory_unlock_all()',
  'discard plans',
  'discard temp',
  'discard sequences',
];

/**
 * Removes everything that a migration may have made in this database, and makes `public` anew. For a scratch database only.
 *
 * Schemas go with all that is in them, extensions included, since an extension lives in a schema; but one in `pg_catalog` does not, and neither
 * do publications, event triggers, foreign servers and large objects, which have no schema.
 */
export async function emptyDatabase(knex: Knex): Promise<void> {
  const statements = `select format('drop event trigger if exists %I cascade', evtname) as statement, 1 as step from pg_event_trigger
    union all select format('drop publication if exists %I', pubname), 2 from pg_publication
    union all select format('drop extension if exists %I cascade', extname), 3 from pg_extension where extname <> 'plpgsql'
    union all select format('drop server if exists %I cascade', srvname), 4 from pg_foreign_server
    union all select format('drop schema if exists %I cascade', nspname), 5 from pg_namespace
      where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all select format('select lo_unlink(%s)', oid), 6 from pg_largeobject_metadata
    union all select format('deallocate %I', name), 7 from pg_prepared_statements where from_sql
    order by 2, 1`;
  await glance(knex, { queries: 0 }, async (session) => {
    for (const [statement] of await session.query(statements)) await session.query(statement ?? '');
  });
  await knex.raw(`create schema ${quoteIdentifier('public')}`);
  await knex.raw(`grant all on schema ${quoteIdentifier('public')} to public`);
  for (const sql of FORGET) await knex.raw(sql);
}
