import { partsTarget, type Target, urlTarget } from '../dialects/connect.ts';
import { AdoptError } from '../errors.ts';
import type { DialectName } from '../schema/snapshot.ts';
import type { Context } from './context.ts';

type Env = Context['env'];

const DEFAULT_USER = { postgres: 'postgres', mysql: 'root' } as const satisfies Record<DialectName, string>;

/** An empty variable is one that is not set: that is how compose files leave them. */
function value(env: Env, ...names: readonly string[]): string | null {
  for (const name of names) {
    const text = env[name];
    if (text !== undefined && text !== '') return text;
  }
  return null;
}

function portOf(env: Env, name: string): number | null {
  const text = value(env, name);
  if (text === null) return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new AdoptError('CONFIG.BAD_URL', `${name} is not a port number from 0 to 65535.`, {
    hint: 'Set it to the port alone, such as 5432.',
  });
}

function parts(env: Env, dialect: DialectName, prefix: string): Target | null {
  const host = value(env, `${prefix}_HOST`);
  const database = value(env, `${prefix}_DB`, `${prefix}_DATABASE`);
  if (host === null && database === null) return null;
  const user = value(env, `${prefix}_USER`) ?? DEFAULT_USER[dialect];
  return partsTarget(dialect, {
    host: host ?? 'localhost',
    port: portOf(env, `${prefix}_PORT`),
    user,
    password: value(env, `${prefix}_PASSWORD`),
    // The images of PostgreSQL do the same: a database of the user's name.
    database: database ?? user,
  });
}

/**
 * The database that the environment names: `DATABASE_URL`, else `POSTGRES_HOST`, `_PORT`, `_DB`, `_USER`, `_PASSWORD`, else the same of
 * `MYSQL_`; null when it names none.
 *
 * @throws AdoptError `CONFIG.BAD_URL`; `CONFIG.NO_DATABASE` when both families are named, because either choice would be a guess.
 */
export function environmentTarget({ env, cwd }: Pick<Context, 'env' | 'cwd'>): Target | null {
  const url = value(env, 'DATABASE_URL');
  if (url !== null) return urlTarget(url, cwd);
  const postgres = parts(env, 'postgres', 'POSTGRES');
  const mysql = parts(env, 'mysql', 'MYSQL');
  if (postgres !== null && mysql !== null) {
    throw new AdoptError(
      'CONFIG.NO_DATABASE',
      'Both POSTGRES_… and MYSQL_… name a database, and it is not clear which is meant.',
      { hint: 'Say which with --url or DATABASE_URL.' },
    );
  }
  return postgres ?? mysql;
}
