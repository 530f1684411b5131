import { PLAIN_MODES, type Token, tokenize } from './expression-lexer.ts';

/** What one line of SHOW GRANTS gives, to the extent that seeing a catalog depends on it. */
export interface Grant {
  readonly revoked: boolean;
  /** Upper case: `SELECT`, `SHOW VIEW`, `ALL PRIVILEGES`. Privileges on single columns are left out. */
  readonly privileges: readonly string[];
  /** Null for `*`: every database. As written, wildcards and their escapes included. */
  readonly database: string | null;
  /** Null for `*`: every table. */
  readonly object: string | null;
  /** The database's name is itself, without wildcards. */
  readonly literal: boolean;
}

/** The privileges of the list before ON: words joined by spaces, those with a column list left out. */
function privilegeList(tokens: readonly Token[]): string[] {
  const privileges: string[] = [];
  let words: string[] = [];
  let depth = 0;
  let columns = false;
  const close = () => {
    if (words.length > 0 && !columns) privileges.push(words.join(' '));
    words = [];
    columns = false;
  };
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === '(') {
      depth++;
      columns = true;
    } else if (token.kind === 'symbol' && token.text === ')') depth--;
    else if (token.kind === 'symbol' && token.text === ',' && depth === 0) close();
    else if (depth === 0) words.push(token.text.toUpperCase());
  }
  close();
  return privileges;
}

/** One side of `db.table`: null for `*`, undefined for what is no name. */
function grantTarget(token: Token | undefined): string | null | undefined {
  if (token?.kind === 'symbol' && token.text === '*') return null;
  return token?.kind === 'quoted-name' || token?.kind === 'name' ? token.text : undefined;
}

/**
 * A line of SHOW GRANTS read, or null when it grants no privilege on data: a role, PROXY, EXECUTE on one routine.
 *
 * The lines look alike on MySQL and MariaDB: ``GRANT SELECT, SHOW VIEW ON `db`.* TO `u`@`%` ``; MySQL 8 adds `REVOKE … FROM` for partial
 * revokes (manual, 8.2.12).
 *
 * @param literal whether wildcards in database names are plain characters, as with `partial_revokes`.
 */
export function parseGrant(line: string, literal = false): Grant | null {
  // What follows the grantee may hold a password hash in any form; it is cut off before anything is read.
  const match = /^(GRANT|REVOKE) (.+?) ON (.+?) (?:TO|FROM) [`'"]?/is.exec(line);
  if (!match) return null;
  const [, verb = '', before = '', target = ''] = match;
  const privileges = tokenize(before, PLAIN_MODES);
  const words = tokenize(target, { ansiQuotes: true });
  if (!privileges || !words || words.length !== 4) return null;
  const database = grantTarget(words[0]);
  const object = grantTarget(words[2]);
  if (database === undefined || object === undefined) return null;
  const list = privilegeList(privileges.filter((token) => token.kind !== 'end'));
  return { revoked: verb.toUpperCase() === 'REVOKE', privileges: list, database, object, literal };
}

/** Whether a database of a grant, with its wildcards `%` and `_` and their escapes `\%` and `\_`, covers this one (manual, 15.7.1.6). */
export function coversDatabase(pattern: string | null, database: string): boolean {
  if (pattern === null) return true;
  const expression = pattern.replace(/\\([%_\\])|([%_])|([\s\S])/g, (_whole, escaped, wildcard, other) => {
    if (wildcard !== undefined) return wildcard === '%' ? '[\\s\\S]*' : '[\\s\\S]';
    return (escaped ?? other).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  });
  return new RegExp(`^${expression}$`, 'u').test(database);
}

/** A database's name in a GRANT statement, its wildcard characters escaped. */
export function grantDatabase(database: string): string {
  return `\`${database.replace(/[\\_%]/g, '\\$&').replaceAll('`', '``')}\``;
}

/** Whether these grants give a privilege on all of a database: on `*.*` or ``db.*``, and not taken back by a partial revoke. */
export function holds(grants: readonly Grant[], privilege: string, database: string): boolean {
  const gives = (grant: Grant) =>
    grant.object === null &&
    (grant.literal && grant.database !== null
      ? grant.database === database
      : coversDatabase(grant.database, database)) &&
    grant.privileges.some((name) => name === privilege || name === 'ALL PRIVILEGES' || name === 'ALL');
  const revoked = grants.some(
    (grant) => grant.revoked && grant.database === database && grant.privileges.includes(privilege),
  );
  // A partial revoke takes from the global grant only; one of the database itself stands (MySQL 8.0 manual, 8.2.12).
  return grants.some((grant) => !grant.revoked && gives(grant) && !(revoked && grant.database === null));
}
