import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SqlConnection, withConnection } from './sql-connection.ts';
import { type TestDatabase, withDatabase } from './test-database.ts';

/** How long PostgreSQL's log collector may take to write a line that was logged, in milliseconds. */
const LOG_DEADLINE_MS = 20_000;

/**
 * Gives every statement that the server itself says was run in this database while `work` ran, by whichever connection or process, in order.
 * What the server does not log as a statement is not there: what functions and triggers run inside. While `work` runs nobody is connected to
 * the database for the sake of the log, because that somebody is may matter to `work`.
 *
 * On the MySQL family, runs of this function wait for each other, because its log is switched on for the whole server.
 *
 * @throws Error when the server keeps no such log: PGlite, and a foreign PostgreSQL without `logging_collector = on` and `csvlog` in its
 * `log_destination`. Whatever `work` throws.
 */
export async function statementsDuring(
  database: TestDatabase,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  switch (database.family) {
    case 'postgres':
      return postgresStatements(database, work);
    case 'mysql':
      return withConnection(withDatabase(database.url, 'mysql'), (connection) =>
        mysqlStatements(connection, database.name, work),
      );
    case 'pglite':
      throw new Error('PGlite keeps no log of statements; use "postgres".');
  }
}

async function postgresStatements(
  { name, url }: TestDatabase,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  // The collector writes in the order in which it was told, some time later: what stands between two marks is what was run between them.
  const marks = { begin: `SELECT 'begin of ${randomUUID()}'`, end: `SELECT 'end of ${randomUUID()}'` };
  const log = await withConnection(url, async ({ query }) => {
    const [current] = await query(
      `SELECT path, (pg_stat_file(path)).size::text AS size FROM pg_current_logfile('csvlog') AS path`,
    );
    if (typeof current?.path !== 'string') {
      throw new Error(
        'This PostgreSQL keeps no CSV log: set logging_collector = on and log_destination = csvlog, or unset TEST_POSTGRES_URL.',
      );
    }
    await query(marks.begin);
    return current;
  });
  await work();
  return withConnection(url, async ({ query }) => {
    await query(marks.end);
    const deadline = Date.now() + LOG_DEADLINE_MS;
    for (;;) {
      const [read] = await query(
        `SELECT pg_read_binary_file(path, ${log.size}, (pg_stat_file(path)).size - ${log.size}) AS content FROM (VALUES ('${log.path}')) AS log (path)`,
      );
      const statements = parseCsv(String(read?.content ?? ''))
        .filter((record) => record[2] === name)
        .flatMap((record) => /^(?:statement|execute [^:]+): (.*)$/s.exec(record[13] ?? '')?.[1] ?? []);
      const begin = statements.indexOf(marks.begin);
      const end = statements.indexOf(marks.end);
      if (begin !== -1 && end !== -1) return statements.slice(begin + 1, end);
      if (Date.now() > deadline) {
        throw new Error(
          `PostgreSQL did not log the statements of ${name}: was it made by createDatabase, or the log rotated?`,
        );
      }
      await sleep(20);
    }
  });
}

/** The complete records of a CSV text as PostgreSQL writes it: quotes doubled inside of quotes, line breaks as they are. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\n') {
      records.push(record);
      record = [];
    }
  }
  return records;
}

async function mysqlStatements(
  { query }: SqlConnection,
  database: string,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const [lock] = await query(`SELECT GET_LOCK('knex-adopt-general-log', 60) AS held, CONNECTION_ID() AS own`);
  if (lock?.held !== 1) {
    throw new Error('Another test has kept the general log for a minute.');
  }
  const [before] = await query('SELECT @@global.general_log AS enabled, @@global.log_output AS output');
  try {
    await query('SET GLOBAL general_log = 0');
    await query('TRUNCATE TABLE mysql.general_log');
    const connected = await query('SELECT id AS id, db AS db FROM information_schema.processlist');
    await query(`SET GLOBAL log_output = 'TABLE'`);
    await query('SET GLOBAL general_log = 1');
    await work();
    await query('SET GLOBAL general_log = 0');
    const entries = await query(
      'SELECT thread_id AS id, command_type AS command, CONVERT(argument USING utf8mb4) AS argument FROM mysql.general_log',
    );
    return statementsIn(database, entries, new Map(connected.map(({ id, db }) => [Number(id), db])), [
      Number(lock.own),
    ]);
  } finally {
    await query(`SET GLOBAL log_output = '${before?.output}'`);
    await query(`SET GLOBAL general_log = ${before?.enabled}`);
    await query(`SELECT RELEASE_LOCK('knex-adopt-general-log')`);
  }
}

/**
 * The log names the connection of each statement and not its database; that is followed from the processes connected at the start, and from
 * what the log says of connecting and changing the database.
 */
function statementsIn(
  database: string,
  entries: readonly Readonly<Record<string, unknown>>[],
  databases: Map<number, unknown>,
  ignored: readonly number[],
): readonly string[] {
  const statements: string[] = [];
  for (const entry of entries) {
    const id = Number(entry.id);
    const argument = String(entry.argument);
    switch (entry.command) {
      case 'Connect':
        databases.set(id, / on (\S*) using /.exec(argument)?.[1]);
        break;
      case 'Change user':
        databases.set(id, / on (\S*)/.exec(argument)?.[1]);
        break;
      case 'Init DB':
        databases.set(id, argument);
        break;
      case 'Query':
      case 'Execute':
        if (!ignored.includes(id) && (databases.get(id) === database || argument.includes(database))) {
          statements.push(argument);
        }
    }
  }
  return statements;
}
