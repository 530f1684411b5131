import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same words. */
export interface Random {
  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number;
  /** One of these; undefined where there is none. */
  pick<T>(items: readonly T[]): T | undefined;
}

/** A source of its own for each thing that is damaged, so that leaving out one chain changes nothing for another (mulberry32). */
export function randomFor(...words: readonly (string | number)[]): Random {
  let state = createHash('sha256').update(JSON.stringify(words)).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return { below, pick: (items) => items[below(items.length)] };
}
