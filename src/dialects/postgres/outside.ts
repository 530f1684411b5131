import { codeOnly } from '../../util/code-only.ts';
import { POSTGRES_SYNTAX } from './ask.ts';

/** What all databases of a server share (manual, 23.1), and the server's own settings. */
const SHARED =
  /\b(?:create|alter|drop)\s+(?:role|user(?!\s+mapping)|group|database|tablespace|subscription)\b|\balter\s+system\b|\breassign\s+owned\b|\bdrop\s+owned\b|\bdblink(?:_exec)?\s*\(/i;

/** A role that is made a member of another: `GRANT … TO`, without the `ON` of a privilege. */
const MEMBERSHIP = /^\s*(?:grant|revoke)\b(?!.*\bon\b)/is;

/**
 * Whether a statement may change something outside of the database that it is sent to. No statement names another database. What a function's
 * body says is not done by making the function.
 */
export function mayReachOutside(sql: string): boolean {
  const code = codeOnly(sql, POSTGRES_SYNTAX, { bodies: /^\s*do\b/i.test(sql) });
  return SHARED.test(code) || code.split(';').some((statement) => MEMBERSHIP.test(statement));
}
