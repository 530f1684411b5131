import { type ChildProcess, spawn } from 'node:child_process';
import { Console } from 'node:console';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { runCli as RunCli } from '../../src/cli/cli.ts';
import { VERSION } from '../../src/version.ts';

/** The repository, where the reference chain is. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const CLI = join(ROOT, 'dist/cli/cli.js');

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

/** Runs the built command line to its end, as a process of its own. */
export function runProcess(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return start(args, options).ended;
}

let underWay = false;

/**
 * Runs the built command line to its end, with all that `main.ts` would tell it, in this process: a command then takes no second to load. What a
 * process alone can show (signals, pipes, two at once, files that change between two commands) is for {@link start} and {@link runProcess}.
 */
export async function run(
  args: readonly string[],
  { cwd = ROOT, env = {} }: RunOptions = {},
): Promise<Ended> {
  if (underWay) throw new Error('One command at a time; processes of their own are for more.');
  underWay = true;
  const { runCli } = (await import(CLI)) as { readonly runCli: typeof RunCli };
  const before = { cwd: process.cwd(), console: globalThis.console };
  let stdout = '';
  let stderr = '';
  const toStderr = (text: string) => {
    stderr += text;
  };
  try {
    globalThis.console = new Console(
      new Writable({
        write: (chunk, _encoding, done) => {
          toStderr(String(chunk));
          done();
        },
      }),
    );
    const exitCode = await runCli({
      argv: args,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      cwd,
      version: VERSION,
      stdout: {
        isTTY: false,
        write: (text) => {
          stdout += text;
        },
      },
      stderr: { isTTY: false, write: toStderr },
      stdin: new PassThrough().end(),
      signal: new AbortController().signal,
      secrets: new Set(),
      now: () => new Date(),
      enterDirectory: (directory) => process.chdir(directory),
      stray: new Promise<never>(() => {}),
      takeSignals: () => () => {},
    });
    return { exitCode, signal: null, stdout, stderr };
  } finally {
    process.chdir(before.cwd);
    globalThis.console = before.console;
    underWay = false;
  }
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
  /** As {@link run}; once files were written after a command, as {@link runProcess}, since a process loads a module only once. */
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
  let commands = 0;
  let loaded = false;
  const write: Project['write'] = async (texts) => {
    loaded = commands > 0;
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  };
  await write(files);
  return {
    folder,
    write,
    run: (args, env) => {
      commands += 1;
      return (loaded ? runProcess : run)(args, { cwd: folder, ...(env ? { env } : {}) });
    },
  };
}
