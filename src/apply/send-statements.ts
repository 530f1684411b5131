import type { Dialect } from '../database/dialect.ts';
import type { Session } from '../database/session.ts';
import { AdoptError, isAdoptError } from '../errors.ts';
import { reasonOf } from './write-failure.ts';

/**
 * Sends statements one after the other, and stops at the first that the server does not take.
 *
 * @param what they are to make, in words that follow "could not".
 * @throws AdoptError `PLAN.UNMET` with the server's own sentence; what the dialect knows an error by.
 */
export async function sendStatements(
  dialect: Pick<Dialect, 'translateError'>,
  session: Session,
  statements: readonly string[],
  what: string,
): Promise<void> {
  try {
    for (const statement of statements) await session.query(statement);
  } catch (error) {
    if (isAdoptError(error)) throw error;
    throw (
      dialect.translateError(error) ??
      new AdoptError('PLAN.UNMET', `The server could not ${what}: ${reasonOf(error)}`, {
        hint: 'Mend what it names, look at "knex-adopt detect-state", and run the same command again.',
        cause: error,
      })
    );
  }
}
