import path from 'node:path';
import { AdoptError } from '../errors.ts';

/** A connection URL, taken apart. */
export type ConnectionUrl =
  | { readonly kind: 'postgres'; readonly url: string; readonly secrets: readonly string[] }
  | {
      readonly kind: 'mysql';
      readonly settings: Readonly<Record<string, unknown>>;
      readonly secrets: readonly string[];
    }
  /** Null: in memory. */
  | { readonly kind: 'pglite'; readonly directory: string | null };

const FORMS =
  'Write postgres://user:password@host:5432/database, mysql://user:password@host:3306/database, or pglite:DIRECTORY.';

const AT_SIGN = `An "@" in a name has to be written as %40. ${FORMS}`;

/** Never repeats any part of the URL but its scheme: what looks like a host or a port may be a piece of a password. */
function badUrl(what: string, hint = FORMS): AdoptError {
  return new AdoptError('CONFIG.BAD_URL', `The database URL cannot be used: ${what}.`, { hint });
}

function parsed(text: string): URL {
  if (/\s/.test(text)) throw badUrl('it has a space in it');
  // A host may be left out (a Unix socket follows in the query); URL insists on one before a user.
  const complete = text.replace(/^(\w+:\/\/(?:[^@/]*@)?)(?=[/?]|$)/, '$1localhost');
  if (URL.canParse(complete)) return new URL(complete);
  const port = /^\w+:\/\/(?:[^@/]*@)?(?:\[[^\]]*\]|[^:/?#]*):([^/?#]*)/.exec(complete)?.[1];
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65_535)) {
    throw badUrl(
      'its port is not a number from 0 to 65535',
      'A user or password with one of : / ? # @ in it has to be percent-encoded (encodeURIComponent).',
    );
  }
  throw badUrl(
    'it is not a URL',
    'A user or password with one of : / ? # @ in it has to be percent-encoded (encodeURIComponent).',
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl('a percent sign in it is not followed by two hexadecimal digits', 'Write %25 for it.');
  }
}

function queryValue(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** As Knex reads a `mysql:` URL: query parameters are the driver's options, JSON where they are JSON. */
function mysqlSettings(url: URL): Record<string, unknown> {
  const options = Object.fromEntries(
    [...url.searchParams].map(([name, value]) => {
      const option = queryValue(value);
      // mysql2 takes an object; `?ssl=true` can only mean "as usual".
      return [name, name === 'ssl' && option === true ? {} : option];
    }),
  );
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(url.username === '' ? {} : { user: decoded(url.username) }),
    ...(url.password === '' ? {} : { password: decoded(url.password) }),
    database: decoded(url.pathname.slice(1)),
    ...options,
  };
}

function pgliteUrl(rest: string, directory: string): ConnectionUrl {
  if (rest === ':memory:') return { kind: 'pglite', directory: null };
  if (rest === '' || rest.startsWith('//')) {
    throw badUrl('it names no directory', 'Write pglite:DIRECTORY, or pglite::memory: for one that is lost.');
  }
  if (rest.startsWith(':')) {
    throw badUrl(
      'what follows "pglite:" is neither a directory nor :memory:',
      'Write pglite::memory: for one that is lost; a directory whose name begins with a colon is pglite:./:NAME.',
    );
  }
  return { kind: 'pglite', directory: path.resolve(directory, rest) };
}

/**
 * Reads a connection URL: `postgres:`, `postgresql:`, `mysql:`, `mariadb:`, `pglite:DIRECTORY` or `pglite::memory:`.
 *
 * @param directory what a relative directory is relative to.
 * @throws AdoptError `CONFIG.BAD_URL`, saying what is wrong and never showing the URL.
 */
export function parseConnectionUrl(text: string, directory: string): ConnectionUrl {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw badUrl('it does not begin with a scheme');
  if (scheme === 'pglite') return pgliteUrl(text.slice('pglite:'.length), directory);
  if (!['postgres', 'postgresql', 'mysql', 'mariadb'].includes(scheme)) {
    throw badUrl(`its scheme "${scheme}" is none of postgres, postgresql, mysql, mariadb, pglite`);
  }
  // A URL all the same, but of a path: drivers take user and password for a piece of the database's name, and show it.
  if (!text.slice(scheme.length).startsWith('://')) throw badUrl(`"//" is missing after "${scheme}:"`);
  const url = parsed(text);
  if (url.pathname.length < 2) throw badUrl('it names no database');
  // Of one slash too many, or a slash in the password, the same comes.
  if (url.pathname.includes('@')) throw badUrl('the name of its database has an "@" in it', AT_SIGN);
  const passwords = [url.password, decoded(url.password), url.searchParams.get('password') ?? ''];
  const secrets = [...new Set(passwords)].filter((password) => password !== '');
  decoded(url.username);
  return scheme.startsWith('postgres')
    ? { kind: 'postgres', url: text, secrets }
    : { kind: 'mysql', settings: mysqlSettings(url), secrets };
}
