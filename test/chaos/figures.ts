import { appendFileSync } from 'node:fs';

/** What came of one accident. */
export interface Figure {
  readonly server: string;
  readonly strategy: string;
  readonly accident: string;
  /** What the next run came to: `converged`, or the code of its refusal. */
  readonly next: string;
}

/** Whether everything is tried, or a sample; `scripts/chaos.js` says so, and where to write figures for its table. */
export const LONG = process.env.CHAOS_FIGURES !== undefined;

/** Of the long form's accidents, a part: of 5, one. */
const EVERY = Number(process.env.CHAOS_EVERY ?? 1);

/** What the long form tries of these. */
export function tried<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, index) => index % EVERY === Math.floor(EVERY / 2));
}

/** Writes one down for the table. */
export function note(figure: Figure): void {
  if (process.env.CHAOS_FIGURES !== undefined) {
    appendFileSync(process.env.CHAOS_FIGURES, `${JSON.stringify(figure)}\n`);
  }
}
