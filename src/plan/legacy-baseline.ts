import type { Verdict } from '../classify/verdict.ts';
import type { PlanOptions, Refusal } from './plan.ts';

/** Index, in the chain, of the revision up to which a legacy database may be stamped. */
export interface Baseline {
  readonly index: number;
}

/** Whether only migrations without any trace in the schema lie between the first and the last of the candidates. */
function onlyTraceless(verdict: Verdict, first: number, last: number): boolean {
  return verdict.migrations
    .slice(first + 1, last + 1)
    .every((migration) => migration.evidence === 'traceless');
}

/**
 * Which revision a legacy database is stamped at: the one candidate, or of several the one that an explicit word settles. Never a guess.
 */
export function legacyBaseline(
  verdict: Verdict,
  options: Pick<PlanOptions, 'at' | 'traceless'>,
): Baseline | Refusal {
  const indexOf = (revision: string) =>
    verdict.migrations.findIndex((migration) => migration.revision === revision);
  const candidates = verdict.candidates.join(', ');
  if (options.at !== null) {
    if (verdict.candidates.includes(options.at)) return { index: indexOf(options.at) };
    return {
      code: 'REFUSED.NOT_A_CANDIDATE',
      message: `The schema does not meet ${options.at}; it meets ${candidates}.`,
      hint: 'Give --at one of those.',
    };
  }
  const first = indexOf(verdict.candidates[0] ?? '');
  const last = indexOf(verdict.candidates.at(-1) ?? '');
  if (!verdict.ambiguous) return { index: first };
  if (options.traceless !== 'refuse' && onlyTraceless(verdict, first, last)) {
    return { index: options.traceless === 'run' ? first : last };
  }
  return {
    code: 'REFUSED.AMBIGUOUS',
    message: `The schema meets several revisions: ${candidates}; it cannot say which migrations between them have run.`,
    hint: `Say which with --at REVISION${onlyTraceless(verdict, first, last) ? ', or --traceless run|skip for all migrations that leave no trace' : ''}.`,
  };
}
