import { AdoptError, type ErrorCode, isAdoptError } from '../../errors.ts';

interface DriverError {
  readonly code: string;
  readonly message: string;
  readonly name: string;
  readonly where: string;
}

function field(error: object, name: string): string {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `host:port` out of a socket's error, or nothing where it does not say. */
function place(error: object): string {
  const host = field(error, 'hostname') || field(error, 'address');
  const port = field(error, 'port');
  if (host === '') return '';
  return ` at ${host.includes(':') ? `[${host}]` : host}${port === '' ? '' : `:${port}`}`;
}

/** Node's happy eyeballs report one error per address tried; the first with a code speaks for all. */
function unwrap(error: unknown): object | null {
  if (typeof error !== 'object' || error === null) return null;
  if (error instanceof AggregateError) {
    const inner = error.errors.find(
      (one: unknown) => typeof one === 'object' && one !== null && 'code' in one,
    );
    if (typeof inner === 'object' && inner !== null) return inner;
  }
  return error;
}

function describe(error: object): DriverError {
  return {
    code: field(error, 'code'),
    message: field(error, 'message'),
    name: field(error, 'name'),
    where: place(error),
  };
}

/**
 * The server's own sentence. Knex puts the statement before it (`select … - message`), and a statement may carry a value; the driver's
 * sentence is what follows the last separator, unless the statement was not Knex's.
 */
function sentence(message: string): string {
  const at = message.lastIndexOf(' - ');
  const text = at < 0 ? message : message.slice(at + 3);
  return text.endsWith('.') ? text.slice(0, -1) : text;
}

/** Codes of Node's sockets and resolver. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOENT',
]);
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', '57P01', '57P02', '57P05', '25P03', '25P04']);

/** Sentences of node-postgres, which have no code (`pg/lib/client.js`). */
const LOST_MESSAGE =
  /Connection terminated|Client has encountered a connection error|Client was closed|Connection ended unexpectedly|PGlite is closed/i;
const TIMEOUT_MESSAGE = /timeout expired|Timeout acquiring a connection|connection timeout/i;

/** What is said where another server than PostgreSQL answers: its greeting, taken for a message. */
const ANOTHER_PROTOCOL =
  /^Received unexpected \w+ message from backend|^received invalid response: |^There was an error establishing an SSL connection/;

/** Of OpenSSL and of Node's `tls`, for a certificate that is not taken or a handshake that fails. */
const TLS_CODE = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|EPROTO$)/;

/** What `pg_get_*` say about an object that another session dropped meanwhile (`hazards.md` finding 7). */
const VANISHED = /cache lookup failed|could not open relation with OID|could not find tuple for/i;

function make(code: ErrorCode, message: string, hint: string, error: object): AdoptError {
  const sqlState = field(error, 'code');
  return new AdoptError(code, message, {
    hint,
    cause: error,
    ...(sqlState === '' ? {} : { details: { driverCode: sqlState } }),
  });
}

/**
 * What a driver's error means to this tool, or null where it means nothing to it, such as a syntax error in a migration.
 *
 * Decides by SQLSTATE (manual, appendix A) or by Node's error code; by words only where node-postgres and Knex give no code. The message
 * repeats host and port, never a user's password or a connection string.
 */
export function translateError(error: unknown): AdoptError | null {
  if (isAdoptError(error)) return null;
  const inner = unwrap(error);
  if (inner === null) return null;
  const { code, message, name, where } = describe(inner);

  if (UNREACHABLE.has(code) && field(inner, 'syscall') !== 'open') {
    return make(
      'CONNECT.UNREACHABLE',
      `No PostgreSQL server could be reached${where} (${code}).`,
      'Check host and port, and that the server runs and accepts connections from here.',
      inner,
    );
  }
  if (code === '57P03') {
    return make(
      'CONNECT.UNREACHABLE',
      `The server is not accepting connections yet: ${sentence(message)}.`,
      'Wait until it has started: "knex-adopt wait" does so, and "knex-adopt startup".',
      inner,
    );
  }
  if (code === '53300') {
    return make(
      'CONNECT.UNREACHABLE',
      'The server has no connection slot left.',
      'Close idle connections, or raise max_connections.',
      inner,
    );
  }
  if (name === 'KnexTimeoutError' || (code === '' && TIMEOUT_MESSAGE.test(message))) {
    return make(
      'CONNECT.UNREACHABLE',
      'No connection was to be had in time.',
      "Check that the server can be reached, and that the application's pool is not used up.",
      inner,
    );
  }
  if (code.startsWith('28')) {
    return make(
      'CONNECT.AUTH',
      `The server refused this login: ${sentence(message)}.`,
      "Check the user, the password and the server's pg_hba.conf.",
      inner,
    );
  }
  if (/SASL|SCRAM|client password must be a string/i.test(message) && code === '') {
    return make(
      'CONNECT.AUTH',
      'The server asked for a password and got none that it accepts.',
      'Set the password in the connection settings.',
      inner,
    );
  }
  if (code === '' && /^The server does not support SSL connections/.test(message)) {
    return make(
      'CONNECT.AUTH',
      'The server offers no TLS, and the connection settings ask for it.',
      'Turn TLS on in the server, or leave sslmode (or ssl) out of the connection settings.',
      inner,
    );
  }
  if (TLS_CODE.test(code)) {
    return make(
      'CONNECT.AUTH',
      `No TLS connection could be made: ${sentence(message)}.`,
      "Check the server's certificate, and sslmode, sslrootcert or ssl in the connection settings.",
      inner,
    );
  }
  if (code === '' && ANOTHER_PROTOCOL.test(message)) {
    return make(
      'DETECT.UNSUPPORTED_SERVER',
      'What answers there does not speak as PostgreSQL does.',
      'Check host and port; URLs of MySQL and MariaDB begin with mysql:// or mariadb://.',
      inner,
    );
  }
  if (code === '3D000') {
    return make(
      'CONNECT.NO_DATABASE',
      `The server has no such database: ${sentence(message)}.`,
      'Check the name of the database, or create it.',
      inner,
    );
  }
  if (LOST.has(code) || code.startsWith('08') || (code === '' && LOST_MESSAGE.test(message))) {
    return make(
      'CONNECT.LOST',
      'The connection to the server was lost.',
      'Run the command again; whatever was not committed has been rolled back.',
      inner,
    );
  }
  if (code === '25006') {
    return make(
      'PLAN.READ_ONLY',
      'The server refuses to write: this is a standby, or the session is read-only.',
      'Connect to the primary, and check default_transaction_read_only.',
      inner,
    );
  }
  if (code === '55P03' || (code === 'XX000' && VANISHED.test(message))) {
    return make(
      'DETECT.UNSTABLE',
      'Another session is changing the schema at this moment.',
      'Let the other migration or DDL finish, then run the command again.',
      inner,
    );
  }
  if (code === '42501') {
    return make(
      'DETECT.BLIND',
      `This role may not do or see what is needed: ${sentence(message)}.`,
      'Grant the role USAGE on the schema and SELECT on its tables, or connect as their owner.',
      inner,
    );
  }
  return null;
}
