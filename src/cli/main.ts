#!/usr/bin/env node
import { Console } from 'node:console';
import { constants } from 'node:os';
import { AdoptError } from '../errors.ts';
import { lastMigrationBegun, migrationLoading } from '../migrations/last-begun.ts';
import { VERSION } from '../version.ts';
import { reportFailure, runCli } from './cli.ts';
import type { Context, ForwardedSignal, TextOutput } from './context.ts';
import { endedEarly, strayFailure, unwritten } from './failure.ts';

const SIGNALS: readonly ForwardedSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** As a shell says it: 128 and the signal's number. */
const statusOf = (signal: ForwardedSignal) => 128 + constants.signals[signal];

/** What is given to a stream and cannot be written is told at the end, once: what was begun is brought to its end all the same. */
function output(stream: NodeJS.WriteStream, onError: (error: NodeJS.ErrnoException) => void): TextOutput {
  stream.on('error', onError);
  return { isTTY: stream.isTTY === true, write: (text) => void stream.write(text) };
}

/** A pipe takes text when it can; leaving before it did would cut the end off. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

/** Where the command was typed; why that cannot be told, once it is asked for, where it was removed meanwhile. */
function workingDirectory(): () => string {
  try {
    const directory = process.cwd();
    return () => directory;
  } catch (cause) {
    return () => {
      throw new AdoptError('CONFIG.FILE', 'The working directory does not exist any more.', {
        hint: 'Change to a directory that exists, and run the same command again.',
        cause,
      });
    };
  }
}

// Migrations and knexfiles print with `console.log`; stdout is for the data that was asked for.
globalThis.console = new Console(process.stderr);

const interruption = new AbortController();
let received: ForwardedSignal | undefined;
let taker: ((signal: ForwardedSignal) => void) | undefined;

const stray = new Promise<never>((_, reject) => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => reject(strayFailure(error, lastMigrationBegun())));
});
// Said by the command that is under way; after it, there is nobody whom it concerns.
stray.catch(() => {});

let lost: NodeJS.ErrnoException | undefined;
const typedIn = workingDirectory();

const context: Context = {
  argv: process.argv.slice(2),
  env: process.env,
  get cwd() {
    return typedIn();
  },
  version: VERSION,
  stdout: output(process.stdout, (error) => {
    // Whoever reads may go away (`| head`).
    if (error.code !== 'EPIPE') lost ??= error;
  }),
  // There is no place left to tell it.
  stderr: output(process.stderr, () => {}),
  stdin: process.stdin,
  signal: interruption.signal,
  stray,
  secrets: new Set(),
  now: () => new Date(),
  enterDirectory: (directory) => process.chdir(directory),
  takeSignals: (take) => {
    taker = take;
    return () => {
      taker = undefined;
    };
  },
};

let atItsEnd = false;

/** The only way to end this process; whoever else ends it (a migration may) has cut a command off. */
function end(exitCode: number): never {
  atItsEnd = true;
  process.exit(received === undefined ? exitCode : statusOf(received));
}

process.on('exit', () => {
  if (atItsEnd) return;
  const failure = endedEarly(migrationLoading(), lastMigrationBegun());
  process.exitCode = received === undefined ? reportFailure(context, failure) : statusOf(received);
});

for (const signal of SIGNALS) {
  process.on(signal, () => {
    if (taker !== undefined) return taker(signal);
    // The second one means it: whatever is under way is left to the server, which undoes what was not committed.
    if (received !== undefined) end(statusOf(received));
    received = signal;
    context.stderr.write(`knex-adopt: interrupted by ${signal}\n`);
    interruption.abort();
  });
}

let exitCode = await runCli(context);
await flushed(process.stdout);
if (lost !== undefined) {
  const failed = reportFailure(context, unwritten(lost));
  if (exitCode === 0) exitCode = failed;
}
await flushed(process.stderr);
end(exitCode);
