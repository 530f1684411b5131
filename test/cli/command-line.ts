import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The repository, where the reference chain is. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');

/** How a command ended, and what it printed. */
export interface Ended {
  /** Null when it died of a signal. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Default: the repository. */
  readonly cwd?: string;
  /** Beside PATH and HOME; nothing of this process's own environment is handed on, since vitest sets NODE_ENV. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as stderr holds this text; rejects when the command ends without. */
  saying(text: string): Promise<void>;
}

/** Starts the built command line, with nothing on stdin. */
export function start(args: readonly string[], { cwd = ROOT, env = {} }: RunOptions = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return {
    child,
    ended,
    saying: (text) =>
      new Promise((resolve, reject) => {
        const look = () => stderr.includes(text) && resolve();
        child.stderr.on('data', look);
        look();
        void ended.then(() => reject(new Error(`It ended without saying "${text}", but: ${stderr}`)));
      }),
  };
}

/** Runs the built command line to its end. */
export function run(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return start(args, options).ended;
}

/** {@link run} of a command that must succeed, with its JSON read. */
export async function runJson(args: readonly string[], options?: RunOptions): Promise<unknown> {
  const ended = await run([...args, '--json'], options);
  if (ended.exitCode !== 0) throw new Error(`Exit status ${ended.exitCode}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}

/** What a failed command said, in its three lines. */
export function failureOf({ stderr }: Ended): { code: string; message: string; hint: string } {
  const [, message = '', hint = '', code = ''] =
    /^knex-adopt: (.*)\n {2}hint: (.*)\n {2}code: (.*)$/m.exec(stderr) ?? [];
  return { code, message, hint };
}

/** A project in a folder of its own, removed after the test. */
export interface Project {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  run(args: readonly string[], env?: RunOptions['env']): Promise<Ended>;
}

/** A project with these files and what this repository has installed; `chain` copies the reference chain with its manifests. */
export async function createProject(
  files: Readonly<Record<string, string>>,
  { chain = false }: { readonly chain?: boolean } = {},
): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'knex-adopt-project-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  if (chain) await cp(join(ROOT, 'migrations'), join(folder, 'migrations'), { recursive: true });
  const write: Project['write'] = async (texts) => {
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  };
  await write(files);
  return { folder, write, run: (args, env) => run(args, { cwd: folder, ...(env ? { env } : {}) }) };
}
