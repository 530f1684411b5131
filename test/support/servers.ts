import type { RunningServer } from './processes.ts';
import { startMariadb } from './server-mariadb.ts';
import { startPostgres } from './server-postgres.ts';

/** Where the tests' database servers are. The users named in the URLs may do everything. */
export interface ServerUrls {
  readonly postgres: string;
  readonly mysql: string;
}

/** The servers of a test run. */
export interface Servers {
  readonly urls: ServerUrls;
  /** Stops those that were started here, and removes their data. */
  stop(): Promise<void>;
}

/**
 * Finds or starts one PostgreSQL and one MariaDB, both at once.
 *
 * `TEST_POSTGRES_URL` and `TEST_MYSQL_URL` name servers that are there already; they are used as they are and not stopped. Whatever is not
 * named is started on a free port of 127.0.0.1 with its data in memory, and dies with this process even when that is killed.
 *
 * @throws Error one sentence that says what to install or which variable to set. Nothing is left running then.
 */
export async function startServers(env: NodeJS.ProcessEnv = process.env): Promise<Servers> {
  const [postgres, mysql] = await Promise.allSettled([
    serverAt(env.TEST_POSTGRES_URL) ?? startPostgres(),
    serverAt(env.TEST_MYSQL_URL) ?? startMariadb(),
  ]);
  if (postgres.status === 'fulfilled' && mysql.status === 'fulfilled') {
    return {
      urls: { postgres: postgres.value.url, mysql: mysql.value.url },
      stop: async () => {
        await Promise.all([postgres.value.stop(), mysql.value.stop()]);
      },
    };
  }
  const outcomes = [postgres, mysql];
  await Promise.all(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.stop() : null)),
  );
  throw new Error(
    outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map(({ reason }) => (reason instanceof Error ? reason.message : String(reason)))
      .join('\n'),
  );
}

function serverAt(url: string | undefined): RunningServer | undefined {
  return url === undefined || url === '' ? undefined : { url, stop: async () => {} };
}
