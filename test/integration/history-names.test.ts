import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { isAdoptError } from '../../src/errors.ts';
import { adopt } from '../../src/library.ts';
import { createDatabase, type Family, type TestDatabase } from '../support/database.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => ['001_cats.js'],
  getMigrationName: (name) => name,
  getMigration: async () => ({
    up: (knex) => knex.schema.createTable('cats', (table) => table.integer('id')),
    down: (knex) => knex.schema.dropTable('cats'),
  }),
};

describe.each<Family>(['postgres', 'mysql'])('history tables on %s', (family) => {
  let database: TestDatabase;
  let knex: Knex;
  let project: Project;

  beforeAll(async () => {
    database = await createDatabase(family);
    knex = database.knex({ pool: { min: 0, max: 2 } });
    project = await createProject({
      '001_cats.js': rawMigration(['create table cats (id integer)'], ['drop table cats']),
    });
    await project.record(database.knex());
  });
  afterAll(async () => {
    await database?.dispose();
    await project?.remove();
  });

  const tables = async (): Promise<readonly string[]> => {
    const query =
      family === 'mysql'
        ? 'select table_name as name from information_schema.tables where table_schema = database()'
        : `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`;
    const result = await knex.raw(query);
    const rows: { name: string }[] = family === 'mysql' ? result[0] : result.rows;
    return rows.map(({ name }) => name).sort();
  };
  const empty = async () => {
    const quoted = (name: string) =>
      family === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
    const connection = await database.connect();
    for (const name of await tables()) await connection.query(`drop table ${quoted(name)}`);
    await connection.close();
  };
  /** What plain Knex makes of a name: whether it finds what it made, under that name, the next time. */
  const isUsable = async (tableName: string): Promise<boolean> => {
    const config = { migrationSource, tableName };
    try {
      await knex.migrate.latest(config);
      const [completed] = await knex.migrate.list(config);
      const made = [tableName, `${tableName}_lock`, 'cats'].sort();
      return completed.length === 1 && JSON.stringify(await tables()) === JSON.stringify(made);
    } catch {
      return false;
    }
  };

  test('of every name that plain Knex can use are used as it would, and all others are refused untouched', async () => {
    const refused: string[] = [];
    for (const tableName of ['knex_migrations', ...HOSTILE_NAMES[family]]) {
      const options = { knex, migrations: project.migrations, tableName };
      // Older releases of mysql2 put a value there, and so does Knex wherever it writes a statement as text.
      const usable = (await isUsable(tableName)) && !tableName.includes('?');
      if (usable) {
        expect([tableName, (await detectState(options)).state]).toEqual([tableName, 'managed']);
        await empty();
        expect([tableName, (await adopt(options)).outcome]).toEqual([tableName, 'installed']);
        expect([tableName, await isUsable(tableName)]).toEqual([tableName, true]);
      } else {
        await empty();
        const failure: unknown = await adopt(options).catch((error: unknown) => error);
        expect([tableName, isAdoptError(failure) && failure.code]).toEqual([tableName, 'HISTORY.INVALID']);
        expect(await tables()).toEqual([]);
        refused.push(tableName);
      }
      await empty();
    }
    // Plain Knex can use most of them, and so the other half is tested too.
    expect(refused.length).toBeGreaterThan(5);
    expect(refused.length).toBeLessThan(HOSTILE_NAMES[family].length / 2);
  });
});

test('a history in a schema that Knex cannot name is refused, unless it writes there anyway', async () => {
  const database = await createDatabase('postgres');
  const project = await createProject({
    '001_cats.js': rawMigration(['create table cats (id integer)'], ['drop table cats']),
  });
  const schema = 'a.b';
  try {
    await project.record(database.knex());
    await database.knex().raw('create schema "a.b"');
    const { migrations } = project;
    const named = database.knex({ migrations: { schemaName: schema } });
    expect(await detectState({ knex: named, migrations })).toMatchObject({ state: 'fresh' });
    await expect(adopt({ knex: named, migrations })).rejects.toMatchObject({
      code: 'HISTORY.INVALID',
      hint: expect.stringContaining('searchPath'),
    });
    expect(await database.knex().schema.hasTable('cats')).toBe(false);
    const there = database.knex({ searchPath: [schema] });
    expect(await adopt({ knex: there, migrations, schemas: [schema] })).toMatchObject({
      outcome: 'installed',
    });
    expect(await there.migrate.list({ directory: migrations })).toMatchObject([
      [{ name: '001_cats.js' }],
      [],
    ]);
  } finally {
    await project.remove();
    await database.dispose();
  }
});
