import type { Knex } from 'knex';
import type { Answer, Question } from '../../database/dialect.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { QueryCounter } from '../../database/session.ts';
import { isAdoptError } from '../../errors.ts';
import type { SqlSyntax } from '../../util/one-statement.ts';
import { quoteIdentifier } from './quote.ts';
import { queryAsWritten, read } from './session.ts';

/** Manual, lexical structure. Strings as `standard_conforming_strings` makes them, on by default since 9.1. */
export const POSTGRES_SYNTAX: SqlSyntax = {
  quotes: `'"`,
  backslashes: 'after-e',
  dollarQuotes: true,
  nestedComments: true,
  hashComments: false,
};

/** `query_canceled`: `statement_timeout` ran out (manual, appendix A). */
const CANCELED = '57014';

function unanswered(error: unknown): Answer {
  if (isAdoptError(error)) {
    if (error.code === 'DETECT.BLIND') return { kind: 'denied', message: error.message };
    if (error.code === 'PLAN.READ_ONLY') return { kind: 'failed', message: 'it tries to write.' };
    throw error;
  }
  if (!(error instanceof Error) || !('code' in error)) throw error;
  return error.code === CANCELED ? { kind: 'late' } : { kind: 'failed', message: error.message };
}

/**
 * Asks one question in a read-only transaction, as a scalar subquery, so that the server itself sees to it that it is one query with one column
 * and at most one row. PGlite has no timer to cut it off with.
 *
 * @throws AdoptError `CONNECT.*`; `DETECT.UNSTABLE` when what it reads is locked by DDL in progress.
 */
export async function ask(
  knex: Knex,
  counter: QueryCounter,
  _facts: ServerFacts,
  { sql, schema, limitMs }: Question,
): Promise<Answer> {
  try {
    return await read(knex, counter, async (session) => {
      await session.query(
        "select set_config('search_path', ?, true), set_config('statement_timeout', ?, true)",
        [`${quoteIdentifier(schema)}, pg_temp`, String(Math.max(1, Math.ceil(limitMs)))],
      );
      counter.queries += 1;
      const [row] = await queryAsWritten(session, `select (\n${sql}\n)::text, $1::text`, ['probe']);
      return { kind: 'value', value: row?.[0] ?? null };
    });
  } catch (error) {
    return unanswered(error);
  }
}
