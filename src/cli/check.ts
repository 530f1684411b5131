import { type Readiness, type ReadinessFacts, readinessOf } from '../classify/readiness.ts';

const EXIT_CODES: Readonly<Record<Readiness, number>> = { ready: 0, pending: 5, blocked: 4 };

/** The exit status of `--check`. */
export function checkExitCode(verdict: ReadinessFacts): number {
  return EXIT_CODES[readinessOf(verdict)];
}
