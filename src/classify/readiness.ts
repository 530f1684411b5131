import type { Verdict } from './verdict.ts';

/**
 * - `ready`: managed, up to date, as its history promises.
 * - `pending`: work that can be done unattended: a fresh database, a legacy one at one proved revision, a managed one that is behind.
 * - `blocked`: a human has to look: partial, ambiguous, drift, or a history that does not fit.
 */
export type Readiness = 'ready' | 'pending' | 'blocked';

/** What a verdict means to a script that asks whether anything is to be done. */
export function readinessOf(verdict: Pick<Verdict, 'state' | 'ambiguous' | 'standing' | 'drift'>): Readiness {
  switch (verdict.state) {
    case 'fresh':
      return 'pending';
    case 'legacy':
      return verdict.ambiguous ? 'blocked' : 'pending';
    case 'partial':
      return 'blocked';
    case 'managed':
      if (verdict.drift === true || verdict.standing === 'ahead' || verdict.standing === 'inconsistent')
        return 'blocked';
      return verdict.standing === 'upToDate' ? 'ready' : 'pending';
  }
}
