import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/cli.ts';
import type { Context } from '../../src/cli/context.ts';
import { type Ended, ROOT } from './command-line.ts';

/**
 * Runs a command line in this process, without a terminal: a tenth of the time that a process of its own takes, for tests of many commands.
 * The folder that a knexfile asks to be entered is not.
 */
export async function runInProcess(args: readonly string[], cwd = ROOT): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const context: Context = {
    argv: args,
    env: { PATH: process.env.PATH },
    cwd,
    version: '0.0.0',
    stdout: {
      isTTY: false,
      write: (text) => {
        stdout += text;
      },
    },
    stderr: {
      isTTY: false,
      write: (text) => {
        stderr += text;
      },
    },
    stdin: new PassThrough(),
    signal: new AbortController().signal,
    secrets: new Set(),
    now: () => new Date(),
    enterDirectory: () => {},
    stray: new Promise<never>(() => {}),
    takeSignals: () => () => {},
  };
  const exitCode = await runCli(context);
  return { exitCode, signal: null, stdout, stderr };
}
