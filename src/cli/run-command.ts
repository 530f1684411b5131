import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

/**
 * Runs a command in our place: with our streams and environment, where our own command was typed. Signals are handed on to it.
 *
 * @returns its exit status; 128 and the signal's number when it died of one.
 * @throws AdoptError `USAGE.INVALID` when it cannot be started.
 */
export async function runCommand(context: Context, words: readonly string[]): Promise<number> {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, {
    cwd: context.cwd,
    env: { ...context.env },
    stdio: 'inherit',
  });
  const release = context.takeSignals((signal) => {
    // A terminal sends SIGINT to the whole group: the command has it already, and two of them often mean "at once".
    if (signal === 'SIGINT' && context.stdin.isTTY === true) return;
    child.kill(signal);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        reject(usageError(`The command "${program}" could not be started (${error.code ?? error.message}).`));
      });
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    release();
  }
}
