#!/usr/bin/env node
// The long form of test/chaos: every accident at every statement. Prints a table of what came of them: node scripts/chaos.js [vitest's arguments]
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

const started = performance.now();
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'chaos', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, CHAOS_FIGURES: file } },
);

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
process.exitCode = status === 0 && broken === 0 ? 0 : 1;
