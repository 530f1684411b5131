import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import type { Session, TextRow } from '../database/session.ts';
import { isAdoptError } from '../errors.ts';
import type { Refusal, RowCheck, Step } from '../plan/plan.ts';
import { reasonOf } from './write-failure.ts';

/** The rows that a step asks about before anything is written. */
export function rowChecksOf(step: Step): readonly RowCheck[] {
  return step.kind === 'mend' || step.kind === 'set-aside' ? step.checks : [];
}

/** What a check says; the server's sentence where a value that is there cannot be looked at in the way that it asks. */
async function countOf(
  dialect: Dialect,
  session: Session,
  sql: string,
): Promise<readonly TextRow[] | string> {
  try {
    return await session.query(sql);
  } catch (error) {
    if (isAdoptError(error) || dialect.translateError(error) !== null) throw error;
    return reasonOf(error);
  }
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
      const answer = await countOf(dialect, session, sql);
      if (typeof answer === 'string') {
        refusals.push({
          code: 'REFUSED.ROWS',
          message: `${name} cannot be made: the server cannot look for ${rows}: ${answer}`,
          hint: 'Mend what the server names, rows or what is missing, and run this again.',
        });
        // After a failure no further question is answered in this transaction.
        break;
      }
      const [row] = answer;
      const count = Number(row?.[0] ?? 0);
      if (count > 0) {
        refusals.push({
          code: 'REFUSED.ROWS',
          message: `${name} cannot be made: there are ${count} ${rows}.`,
          hint: 'Mend those rows, or make it by hand, and run this again; where they lack a value, --map FILE can give one.',
        });
      }
    }
    return refusals;
  });
}
