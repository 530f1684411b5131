import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import createKnex from 'knex';

const FIXTURE = new URL('../../fixtures/postgres/legacy-002/', import.meta.url);

/** The script of an old `init.sql`: tables as somebody wrote them by hand, and their rows. */
function initSql() {
  const { parts } = JSON.parse(readFileSync(new URL('fixture.json', FIXTURE), 'utf8'));
  return parts.map((part) => readFileSync(new URL(part, FIXTURE), 'utf8')).join('\n');
}

/**
 * An embedded PostgreSQL in a temporary folder, as an old `init.sql` left it. The folder is gone when this process is, however it ends
 * short of being killed.
 *
 * @returns {Promise<{ knex: import('knex').Knex, close: () => Promise<void> }>}
 */
export async function createOldDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'knex-adopt-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const database = await PGlite.create(join(folder, 'data'));
  await database.exec(initSql());
  // PGlite has one session, so one connection is all there may be.
  const knex = createKnex({ client: 'pg', connection: createPgConfig(database), pool: { min: 0, max: 1 } });
  return {
    knex,
    close: async () => {
      await knex.destroy();
      await database.close();
    },
  };
}

/**
 * For every table of the application, by name: how many rows it has, and a checksum of all that is in them.
 *
 * @param {import('knex').Knex} knex
 * @returns {Promise<Map<string, { rows: number, checksum: string }>>}
 */
export async function readContents(knex) {
  const tables = await knex('pg_tables')
    .where('schemaname', 'public')
    .whereNot('tablename', 'like', 'knex\\_%')
    .orderBy('tablename')
    .pluck('tablename');
  const contents = new Map();
  for (const table of tables) {
    const [content] = await knex({ row: table }).select({
      rows: knex.raw('count(*)::integer'),
      checksum: knex.raw(`md5(coalesce(string_agg("row"::text, ' ' order by "row"::text), ''))`),
    });
    contents.set(table, content);
  }
  return contents;
}
