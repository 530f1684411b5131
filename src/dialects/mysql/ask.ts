import type { Knex } from 'knex';
import type { Answer, Question } from '../../database/dialect.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { QueryCounter } from '../../database/session.ts';
import { isAdoptError } from '../../errors.ts';
import type { SqlSyntax } from '../../util/one-statement.ts';
import { flavorOf } from './flavor.ts';
import { read } from './read.ts';

const SYNTAX: SqlSyntax = {
  quotes: `'"\``,
  backslashes: 'always',
  dollarQuotes: false,
  nestedComments: false,
  hashComments: true,
};

/** Manual, 11.1 and 11.7. With `NO_BACKSLASH_ESCAPES` a backslash is a character like any other. */
export const MYSQL_SYNTAXES: readonly SqlSyntax[] = [SYNTAX, { ...SYNTAX, backslashes: 'never' }];

/** ER_QUERY_TIMEOUT (MySQL), ER_STATEMENT_TIMEOUT (MariaDB), ER_QUERY_INTERRUPTED. */
const INTERRUPTED: readonly unknown[] = [3024, 1969, 1317];

function unanswered(error: unknown): Answer {
  if (isAdoptError(error)) {
    if (error.code === 'DETECT.BLIND') return { kind: 'denied', message: error.message };
    if (error.code === 'PLAN.READ_ONLY') return { kind: 'failed', message: 'it tries to write.' };
    throw error;
  }
  if (!(error instanceof Error) || !('errno' in error)) throw error;
  if (INTERRUPTED.includes(error.errno)) return { kind: 'late' };
  const said: unknown = Reflect.get(error, 'sqlMessage');
  return { kind: 'failed', message: typeof said === 'string' ? said : error.message };
}

/**
 * Asks one question in a read-only transaction, as a scalar subquery, so that the server itself sees to it that it is one query with one column
 * and at most one row. The time limit stands in the statement: no variable of the pooled connection is changed.
 *
 * @throws AdoptError `CONNECT.*`
 */
export async function ask(
  knex: Knex,
  counter: QueryCounter,
  facts: ServerFacts,
  { sql, limitMs }: Question,
): Promise<Answer> {
  const start = performance.now();
  try {
    const statement = flavorOf(facts.server).limitedSelect(`(\n${sql}\n)`, limitMs);
    const [row] = await read(knex, counter, (session) => session.query(statement));
    // SLEEP() and its kin answer when they are interrupted, as if they had finished (manual, 14.23).
    if (performance.now() - start >= limitMs) return { kind: 'late' };
    return { kind: 'value', value: row?.[0] ?? null };
  } catch (error) {
    return unanswered(error);
  }
}
