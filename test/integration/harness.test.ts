import { describe, expect, test } from 'vitest';
import {
  createBlindRole,
  createDatabase,
  createReader,
  dumpSchema,
  type Family,
  rowCounts,
  runSql,
  statementsDuring,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { withConnection } from '../support/sql-connection.ts';
import { useDatabase } from '../support/use-database.ts';

const SCHEMA = `
  CREATE TABLE owners (id integer PRIMARY KEY, name varchar(40) NOT NULL);
  CREATE TABLE cats (
    id integer PRIMARY KEY,
    owner_id integer,
    name varchar(40) DEFAULT 'it''s; a cat',
    CONSTRAINT cats_owner FOREIGN KEY (owner_id) REFERENCES owners (id) ON DELETE CASCADE
  );
  CREATE INDEX cats_name ON cats (name);
  CREATE VIEW names AS SELECT name FROM cats;
  INSERT INTO owners VALUES (1, 'Ada'), (2, 'Grace');
  INSERT INTO cats VALUES (1, 1, 'Böhse; Katze'), (2, 2, NULL);
`;

/** The same as {@link SCHEMA} in another order and with other generated names. */
const SAME_SCHEMA = `
  CREATE TABLE owners (name varchar(40) NOT NULL, id integer PRIMARY KEY);
  CREATE TABLE cats (
    name varchar(40) DEFAULT 'it''s; a cat',
    owner_id integer,
    id integer PRIMARY KEY,
    CONSTRAINT another_name FOREIGN KEY (owner_id) REFERENCES owners (id) ON DELETE CASCADE
  );
  CREATE INDEX another_index ON cats (name);
  CREATE VIEW names AS SELECT name FROM cats;
`;

const families: readonly Family[] = ['postgres', 'mysql', 'pglite'];

describe.each(families)('a test database of the family %s', (family) => {
  const database = useDatabase(family);

  test('takes an SQL file of many statements, and counts and sums what is in it', async () => {
    await runSql(database, SCHEMA);
    const knex = database.knex();
    expect(await rowCounts(knex)).toEqual({ cats: 2, owners: 2 });
    expect(await rowCounts(knex, ['cats'])).toEqual({ cats: 2 });
    expect(await tableColumns(knex)).toEqual({ cats: ['id', 'name', 'owner_id'], owners: ['id', 'name'] });
    expect(Object.keys(await tableChecksums(knex))).toEqual(['cats', 'owners']);
  });

  test('has checksums that follow the rows and not their order', async () => {
    const knex = database.knex();
    const before = await tableChecksums(knex);
    await knex('cats').where({ id: 1 }).update({ name: 'another' });
    const changed = await tableChecksums(knex);
    expect(changed.cats).not.toBe(before.cats);
    expect(changed.owners).toBe(before.owners);
    await knex('cats').where({ id: 1 }).delete();
    await knex('cats').insert({ id: 1, owner_id: 1, name: 'Böhse; Katze' });
    expect(await tableChecksums(knex)).toEqual(before);
  });

  test('has checksums that a new column need not change, and that tell NULL from an empty text', async () => {
    const knex = database.knex();
    const columns = await tableColumns(knex);
    const before = await tableChecksums(knex);
    await knex.schema.alterTable('cats', (table) => table.integer('lives').defaultTo(9));
    expect((await tableChecksums(knex)).cats).not.toBe(before.cats);
    expect(await tableChecksums(knex, columns)).toEqual(before);
    await knex('cats').whereNull('name').update({ name: '' });
    expect((await tableChecksums(knex, columns)).cats).not.toBe(before.cats);
    await knex('cats').where({ name: '' }).update({ name: null });
    await knex.schema.alterTable('cats', (table) => table.dropColumn('lives'));
    expect(await tableChecksums(knex)).toEqual(before);
  });

  test('has a schema text that follows the schema, and neither column order nor, if asked, names', async () => {
    const knex = database.knex();
    const other = await createDatabase(family);
    try {
      await runSql(other, SAME_SCHEMA);
      const otherKnex = other.knex();
      expect(await dumpSchema(otherKnex)).not.toBe(await dumpSchema(knex));
      const expected = await dumpSchema(knex, { ignoreNames: true });
      expect(expected.split('\n').length).toBeGreaterThan(8);
      expect(await dumpSchema(otherKnex, { ignoreNames: true })).toBe(expected);
      await otherKnex.schema.createTable('knex_migrations', (table) => table.increments('id'));
      expect(await dumpSchema(otherKnex, { ignoreNames: true })).toBe(expected);
      await otherKnex.schema.alterTable('owners', (table) => table.string('name', 41).notNullable().alter());
      expect(await dumpSchema(otherKnex, { ignoreNames: true })).not.toBe(expected);
    } finally {
      await other.dispose();
    }
  });
});

describe.each(['postgres', 'mysql'] as const)('on a server of the family %s', (family) => {
  const database = useDatabase(family);

  test('a reader reads and cannot write', async () => {
    await runSql(database, SCHEMA);
    await withConnection(await createReader(database), async ({ query }) => {
      expect(await query('SELECT name FROM owners ORDER BY id')).toEqual([
        { name: 'Ada' },
        { name: 'Grace' },
      ]);
      for (const sql of [
        `INSERT INTO owners VALUES (3, 'Joan')`,
        `UPDATE owners SET name = 'Joan'`,
        'DELETE FROM owners',
        'DROP TABLE cats',
        'CREATE TABLE mine (id integer)',
        'CREATE TEMPORARY TABLE mine (id integer)',
        'ALTER TABLE cats ADD COLUMN lives integer',
      ]) {
        await expect(query(sql), sql).rejects.toThrow(/denied|must be owner/);
      }
    });
    expect(await rowCounts(database.knex())).toEqual({ cats: 2, owners: 2 });
  });

  test('a blind role connects and sees no table', async () => {
    await withConnection(await createBlindRole(database), async ({ query }) => {
      expect(
        await query(`SELECT * FROM information_schema.tables WHERE table_name IN ('cats', 'owners')`),
      ).toEqual([]);
      await expect(query('SELECT * FROM cats')).rejects.toThrow(/denied/);
    });
  });

  test("the server's log has every statement of this database and no other", async () => {
    const other = await createDatabase(family);
    const knex = database.knex({ pool: { min: 1, max: 1 } });
    await knex.raw('SELECT 1');
    try {
      const statements = await statementsDuring(database, async () => {
        await knex('owners').insert({ id: 3, name: 'Joan "the\nfirst", who, wrote' });
        await knex.transaction(async (transaction) => {
          await transaction('owners').where({ id: 3 }).delete();
        });
        await runSql(database, `SELECT 'from a new connection'`);
        await runSql(other, 'CREATE TABLE elsewhere (id integer)');
      });
      const log = statements.join('\n');
      expect(log).toMatch(/insert into .owners./);
      expect(log).toMatch(/delete from .owners./);
      expect(log).toMatch(/BEGIN/i);
      expect(log).toContain(`SELECT 'from a new connection'`);
      expect(log).not.toContain('elsewhere');
      expect(await statementsDuring(database, async () => {})).toEqual([]);
    } finally {
      await other.dispose();
    }
  });

  test('a database is removed while somebody is connected', async () => {
    const leaving = await createDatabase(family);
    const connection = await leaving.connect();
    const lost = connection.query(family === 'mysql' ? 'SELECT SLEEP(30)' : 'SELECT pg_sleep(30)').then(
      () => 'answered',
      () => 'lost',
    );
    await leaving.dispose();
    await leaving.dispose();
    expect(await lost).toBe('lost');
    await connection.close().catch(() => {});
    await expect(leaving.connect()).rejects.toThrow();
  });
});

test('a PGlite folder may be opened again after it was released', async () => {
  const database = await createDatabase('pglite', { onDisk: true });
  try {
    expect(database.url).toMatch(/^pglite:.*\/data$/);
    await runSql(database, 'CREATE TABLE cats (id integer)');
    await database.release();
    expect(await rowCounts(database.knex())).toEqual({ cats: 0 });
  } finally {
    await database.dispose();
  }
});
