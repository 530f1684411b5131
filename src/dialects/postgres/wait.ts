import { setTimeout as sleep } from 'node:timers/promises';

/** Waits that many milliseconds; rejects at once when the signal is or becomes aborted. */
export async function delay(milliseconds: number, signal?: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
}

/** A number of milliseconds between two bounds, by chance, so that replicas started together do not ask together. */
export function jitter(least: number, most: number): number {
  return least + Math.random() * (most - least);
}
