import type { Knex } from 'knex';
import type { QueryCounter, Session, TextRow } from '../../database/session.ts';
import { clientOf, type KnexClient, runOn } from './client.ts';
import { translateError } from './errors.ts';

/** Throws what an error means to us, or the error itself where it means nothing. */
export function throwTranslated(error: unknown): never {
  throw translateError(error) ?? error;
}

function sessionOn(client: KnexClient, connection: unknown, counter: QueryCounter): Session {
  return {
    async query(sql, bindings = []) {
      counter.queries++;
      return (await runOn(client, connection, sql, bindings).catch(throwTranslated)) as readonly TextRow[];
    },
  };
}

/**
 * Runs `work` on one connection that cannot write, and rolls back whatever comes of it.
 *
 * Knex sends `SET TRANSACTION READ ONLY; BEGIN`, which holds for that one transaction: no variable of the pooled connection is changed.
 * Given a transaction it works inside it as it is: a savepoint would restore nothing here that reading changes.
 *
 * @throws AdoptError `CONNECT.*` when no connection is to be had.
 */
export async function read<T>(
  knex: Knex,
  counter: QueryCounter,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  if (knex.isTransaction) return glance(knex, counter, work);
  const trx = await knex.transaction({ readOnly: true }).catch(throwTranslated);
  // Knex reports a lost connection here too; whoever awaits the work has been told.
  trx.executionPromise.catch(() => undefined);
  try {
    return await glance(trx, counter, work);
  } finally {
    await trx.rollback().catch(() => undefined);
  }
}

/**
 * Runs `work` on one connection of the pool (or of the transaction), with nothing sent beside its queries.
 *
 * @throws AdoptError `CONNECT.*` when no connection is to be had.
 */
export async function glance<T>(
  knex: Knex,
  counter: QueryCounter,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const client = clientOf(knex);
  const connection = await client.acquireConnection().catch(throwTranslated);
  try {
    return await work(sessionOn(client, connection, counter));
  } finally {
    await client.releaseConnection(connection);
  }
}
