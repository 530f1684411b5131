// Medians, a garbage collection on demand, and tables for people.
import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/**
 * Collects young garbage, so that no contender pays for what another left. Not all of it: a full collection throws compiled code away too, which
 * no program does in between.
 */
export function collectGarbage() {
  collect({ type: 'minor' });
}

/** Megabytes on the heap after a full collection. */
export function heapMegabytes() {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds that `work` took, and what it gave. */
export async function timed(work) {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

/** Rounds that do not count: what runs for the first time in a process is compiled meanwhile. */
const WARM_UP = 3;

/**
 * Runs contenders in turn, A B C A B C …, after rounds that do not count, and gives each one's times in order and what its last run gave.
 *
 * @param contenders by name, each `{ prepare?, run, dispose? }`: only `run` is timed.
 */
export async function inTurn(contenders, rounds, warmUp = WARM_UP) {
  const results = Object.fromEntries(
    Object.keys(contenders).map((name) => [name, { times: [], value: null }]),
  );
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [name, { prepare, run, dispose }] of Object.entries(contenders)) {
      const prepared = await prepare?.();
      collectGarbage();
      const { ms, value } = await timed(() => run(prepared));
      await dispose?.(prepared);
      if (round >= 0) results[name].times.push(ms);
      results[name].value = value;
    }
  }
  return results;
}

/**
 * The median of the rounds' own ratios: the two sides of one round ran one after the other, so a slow moment of the machine tells on both.
 */
export function ratioOf(results, name, base) {
  return median(results[name].times.map((ms, round) => ms / results[base].times[round]));
}

/** Runs a script of this folder in a process of its own, and gives the JSON that it prints. */
export async function inChild(script, settings) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify(settings)], {
    maxBuffer: 1e8,
  });
  return JSON.parse(stdout);
}

/** What {@link inChild} handed over, in the child. */
export function childSettings() {
  return JSON.parse(process.argv[2]);
}
