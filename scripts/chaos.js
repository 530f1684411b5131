#!/usr/bin/env node
// The long form of test/chaos: every accident at every statement, and a table of what came of them.
//
//   node scripts/chaos.js [--every N] [vitest's arguments]
//
// With --every 5 a fifth of the accidents, for a busy machine; at most 10, so that each kind has one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(path.join(tmpdir(), 'knex-adopt-chaos-'));
const file = path.join(folder, 'figures');
writeFileSync(file, '');

const args = process.argv.slice(2);
const every = args[0] === '--every' ? (args.splice(0, 2)[1] ?? '1') : '1';
const started = performance.now();
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'chaos', ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, CHAOS_FIGURES: file, CHAOS_EVERY: every },
});

const figures = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));
rmSync(folder, { recursive: true });

/** One line for each server, strategy and accident: how often, and what the next run came to. */
const lines = new Map();
for (const { server, strategy, accident, next } of figures) {
  const key = JSON.stringify([server, strategy, accident]);
  const line = lines.get(key) ?? {
    server,
    strategy,
    accident,
    times: 0,
    converged: 0,
    refused: {},
    broken: 0,
  };
  line.times += 1;
  if (next === 'converged') line.converged += 1;
  else if (next === 'BROKEN') line.broken += 1;
  else line.refused[next] = (line.refused[next] ?? 0) + 1;
  lines.set(key, line);
}
const words = (refused) =>
  Object.entries(refused)
    .map(([code, times]) => `${code} ${times}`)
    .join(', ');
console.table([...lines.values()].map((line) => ({ ...line, refused: words(line.refused) })));
const broken = figures.filter(({ next }) => next === 'BROKEN').length;
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(
  `${figures.length} accidents in ${minutes} minutes: rows lost, migrations run twice, or left in the dark: ${broken}`,
);
if (figures.length === 0) console.error('No accident took place: name a test that there is.');
process.exitCode = status === 0 && broken === 0 && figures.length > 0 ? 0 : 1;
