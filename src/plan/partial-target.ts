import type { Verdict } from '../classify/verdict.ts';
import type { PlanOptions } from './plan.ts';

/**
 * The revisions, by index, to which a partial database may be brought, first choice first: the one named, or the last one of which anything is
 * there, and then the nearest. An earlier one than the last has no place for what a later migration brought, nor for its rows; but a migration that
 * only takes things away seems to have run also where those were lost. None after the one at which the user wants to stop.
 */
export function partialTargets(
  verdict: Verdict,
  { at, to }: Pick<PlanOptions, 'at' | 'to'>,
): readonly [number, ...number[]] {
  const indexOf = (name: string | null | undefined) =>
    verdict.migrations.findIndex(({ revision }) => revision === name);
  if (at !== null) return [indexOf(at)];
  const last = verdict.migrations.findLastIndex(
    ({ evidence }) => evidence === 'applied' || evidence === 'partly',
  );
  const nearest = verdict.nearest.map(({ revision }) => indexOf(revision));
  const all = last >= 0 ? [last, ...nearest] : nearest;
  const end = to === null ? verdict.migrations.length : indexOf(to);
  const [first = all[0] ?? 0, ...more] = all.filter((index) => index <= end);
  return [first, ...more];
}
