import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import { AdoptError } from '../errors.ts';

function failedBy(what: string, cause: unknown, hint: string): AdoptError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AdoptError('CONFIG.BAD_KNEXFILE', `${what} failed: ${reason}`.replace(/([^.])$/, '$1.'), {
    hint,
    cause,
  });
}

/**
 * The function of a Knex configuration that gives the connection, with what it throws as what it is: the user's own.
 *
 * @returns a function that throws AdoptError `CONFIG.BAD_KNEXFILE`.
 */
export function connectionGiven(connection: () => unknown): () => Promise<Knex.StaticConnectionConfig> {
  const hint = 'Mend it, or give the database with --url.';
  return async () => {
    let given: unknown;
    try {
      given = await connection();
    } catch (cause) {
      throw failedBy('The function "connection" of the knexfile', cause, hint);
    }
    if (typeof given === 'object' && given !== null) return given;
    throw new AdoptError(
      'CONFIG.BAD_KNEXFILE',
      'The function "connection" of the knexfile gives no settings.',
      {
        hint,
      },
    );
  };
}

type Done = (error: unknown, connection: unknown) => void;

/**
 * `pool.afterCreate` of a Knex configuration, with its failure as what it is; but for what the dialect knows, such as a connection that was lost.
 *
 * @returns a function that fails with AdoptError `CONFIG.BAD_KNEXFILE`.
 */
export function afterCreateGiven(
  // As Knex's types have it.
  // biome-ignore lint/complexity/noBannedTypes: see above
  afterCreate: Function,
  translateError: Dialect['translateError'],
): (connection: unknown, done: Done) => void {
  const failed = (error: unknown) =>
    translateError(error) ??
    failedBy(
      'The function "pool.afterCreate" of the knexfile',
      error,
      'Mend it, or give the database with --url.',
    );
  return (connection, done) => {
    // Knex minds no promise; one that is rejected would be nobody's.
    const call = async () =>
      afterCreate(connection, (error: unknown, result: unknown) =>
        done(error ? failed(error) : error, result),
      );
    call().catch((error: unknown) => done(failed(error), connection));
  };
}
