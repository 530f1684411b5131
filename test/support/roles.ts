import { type SqlConnection, withConnection } from './sql-connection.ts';
import { type TestDatabase, uniqueName } from './test-database.ts';

/**
 * Makes a login role that may read everything that is in the database now, and do nothing else: on PostgreSQL USAGE on the schemas and
 * SELECT on their tables, views and sequences; on the MySQL family SELECT on the database.
 *
 * On PostgreSQL this also takes from everybody what older versions give to everybody: creating in `public`, and temporary tables.
 *
 * @returns the role's URL; the role goes with the database
 * @throws Error for a `pglite` database, which has one session and no logins.
 */
export async function createReader(database: TestDatabase): Promise<string> {
  return createRole(database, 'reader', async ({ query, script }, role) => {
    if (database.family === 'mysql') {
      await query(`GRANT SELECT ON ${database.name}.* TO ${role}`);
      return;
    }
    const schemas = await query(
      `SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
    );
    await script(
      [
        `REVOKE TEMPORARY ON DATABASE ${database.name} FROM PUBLIC`,
        ...schemas.flatMap(({ name }) => [
          `REVOKE CREATE ON SCHEMA ${name} FROM PUBLIC`,
          `GRANT USAGE ON SCHEMA ${name} TO ${role}`,
          `GRANT SELECT ON ALL TABLES IN SCHEMA ${name} TO ${role}`,
          `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${name} TO ${role}`,
        ]),
      ].join(';\n'),
    );
  });
}

/**
 * Makes a login role that was granted nothing. On PostgreSQL it has what everybody has: it may connect, use the schema `public` and read the
 * catalogs, but no table. On the MySQL family it may lock tables, which is needed to connect to the database at all and shows none of it.
 *
 * @returns the role's URL; the role goes with the database
 * @throws Error for a `pglite` database, which has one session and no logins.
 */
export async function createBlindRole(database: TestDatabase): Promise<string> {
  return createRole(database, 'blind', async ({ query }, role) => {
    if (database.family === 'mysql') {
      await query(`GRANT LOCK TABLES ON ${database.name}.* TO ${role}`);
    }
  });
}

/**
 * Makes a login role to which everything in the database belongs, and nothing beside it: on PostgreSQL it owns the tables of `public` and may
 * make more there, but no schema; on the MySQL family it has all privileges on the database, and none on any other.
 *
 * @returns the role's URL; the role goes with the database
 * @throws Error for a `pglite` database, which has one session and no logins.
 */
export async function createOwner(database: TestDatabase): Promise<string> {
  return createRole(database, 'owner', async ({ query, script }, role) => {
    if (database.family === 'mysql') {
      await query(`GRANT ALL ON ${database.name}.* TO ${role}`);
      return;
    }
    const tables = await query(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    await script(
      [
        `GRANT ALL ON SCHEMA public TO ${role}`,
        ...tables.map(({ name }) => `ALTER TABLE public.${name} OWNER TO ${role}`),
      ].join(';\n'),
    );
  });
}

/**
 * Makes a login role that may add rows to these tables, and so sees that they are there, and may not read them.
 *
 * @returns the role's URL; the role goes with the database
 * @throws Error for a `pglite` database, which has one session and no logins.
 */
export async function createInserter(database: TestDatabase, tables: readonly string[]): Promise<string> {
  return createRole(database, 'inserter', async ({ query }, role) => {
    for (const table of tables) await query(`GRANT INSERT ON ${table} TO ${role}`);
  });
}

async function createRole(
  database: TestDatabase,
  prefix: string,
  grant: (connection: SqlConnection, role: string) => Promise<void>,
): Promise<string> {
  if (database.family === 'pglite') {
    throw new Error('PGlite has one session and no logins; use "postgres" for roles.');
  }
  const name = uniqueName(prefix);
  const mysql = database.family === 'mysql';
  const role = mysql ? `${name}@'%'` : name;
  await withConnection(database.url, async (connection) => {
    await connection.query(
      mysql ? `CREATE USER ${role} IDENTIFIED BY 'test'` : `CREATE ROLE ${role} LOGIN PASSWORD 'test'`,
    );
    await grant(connection, role);
  });
  database.defer(() =>
    withConnection(database.url, async ({ query }) => {
      if (mysql) {
        await query(`DROP USER ${role}`);
      } else {
        await query(`DROP OWNED BY ${role}`);
        await query(`DROP ROLE ${role}`);
      }
    }),
  );
  const url = new URL(database.url);
  url.username = name;
  url.password = 'test';
  return url.href;
}
