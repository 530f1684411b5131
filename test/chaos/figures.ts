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

export function note(figure: Figure): void {
  if (process.env.CHAOS_FIGURES !== undefined) {
    appendFileSync(process.env.CHAOS_FIGURES, `${JSON.stringify(figure)}\n`);
  }
}
