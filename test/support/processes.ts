import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, chown, constants, cp, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An account to run a server as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A server that somebody must stop. */
export interface RunningServer {
  readonly url: string;
  /** Stops the server and removes its data, when it is ours. */
  stop(): Promise<void>;
}

/** A server that was started here. */
export interface StartedServer extends RunningServer {
  /** Stops it at once, as a crash would, and starts it again with its data; resolves when it answers. */
  restart(): Promise<void>;
}

/** A program under supervision. */
export interface Supervised {
  /** Its exit status, as soon as it has ended; null while it runs. */
  exitStatus(): Promise<string | null>;
  /** What it printed so far. */
  output(): Promise<string>;
  /** Stops a program that runs by {@link RESTARTING} at once, as a crash would, and has it started again. */
  restart(): Promise<void>;
  /** Stops it and removes its folders; resolves when both are done. */
  stop(): Promise<void>;
}

/**
 * The end of a script for {@link supervise} that runs a server in its folder: `serve` is a function of the script's. The server's process id
 * takes the place of the script's, so that it is the server that signals reach.
 */
export const RESTARTING = `
while :; do
  serve "$@" & echo $! >pid.new && mv pid.new pid
  wait $!; status=$?
  [ -e again ] || exit $status
  rm again
done
`;

/**
 * Stands between us and a server. It reads from a pipe that only our process holds open, so it wakes up when we close the pipe and also when
 * we die, however hard; then it stops the server and removes its folders. Ordinary stops take the same way, so that this way is always tested.
 *
 * Signals are repeated because a server that is still starting ignores the first one.
 */
const SUPERVISOR = `
dir=$1 signal=$2 extra=$3; shift 3
{ "$@" >"$dir/output" 2>&1 & echo $! >"$dir/pid"; wait $!; echo $? >"$dir/exit"; } &
cat >/dev/null
until [ -s "$dir/pid" ]; do sleep 0.05; done
tries=0
while [ ! -s "$dir/exit" ] && [ $tries -lt 200 ]; do
  kill -"$signal" "$(cat "$dir/pid")" 2>/dev/null
  tries=$((tries + 1)); sleep 0.05
done
rm -rf "$dir"; [ -z "$extra" ] || rm -rf "$extra"
kill -KILL 0
`;

/** Space that a test server may come to need, in bytes; a container's default `/dev/shm` of 64 MB is too small. */
const ENOUGH_MEMORY = 2 * 1024 ** 3;

/**
 * The account to run servers as: PostgreSQL and MariaDB refuse to run as root. The first of these names that exists; undefined when this
 * process is not root and may simply use its own.
 *
 * @throws Error when this process is root and none of the accounts exists.
 */
export async function unprivilegedAccount(names: readonly string[]): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const entries = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of names) {
    const entry = entries.find(([user]) => user === name);
    if (entry?.[2] !== undefined && entry[3] !== undefined) {
      return { uid: Number(entry[2]), gid: Number(entry[3]) };
    }
  }
  throw new Error(
    `Database servers do not run as root, and none of the accounts ${names.join(', ')} exists.`,
  );
}

/** A new folder for a server's data, in memory where there is enough of it; it belongs to the given account. */
export async function makeDataFolder(prefix: string, account: Account | undefined): Promise<string> {
  const folder = await mkdtemp(join((await hasSharedMemory()) ? '/dev/shm' : tmpdir(), `${prefix}-`));
  if (account !== undefined) {
    await chown(folder, account.uid, account.gid);
  }
  return folder;
}

async function hasSharedMemory(): Promise<boolean> {
  try {
    await access('/dev/shm', constants.W_OK);
    const { bavail, bsize } = await statfs('/dev/shm');
    return bavail * bsize >= ENOUGH_MEMORY;
  } catch {
    return false;
  }
}

/**
 * Gives a folder with the same programs that the account can reach: the folder itself, or a copy in a temporary place when it lies below a
 * folder closed to that account (a checkout in root's home, say).
 *
 * @param probe a program, relative to the folder, that succeeds with `--version`
 */
export async function reachableFolder(
  folder: string,
  probe: string,
  account: Account | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<{ folder: string; temporary: boolean }> {
  if (account === undefined || runs(join(folder, probe), ['--version'], { ...account, env })) {
    return { folder, temporary: false };
  }
  const copy = await mkdtemp(join(tmpdir(), 'knex-adopt-programs-'));
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
  // The supervisor removes the copy, and it runs as that account.
  run('chown', ['-R', `${account.uid}:${account.gid}`, copy]);
  return { folder: copy, temporary: true };
}

/** Whether a program starts and succeeds. */
export function runs(program: string, args: readonly string[], options: SpawnSyncOptions = {}): boolean {
  return spawnSync(program, args, { cwd: '/', stdio: 'ignore', ...options }).status === 0;
}

/**
 * Runs a program to its end and gives what it printed.
 *
 * @throws Error with its output when it cannot be started or fails.
 */
export function run(program: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const result = spawnSync(program, args, { maxBuffer: 64 * 1024 ** 2, ...options, encoding: 'utf8' });
  if (result.status !== 0) {
    const reason = result.error?.message ?? `status ${result.status ?? result.signal}`;
    throw new Error(`${program} ${args.join(' ')} failed (${reason}): ${result.stderr ?? ''}`.trim());
  }
  return String(result.stdout);
}

/** Where a program is: the first folder of PATH, then of `folders`, that holds one of the names. */
export function findProgram(names: readonly string[], folders: readonly string[] = []): string | undefined {
  const places = [...(process.env.PATH ?? '').split(':').filter((place) => place !== ''), ...folders];
  return places.flatMap((place) => names.map((name) => join(place, name))).find((path) => existsSync(path));
}

/** A TCP port of the loopback address that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') {
          reject(new Error('The loopback address gave no port.'));
        } else {
          resolve(address.port);
        }
      });
    });
  });
}

/** How to run a server under supervision. */
export interface SuperviseOptions {
  /** Belongs to the account; holds the server's data, its output and its process id. */
  readonly folder: string;
  /** The signal that ends this server at once. */
  readonly signal: 'QUIT' | 'KILL';
  readonly account: Account | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** A further folder to remove at the end. */
  readonly temporary?: string | undefined;
}

/** Starts a shell script with its arguments (`$1`, …) such that it dies with this process, whatever this process dies of. */
export function supervise(
  script: string,
  args: readonly string[],
  { folder, signal, account, env = {}, temporary }: SuperviseOptions,
): Supervised {
  const command = ['sh', '-c', script, 'server', ...args];
  const child = spawn('sh', ['-c', SUPERVISOR, 'supervisor', folder, signal, temporary ?? '', ...command], {
    ...account,
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C', ...env },
    // A session of its own: Ctrl-C must reach us and not it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.on('error', () => {});
  const readText = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  return {
    exitStatus: async () => (await readText('exit')).trim() || null,
    output: () => readText('output'),
    restart: async () => {
      await writeFile(join(folder, 'again'), '');
      const before = await readText('pid');
      process.kill(Number(before), `SIG${signal}`);
      while ((await readText('pid')) === before) await sleep(20);
    },
    stop: async () => {
      child.stdin.end();
      await closed;
      // A supervisor that somebody killed has not cleaned up.
      await rm(folder, { recursive: true, force: true });
    },
  };
}
