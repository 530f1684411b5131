import mysql from 'mysql2/promise';
import pg from 'pg';

/** A row by column name, values as the driver gives them. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** One connection by the bare driver, so that what checks the project does not go through Knex or the project. */
export interface SqlConnection {
  /** Runs one statement and gives its rows. */
  query(sql: string): Promise<readonly SqlRow[]>;
  /** Runs any number of statements, separated by semicolons, in one message to the server. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to a PostgreSQL, MySQL or MariaDB.
 *
 * @throws the driver's error when that fails.
 */
export async function openConnection(url: string): Promise<SqlConnection> {
  return /^(mysql|mariadb):/.test(url) ? openMysql(url) : openPostgres(url);
}

async function openPostgres(url: string): Promise<SqlConnection> {
  const client = new pg.Client({ connectionString: url });
  // When the server ends the connection the query under way fails; the event besides would end the process.
  client.on('error', () => {});
  await client.connect();
  return {
    query: async (sql) => (await client.query(sql)).rows,
    script: async (sql) => {
      await client.query(sql);
    },
    close: () => client.end(),
  };
}

async function openMysql(url: string): Promise<SqlConnection> {
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true });
  return {
    query: async (sql) => {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
      return Array.isArray(rows) ? rows : [];
    },
    script: async (sql) => {
      await connection.query(sql);
    },
    close: () => connection.end(),
  };
}

/** Opens a connection, works with it, and closes it whatever happens. */
export async function withConnection<T>(
  url: string,
  work: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(url);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
