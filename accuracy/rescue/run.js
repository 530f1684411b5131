#!/usr/bin/env node
// Databases damaged at random, and rescued: npm run damage -- [DIR]
import process from 'node:process';
import { createJiti } from 'jiti';

// Written in TypeScript, which Node 20 does not load by itself.
const { runRescues } = await createJiti(import.meta.url).import('./main.ts');

// The first Ctrl-C ends the work in hand and drops its databases; the second one ends everything.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

process.exitCode = await runRescues(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  signal: stop.signal,
});
