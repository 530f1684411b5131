import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import mysql from 'mysql2/promise';
import { awaitServer } from './await-server.ts';
import {
  findProgram,
  freePort,
  makeDataFolder,
  RESTARTING,
  reachableFolder,
  run,
  type StartedServer,
  supervise,
  unprivilegedAccount,
} from './processes.ts';

const MISSING =
  'There is no MariaDB to test against: install the MariaDB server (Debian and Ubuntu: "apt-get install mariadb-server-core"), or set TEST_MYSQL_URL to the URL of a user with all privileges on a scratch server.';

/** Fast and unsafe: the data are thrown away. */
const SETTINGS = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--max-connections=400',
  '--performance-schema=OFF',
  // Not the system's: what an application sets for itself must be seen to matter.
  '--character-set-server=utf8mb4',
];

const COMMON_SETTINGS = ['--innodb-buffer-pool-size=64M', '--innodb-log-file-size=32M'];

const START = `
server=$1 share=$2 port=$3; shift 3
# A starting server deletes every #sql* in its tmpdir, another running server's included: each has its own.
common="--no-defaults --datadir=$PWD/data --tmpdir=$PWD/tmp --lc-messages-dir=$share --character-sets-dir=$share/charsets ${COMMON_SETTINGS.join(' ')}"
mkdir data tmp
"$server" $common --bootstrap --log-warnings=0 --innodb-flush-log-at-trx-commit=0 --max-allowed-packet=8M <bootstrap.sql || exit 1
serve() { exec "$server" $common --port="$port" --socket="$PWD/sock" --pid-file="$PWD/server.pid" "$@"; }
${RESTARTING}`;

/** The system tables' SQL files, each under the names that it has had. */
const BOOTSTRAP_FILES = [
  ['mariadb_system_tables.sql', 'mysql_system_tables.sql'],
  ['mariadb_performance_tables.sql', 'mysql_performance_tables.sql'],
  ['mariadb_system_tables_data.sql', 'mysql_system_tables_data.sql'],
];

/** A place with `bin` or `sbin` and `share` below it, and the libraries that come with it. */
interface Installation {
  readonly folder: string;
  /** Relative to the folder. */
  readonly program: string;
  readonly libraries: readonly string[];
}

/**
 * Starts a MariaDB: the machine's own when it has one, else Debian's package, unpacked into a cache folder of the user and not installed.
 * The user `root` has no password.
 *
 * @param settings more of the server's own, such as `--lower-case-table-names=1`.
 * @throws Error one sentence that says what to install or which variable to set.
 */
export async function startMariadb(settings: readonly string[] = []): Promise<StartedServer> {
  const installation = installedMariadb() ?? (await unpackedMariadb());
  const account = await unprivilegedAccount(['mysql', 'nobody']);
  const reachable = await reachableFolder(
    installation.folder,
    installation.program,
    account,
    libraryPath(installation),
  );
  const { folder: programs, temporary } = reachable;
  const share = shareFolder(programs);
  const port = await freePort();
  const folder = await makeDataFolder('knex-adopt-mariadb', account);
  await writeFile(join(folder, 'bootstrap.sql'), await bootstrapSql(share));
  const args = [join(programs, installation.program), share, String(port), ...SETTINGS, ...settings];
  const server = supervise(START, args, {
    folder,
    signal: 'KILL',
    account,
    env: libraryPath({ ...installation, folder: programs }),
    temporary: temporary ? programs : undefined,
  });
  const url = `mysql://root@127.0.0.1:${port}/`;
  try {
    await awaitServer('MariaDB', server, () => ping(url));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url,
    stop: server.stop,
    restart: async () => {
      await server.restart();
      await awaitServer('MariaDB', server, () => ping(url));
    },
  };
}

function libraryPath({ folder, libraries }: Installation): NodeJS.ProcessEnv {
  return libraries.length === 0
    ? {}
    : { LD_LIBRARY_PATH: libraries.map((path) => join(folder, path)).join(':') };
}

function installedMariadb(): Installation | undefined {
  const program = findProgram(['mariadbd', 'mysqld'], ['/usr/sbin', '/usr/local/sbin', '/usr/libexec']);
  // Where MySQL is installed, `mysqld` is another server with another way to begin.
  if (program === undefined || !run(program, ['--no-defaults', '--version']).includes('MariaDB')) {
    return undefined;
  }
  const folder = dirname(dirname(program));
  return { folder, program: program.slice(folder.length + 1), libraries: [] };
}

/** Debian's packages, unpacked once into a cache folder; the machine stays as it is. */
async function unpackedMariadb(): Promise<Installation> {
  if (findProgram(['apt-get']) === undefined || findProgram(['dpkg']) === undefined) {
    throw new Error(MISSING);
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'knex-adopt', 'tests');
  const folder = join(cache, 'mariadb');
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(join(cache, 'unpacking-'));
    try {
      await unpack(work);
      // Renamed when it is whole: another run may be unpacking at the same time, or have died over it.
      await rename(join(work, 'root'), folder).catch((error: unknown) => {
        if (!existsSync(folder)) {
          throw error;
        }
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${MISSING} (Unpacking Debian's packages failed: ${reason})`, { cause: error });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  const libraries = await readdir(join(folder, 'usr/lib'));
  return {
    folder: join(folder, 'usr'),
    program: 'sbin/mariadbd',
    libraries: libraries.map((name) => join('lib', name)),
  };
}

/** Fetches what apt would install for the server, with apt's lists kept in `work`, and unpacks it into `work/root`. */
async function unpack(work: string): Promise<void> {
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages', 'root']) {
    await mkdir(join(work, name), { recursive: true });
  }
  const apt = ['-qq', '-o', `Dir::State::lists=${work}/lists`, '-o', `Dir::Cache=${work}/cache`];
  // As root, apt would fetch as another account, which cannot write here.
  apt.push('-o', 'APT::Sandbox::User=', '-o', 'Debug::NoLocking=1');
  run('apt-get', [...apt, 'update']);
  const plan = run('apt-get', [
    ...apt,
    ...['--simulate', '--no-install-recommends', 'install', 'mariadb-server-core'],
  ]);
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
  run('apt-get', [...apt, 'download', ...packages], { cwd: join(work, 'packages') });
  for (const name of await readdir(join(work, 'packages'))) {
    run('dpkg', ['-x', join(work, 'packages', name), join(work, 'root')]);
  }
}

/** Where the messages, character sets and system tables' SQL are. */
function shareFolder(folder: string): string {
  const places = ['share/mysql', 'share/mariadb', 'share'].map((place) => join(folder, place));
  const share = places.find((place) => BOOTSTRAP_FILES[0]?.some((name) => existsSync(join(place, name))));
  if (share === undefined) {
    throw new Error(`The MariaDB below ${folder} lacks its system tables' SQL files. ${MISSING}`);
  }
  return share;
}

async function bootstrapSql(share: string): Promise<string> {
  // In bootstrap mode a statement ends with its line.
  const texts = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @skip_auth_anonymous=1;',
    'SET @auth_root_socket=NULL;',
  ];
  for (const names of BOOTSTRAP_FILES) {
    const name = names.find((candidate) => existsSync(join(share, candidate)));
    texts.push(name === undefined ? '' : await readFile(join(share, name), 'utf8'));
  }
  return texts.map((text) => `${text}\n`).join('');
}

async function ping(url: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 2000 });
  try {
    await connection.query('SELECT 1');
  } finally {
    await connection.end();
  }
}
