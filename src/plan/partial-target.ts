import type { Verdict } from '../classify/verdict.ts';

/**
 * The revision, by index, to which a partial database is brought: the one named, else the last one of which anything is there. An earlier one
 * would have no place for what a later migration brought, nor for its rows.
 */
export function partialTarget(verdict: Verdict, at: string | null): number {
  if (at !== null) return verdict.migrations.findIndex(({ revision }) => revision === at);
  const last = verdict.migrations.findLastIndex(
    ({ evidence }) => evidence === 'applied' || evidence === 'partly',
  );
  const nearest = verdict.nearest[0]?.revision;
  return last >= 0 ? last : verdict.migrations.findIndex(({ revision }) => revision === nearest);
}
