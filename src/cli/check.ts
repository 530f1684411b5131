import { type Readiness, readinessOf } from '../classify/readiness.ts';
import type { Verdict } from '../classify/verdict.ts';

const EXIT_CODES: Readonly<Record<Readiness, number>> = { ready: 0, pending: 5, blocked: 4 };

/** The exit status of `--check`. */
export function checkExitCode(verdict: Pick<Verdict, 'state' | 'ambiguous' | 'standing' | 'drift'>): number {
  return EXIT_CODES[readinessOf(verdict)];
}
