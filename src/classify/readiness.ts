import type { Verdict } from './verdict.ts';

/**
 * - `ready`: managed, up to date, as its history promises.
 * - `pending`: work that can be done unattended: a fresh database, a legacy one at one proved revision, a managed one that is behind.
 * - `blocked`: a human has to look: partial, ambiguous, drift, or anything wrong with Knex's history, its lock among it. A lock that somebody
 *   may hold is nothing wrong.
 */
export type Readiness = 'ready' | 'pending' | 'blocked';

/** What of a verdict says how ready a database is. */
export type ReadinessFacts = Pick<Verdict, 'state' | 'ambiguous' | 'standing' | 'drift'> & {
  readonly history: Pick<Verdict['history'], 'problem'>;
};

/** What a verdict means to a script that asks whether anything is to be done. */
export function readinessOf(verdict: ReadinessFacts): Readiness {
  // Also where no row is recorded: nothing is adopted under a lock that Knex takes for locked for ever.
  if (verdict.history.problem !== null) return 'blocked';
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
