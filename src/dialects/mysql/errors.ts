import { AdoptError, type ErrorCode, isAdoptError } from '../../errors.ts';

/** What a driver error of mysql2, or of Node below it, may carry. */
interface DriverError {
  readonly code: string;
  readonly errno: number;
  /** The server's own words, without the statement that Knex puts in front of `message`. */
  readonly text: string;
  readonly place: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

const UNREACHABLE = {
  code: 'CONNECT.UNREACHABLE',
  what: 'The database server cannot be reached',
  hint: 'Check host and port, that the server runs, and that a firewall lets this machine through.',
} as const;
const CROWDED = {
  code: 'CONNECT.UNREACHABLE',
  what: 'The database server has no connection left to give',
  hint: 'Wait, or raise max_connections (or the limit of this user), or lower the pool sizes of its clients.',
} as const;
const LOST = {
  code: 'CONNECT.LOST',
  what: 'The connection to the database was lost',
  hint: 'Run the command again; if it is lost again, look into the error log of the server and at wait_timeout.',
} as const;
const AUTH = {
  code: 'CONNECT.AUTH',
  what: 'The database server refused this user',
  hint: 'Check user, password and the host that the account is for, and that it may use this database.',
} as const;
const NO_TLS = {
  code: 'CONNECT.AUTH',
  what: 'The database server offers no TLS, and the connection settings ask for it',
  hint: 'Turn TLS on in the server, or leave ssl out of the connection settings.',
} as const;
const TLS = {
  code: 'CONNECT.AUTH',
  what: 'No TLS connection could be made',
  hint: "Check the server's certificate, and ssl in the connection settings.",
} as const;
const NO_DATABASE = {
  code: 'CONNECT.NO_DATABASE',
  what: 'The database does not exist',
  hint: 'Check the name in the connection, or create it with CREATE DATABASE.',
} as const;
const READ_ONLY = {
  code: 'PLAN.READ_ONLY',
  what: 'Nothing can be written here',
  hint: 'Connect to the primary server, and with a connection that is not read-only.',
} as const;
const UNSTABLE = {
  code: 'DETECT.UNSTABLE',
  what: 'A lock was not given in time; somebody may be changing the schema',
  hint: 'Run the command again when no other migration or ALTER TABLE is running.',
} as const;
const BLIND = {
  code: 'DETECT.BLIND',
  what: 'This user may not read what has to be read',
  hint: 'Grant it SELECT and SHOW VIEW on the database, or use a user who has them.',
} as const;

/** Server error numbers: MySQL 8.0 Error Message Reference; MariaDB's own (1927) from KB, MariaDB Error Codes. */
const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [1040, CROWDED],
  [1203, CROWDED],
  [1226, CROWDED],
  [1129, AUTH],
  [1130, AUTH],
  [1044, AUTH],
  [1045, AUTH],
  [1698, AUTH],
  [1820, AUTH],
  [1862, AUTH],
  [3118, AUTH],
  [4151, AUTH],
  [1049, NO_DATABASE],
  [1053, LOST],
  [1927, LOST],
  [2006, LOST],
  [2013, LOST],
  [4031, LOST],
  [1290, READ_ONLY],
  [1792, READ_ONLY],
  [1836, READ_ONLY],
  [1205, UNSTABLE],
  [1142, BLIND],
  [1143, BLIND],
  [1227, BLIND],
]);

const BY_CODE: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['ECONNREFUSED', UNREACHABLE],
  ['ENOTFOUND', UNREACHABLE],
  ['EAI_AGAIN', UNREACHABLE],
  ['ETIMEDOUT', UNREACHABLE],
  ['EHOSTUNREACH', UNREACHABLE],
  ['ENETUNREACH', UNREACHABLE],
  ['ENOENT', UNREACHABLE],
  ['EACCES', UNREACHABLE],
  ['HANDSHAKE_NO_SSL_SUPPORT', NO_TLS],
  ['HANDSHAKE_SSL_ERROR', TLS],
  ['PROTOCOL_CONNECTION_LOST', LOST],
  ['ECONNRESET', LOST],
  ['EPIPE', LOST],
]);

const CLOSED = /connection is in closed state|Connection lost|This socket has been ended/i;

function field(error: object, name: string): unknown {
  return (error as Readonly<Record<string, unknown>>)[name];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Node tries every address of a host name and reports the attempts together; the first one says as much as any. */
function unwrap(error: object): object {
  const attempts = field(error, 'errors');
  const first: unknown = Array.isArray(attempts) ? attempts[0] : undefined;
  return typeof first === 'object' && first !== null ? first : error;
}

function driverError(error: object): DriverError {
  const host = text(field(error, 'address')) || text(field(error, 'hostname'));
  const port = text(field(error, 'port'));
  return {
    code: text(field(error, 'code')),
    errno: Number(field(error, 'errno') ?? 0),
    text: text(field(error, 'sqlMessage')),
    place: host === '' ? '' : ` at ${host}${port === '' ? '' : `:${port}`}`,
  };
}

function meaningOf(error: object, driver: DriverError): Meaning | null {
  // A pool that waited in vain says so by this name; the server may be well.
  if (field(error, 'name') === 'KnexTimeoutError') {
    return {
      code: 'CONNECT.UNREACHABLE',
      what: 'No database connection was to be had in time',
      hint: 'Check that the server can be reached, and that the pool is not used up by open transactions (pool.max, acquireConnectionTimeout).',
    };
  }
  // The answer to a login is also that to a statement about another database, which is what mysql2 names its statement for.
  if (driver.errno === 1044 && text(field(error, 'sql')) !== '') return BLIND;
  const known = BY_NUMBER.get(driver.errno) ?? BY_CODE.get(driver.code);
  if (known) return known;
  return CLOSED.test(text(field(error, 'message'))) ? LOST : null;
}

/**
 * What an error of mysql2, of the network or of Knex's pool means, or null where it means nothing to us. An {@link AdoptError} is itself.
 *
 * Never repeats a secret: only the server's own sentence, host and port are shown, never the statement or the connection's settings.
 */
export function translateError(error: unknown): AdoptError | null {
  if (isAdoptError(error)) return error as AdoptError;
  if (typeof error !== 'object' || error === null) return null;
  const inner = unwrap(error);
  const driver = driverError(inner);
  const meaning = meaningOf(inner, driver) ?? meaningOf(error, driverError(error));
  if (meaning === null) return null;
  const server = driver.text === '' ? '' : `: ${driver.text.replace(/\.$/, '')}`;
  return new AdoptError(meaning.code, `${meaning.what}${driver.place}${server}.`, {
    hint: meaning.hint,
    cause: error,
    details: { ...(driver.code === '' ? {} : { driverCode: driver.code }) },
  });
}
