import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import type { Refusal, RowCheck, Step } from '../plan/plan.ts';

/** The rows that a step asks about before anything is written. */
export function rowChecksOf(step: Step): readonly RowCheck[] {
  return step.kind === 'mend' || step.kind === 'set-aside' ? step.checks : [];
}

/**
 * Asks each check how many rows stand in the way of a step; a refusal for each where there are any. Writes nothing.
 *
 * @throws AdoptError `DETECT.BLIND` when this role may not read the rows; `CONNECT.*`.
 */
export async function countRowsInTheWay(
  dialect: Dialect,
  knex: Knex,
  checks: readonly RowCheck[],
): Promise<readonly Refusal[]> {
  if (checks.length === 0) return [];
  return dialect.read(knex, { queries: 0 }, async (session) => {
    const refusals: Refusal[] = [];
    for (const { name, rows, sql } of checks) {
      const [row] = await session.query(sql);
      const count = Number(row?.[0] ?? 0);
      if (count > 0) {
        refusals.push({
          code: 'REFUSED.ROWS',
          message: `${name} cannot be made: there are ${count} ${rows}.`,
          hint: 'Mend those rows, or make it by hand, and run this again.',
        });
      }
    }
    return refusals;
  });
}
