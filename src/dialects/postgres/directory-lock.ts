import { randomUUID } from 'node:crypto';
import { access, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { AdoptError } from '../../errors.ts';
import { delay, jitter } from './wait.ts';

/** What the operating system knows of processes; a parameter, since only the command line knows the process. */
export interface ProcessTable {
  /** Our own id. */
  readonly pid: number;
  /** Whether a process of this id runs on this machine; true when in doubt. */
  isAlive(pid: number): boolean;
}

/** The hold on a data directory. */
export interface DirectoryLock {
  /** Lets go; may be called twice. */
  release(): Promise<void>;
}

/** What a lock file says. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Makes the file unless it exists; says whether it was made. */
async function createOnce(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Makes a folder and those above it. Node's own way (`recursive`) never ends where a folder that is there takes none, as `/proc`. */
async function makeFolder(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await makeFolder(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

/** The file's text; null when there is none. */
async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // A folder above that is a file holds no lock either.
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw error;
  }
}

function parseOwner(text: string): Owner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const [id, host, token] = ['pid', 'host', 'token'].map((name): unknown => Reflect.get(value, name));
    return typeof id === 'number' && typeof host === 'string' && typeof token === 'string'
      ? { pid: id, host, token }
      : null;
  } catch {
    return null;
  }
}

/** Whether the owner is certainly gone: a process of this very machine that is no more. Of another machine's nothing is known. */
function isDead(owner: Owner, processes: ProcessTable): boolean {
  return owner.host === hostname() && !processes.isAlive(owner.pid);
}

const lockFileOf = (directory: string) => `${resolve(directory)}.lock`;

/** Whether there is a lock file beside a directory: somebody has it open, or a process that died had. Looks only. */
export async function hasLockFile(directory: string): Promise<boolean> {
  return (await readText(lockFileOf(directory))) !== null;
}

/**
 * Holds `<directory>.lock`, a file that says who has the directory open. Parent folders are made.
 *
 * A file left behind by a process that died on this machine is taken over. That is done under a second file, so that of two processes that find
 * the same dead owner only one removes it, and never the other's new one.
 *
 * @throws AdoptError `CONNECT.IN_USE` when somebody else still holds it after `waitMs`
 */
export async function lockDirectory(
  directory: string,
  processes: ProcessTable,
  waitMs: number,
  signal?: AbortSignal | undefined,
): Promise<DirectoryLock> {
  const path = lockFileOf(directory);
  const mine = JSON.stringify({ pid: processes.pid, host: hostname(), token: randomUUID() } satisfies Owner);
  await makeFolder(dirname(path));
  const started = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    if (await createOnce(path, mine)) return { release: () => release(path, mine) };
    const text = await readText(path);
    const owner = text === null ? null : parseOwner(text);
    if (text !== null && owner !== null && isDead(owner, processes) && (await takeOver(path, text, mine))) {
      return { release: () => release(path, mine) };
    }
    const waited = performance.now() - started;
    if (waited >= waitMs) throw inUse(directory, path, owner);
    await delay(Math.min(jitter(50, 100), Math.max(waitMs - waited, 1)), signal);
  }
}

/** Replaces a dead owner's file by ours; false when somebody else was faster. */
async function takeOver(path: string, dead: string, mine: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await createOnce(guard, mine))) return false;
  try {
    if ((await readText(path)) !== dead) return false;
    await unlink(path);
    return await createOnce(path, mine);
  } finally {
    await unlink(guard).catch(() => undefined);
  }
}

async function release(path: string, mine: string): Promise<void> {
  if ((await readText(path)) === mine) await unlink(path).catch(() => undefined);
}

function inUse(directory: string, path: string, owner: Owner | null): AdoptError {
  const who = owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new AdoptError('CONNECT.IN_USE', `The PGlite directory ${directory} is in use by ${who}.`, {
    hint: `Close the other process; if there is none, delete ${path} (and ${path}.takeover, if it exists).`,
    details: { lockFile: path, ...(owner === null ? {} : { pid: owner.pid, host: owner.host }) },
  });
}
