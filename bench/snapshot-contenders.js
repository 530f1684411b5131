// What a snapshot is held against: the least that could be read, and what everybody reads.

import { dialectOf } from '../dist/dialects/dialect-of.js';
import { schemaFingerprint } from '../dist/schema/fingerprint.js';
import { openKnex } from './databases.js';

const SCHEMA = `relnamespace = 'public'::regnamespace`;

/** PostgreSQL, the raw floor: nothing is printed by the server but constants. */
export const POSTGRES_RAW = [
  `select c.oid, c.relname, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attcollation, a.attidentity, a.attgenerated
   from pg_attribute a join pg_class c on c.oid = a.attrelid
   where c.${SCHEMA} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
  `select d.adrelid, d.adnum, pg_get_expr(d.adbin, 0) from pg_attrdef d join pg_class c on c.oid = d.adrelid where c.${SCHEMA}`,
  `select k.conrelid, k.conname, k.contype, k.conkey, k.confrelid, k.confkey, k.confupdtype, k.confdeltype, k.confmatchtype, k.condeferrable,
     k.condeferred, k.convalidated, k.conindid
   from pg_constraint k where k.connamespace = 'public'::regnamespace`,
  `select i.indexrelid, i.indrelid, c.relname, c.relam, i.indisunique, i.indisvalid, i.indnkeyatts, i.indkey, i.indoption, i.indclass, i.indcollation
   from pg_index i join pg_class c on c.oid = i.indexrelid where c.${SCHEMA}`,
];

/** PostgreSQL, the same facts in the words of the server, as everybody reads them. */
export const POSTGRES_DEPARSED = [
  `select c.oid, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated
   from pg_attribute a join pg_class c on c.oid = a.attrelid
   where c.${SCHEMA} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
  `select d.adrelid, d.adnum, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_class c on c.oid = d.adrelid where c.${SCHEMA}`,
  `select k.conrelid, k.conname, k.contype, pg_get_constraintdef(k.oid) from pg_constraint k where k.connamespace = 'public'::regnamespace`,
  `select i.indrelid, c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid where c.${SCHEMA}`,
];

/** The MySQL family, the plain reads that a snapshot needs: whole tables of information_schema, none joined. */
export const MYSQL_PLAIN = [
  'select table_name, table_type, engine, create_options from information_schema.tables where table_schema = database()',
  `select table_name, column_name, ordinal_position, column_default, is_nullable, data_type, column_type, collation_name, extra, generation_expression
   from information_schema.columns where table_schema = database()`,
  `select table_name, index_name, non_unique, seq_in_index, column_name, collation, sub_part, index_type
   from information_schema.statistics where table_schema = database()`,
  `select table_name, constraint_name, ordinal_position, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
   from information_schema.key_column_usage where table_schema = database() and referenced_table_name is not null`,
  `select table_name, constraint_name, update_rule, delete_rule from information_schema.referential_constraints
   where constraint_schema = database()`,
  'select constraint_name, check_clause from information_schema.check_constraints where constraint_schema = database()',
];

const asText = { getTypeParser: () => (value) => value };

/** Rows as arrays of texts, through the driver alone: no value is parsed, which is the fastest that the driver can do. */
async function readRaw(family, connection, statements) {
  let rows = 0;
  for (const text of statements) {
    const result =
      family === 'postgres'
        ? await connection.query({ text, rowMode: 'array', types: asText })
        : await connection
            .promise()
            .query({ sql: text, rowsAsArray: true, typeCast: (field) => field.string() });
    rows += (family === 'postgres' ? result.rows : result[0]).length;
  }
  return rows;
}

async function takeSnapshot(knex) {
  const dialect = dialectOf(knex);
  const counter = { queries: 0 };
  const snapshot = await dialect.read(knex, counter, async (session) => {
    const facts = await dialect.readServer(session);
    const options = { schemas: [facts.defaultSchema], exclude: [] };
    return (await dialect.introspect(session, facts, options)).snapshot;
  });
  return { snapshot, fingerprint: schemaFingerprint(snapshot), queries: counter.queries };
}

function driverContender(family, url, statements) {
  return {
    // A new connection each time: a server process fills its caches as it reads.
    prepare: async () => {
      const knex = openKnex(family, url);
      return { knex, connection: await knex.client.acquireConnection() };
    },
    run: ({ connection }) => readRaw(family, connection, statements),
    dispose: async ({ knex, connection }) => {
      await knex.client.releaseConnection(connection);
      await knex.destroy();
    },
  };
}

function snapshotContender(family, url) {
  return {
    prepare: async () => {
      const knex = openKnex(family, url);
      await knex.client.releaseConnection(await knex.client.acquireConnection());
      return knex;
    },
    run: takeSnapshot,
    dispose: (knex) => knex.destroy(),
  };
}

/** Other readers, where they are installed beside us: by name, what each has to read. */
async function peerContenders(family, url) {
  const contender = (read) => ({
    prepare: () => openKnex(family, url),
    run: read,
    dispose: (knex) => knex.destroy(),
  });
  const peers = {};
  const directus = await import('@directus/schema').catch(() => null);
  if (directus !== null) {
    peers['@directus/schema'] = contender(async (knex) => {
      const inspector = directus.createInspector(knex);
      await inspector.overview();
      await inspector.foreignKeys();
    });
  }
  const inspector = await import('knex-schema-inspector').catch(() => null);
  if (inspector !== null) {
    const create = inspector.default.default ?? inspector.default;
    peers['knex-schema-inspector'] = contender(async (knex) => {
      const read = create(knex);
      await read.tableInfo();
      await read.columnInfo();
      await read.foreignKeys();
    });
  }
  return peers;
}

/** The contenders of a family, by name; the first is the floor. */
export async function snapshotContenders(family, url, { peers = false } = {}) {
  const statements =
    family === 'postgres'
      ? { 'raw floor': POSTGRES_RAW, 'deparsed by the server': POSTGRES_DEPARSED }
      : { 'plain reads': MYSQL_PLAIN };
  return {
    ...Object.fromEntries(
      Object.entries(statements).map(([name, list]) => [name, driverContender(family, url, list)]),
    ),
    'knex-adopt': snapshotContender(family, url),
    ...(peers ? await peerContenders(family, url) : {}),
  };
}
