import type { Dialect, LockMode } from '../database/dialect.ts';
import { AdoptError, isAdoptError } from '../errors.ts';

/**
 * What a failure while writing means for a human: that the role may not write, where that is what it is, and that nothing was left behind,
 * where everything was one transaction. Anything else is handed on as it is.
 */
export function writeFailure(dialect: Dialect, mode: LockMode, error: unknown): unknown {
  const known = isAdoptError(error) ? error : (dialect.translateError(error) ?? error);
  if (!isAdoptError(known)) return error;
  const named =
    known.code === 'DETECT.BLIND'
      ? new AdoptError(
          'PLAN.FORBIDDEN',
          `This role may not write what the plan asks for: ${reasonOf(error)}`,
          {
            hint: 'Connect as the role that owns the schema, or grant this one CREATE, INSERT and UPDATE there.',
            cause: error,
          },
        )
      : known;
  if (mode !== 'transaction') return named;
  return new AdoptError(named.code, named.message, {
    hint: ['Everything was rolled back.', named.hint].filter(Boolean).join(' '),
    cause: named.cause ?? error,
    details: named.details,
  });
}

/** The innermost sentence of an error: the driver's own. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  // Knex puts the whole statement before the server's words.
  return text.slice(text.lastIndexOf(' - ') + 1).replace(/^- /, '');
}
