#!/usr/bin/env node
import { Console } from 'node:console';
import { constants } from 'node:os';
import { lastMigrationBegun } from '../migrations/last-begun.ts';
import { VERSION } from '../version.ts';
import { runCli } from './cli.ts';
import type { Context, ForwardedSignal, TextOutput } from './context.ts';
import { strayFailure } from './failure.ts';

const SIGNALS: readonly ForwardedSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** As a shell says it: 128 and the signal's number. */
const statusOf = (signal: ForwardedSignal) => 128 + constants.signals[signal];

/** Whoever reads may go away (`| head`); what was begun is brought to its end all the same. */
function output(stream: NodeJS.WriteStream): TextOutput {
  stream.on('error', () => {});
  return { isTTY: stream.isTTY === true, write: (text) => void stream.write(text) };
}

/** A pipe takes text when it can; leaving before it did would cut the end off. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
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

const context: Context = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  version: VERSION,
  stdout: output(process.stdout),
  stderr: output(process.stderr),
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

for (const signal of SIGNALS) {
  process.on(signal, () => {
    if (taker !== undefined) return taker(signal);
    // The second one means it: whatever is under way is left to the server, which undoes what was not committed.
    if (received !== undefined) process.exit(statusOf(received));
    received = signal;
    context.stderr.write(`knex-adopt: interrupted by ${signal}\n`);
    interruption.abort();
  });
}

const exitCode = await runCli(context);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(received === undefined ? exitCode : statusOf(received));
