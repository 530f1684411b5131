import type { Evidence } from '../classify/classify.ts';
import { lastShown } from '../classify/last-shown.ts';
import type { Verdict } from '../classify/verdict.ts';
import type { PlanOptions } from './plan.ts';

/**
 * The revisions, by index, to which a partial database may be brought, first choice first; none after the one at which the user wants to stop.
 *
 * That is the one named; or the last one of which the database holds something (see {@link lastShown}), because an earlier one has no place for
 * that, nor for its rows. After it, a migration that only takes things away may have run, and does where that comes nearer; but never over one of
 * which nothing is there: a migration further on seems to have run also where what it takes away was lost, and what those between do to the rows
 * would be passed over.
 */
export function partialTargets(
  verdict: Verdict,
  evidence: Evidence,
  { at, to }: Pick<PlanOptions, 'at' | 'to'>,
): readonly [number, ...number[]] {
  const indexOf = (name: string | null | undefined) =>
    verdict.migrations.findIndex(({ revision }) => revision === name);
  if (at !== null) return [indexOf(at)];
  const end = to === null ? verdict.migrations.length - 1 : indexOf(to);
  const shown = lastShown(evidence, end);
  const nearest = verdict.nearest.map(({ revision }) => indexOf(revision)).filter((index) => index <= end);
  const open = verdict.migrations.findIndex(
    ({ evidence: kind }, index) => index > shown && kind === 'absent',
  );
  const held = nearest.filter((index) => index >= shown && (open < 0 || index < open));
  const [first = 0, ...more] = [...held, ...(shown >= 0 ? [shown] : []), ...nearest];
  return [first, ...more];
}
