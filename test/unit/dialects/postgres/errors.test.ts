import { describe, expect, test } from 'vitest';
import { translateError } from '../../../../src/dialects/postgres/errors.ts';
import { flavorOf, recognizeServer, versionNumberOf } from '../../../../src/dialects/postgres/flavor.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../../../src/dialects/postgres/quote.ts';
import { withDatabase } from '../../../../src/dialects/postgres/scratch.ts';
import { AdoptError } from '../../../../src/errors.ts';

function driverError(code: string, message = 'said the driver', fields: object = {}): Error {
  return Object.assign(new Error(message), { code }, fields);
}

describe('an error of the driver', () => {
  test.each([
    ['ECONNREFUSED', 'CONNECT.UNREACHABLE'],
    ['ENOTFOUND', 'CONNECT.UNREACHABLE'],
    ['EAI_AGAIN', 'CONNECT.UNREACHABLE'],
    ['ETIMEDOUT', 'CONNECT.UNREACHABLE'],
    ['57P03', 'CONNECT.UNREACHABLE'],
    ['53300', 'CONNECT.UNREACHABLE'],
    ['28P01', 'CONNECT.AUTH'],
    ['28000', 'CONNECT.AUTH'],
    ['3D000', 'CONNECT.NO_DATABASE'],
    ['57P01', 'CONNECT.LOST'],
    ['08006', 'CONNECT.LOST'],
    ['ECONNRESET', 'CONNECT.LOST'],
    ['25006', 'PLAN.READ_ONLY'],
    ['55P03', 'DETECT.UNSTABLE'],
    ['42501', 'DETECT.BLIND'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'CONNECT.AUTH'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CONNECT.AUTH'],
  ])('of code %s is %s, with a hint and its cause', (code, expected) => {
    const cause = driverError(code);
    const error = translateError(cause);
    expect(error).toMatchObject({ code: expected, cause, details: { driverCode: code } });
    expect(error?.hint).toMatch(/\w/);
  });

  test.each([
    ['Connection terminated unexpectedly', 'CONNECT.LOST'],
    ['Connection terminated due to connection timeout', 'CONNECT.UNREACHABLE'],
    ['timeout expired', 'CONNECT.UNREACHABLE'],
    ['The server does not support SSL connections', 'CONNECT.AUTH'],
    ['Received unexpected copyData message from backend.', 'DETECT.UNSUPPORTED_SERVER'],
    ['received invalid response: 4a', 'DETECT.UNSUPPORTED_SERVER'],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'CONNECT.AUTH'],
  ])('without a code is known by its words: %s', (message, expected) => {
    expect(translateError(new Error(message))?.code).toBe(expected);
  });

  test('of a server that is still starting names the commands that wait', () => {
    expect(translateError(driverError('57P03'))?.hint).toMatch(/"knex-adopt wait".*"knex-adopt startup"/);
  });

  test('of a vanished object is not mistaken for any other internal error', () => {
    expect(translateError(driverError('XX000', 'cache lookup failed for relation 16384'))?.code).toBe(
      'DETECT.UNSTABLE',
    );
    expect(translateError(driverError('XX000', 'something else'))).toBeNull();
  });

  test('of a full pool is unreachable', () => {
    const error = Object.assign(new Error('Knex: Timeout acquiring a connection.'), {
      name: 'KnexTimeoutError',
    });
    expect(translateError(error)?.code).toBe('CONNECT.UNREACHABLE');
  });

  test('names host and port, and unwraps what happy eyeballs give', () => {
    const one = driverError('ECONNREFUSED', 'connect', { address: '::1', port: 5432 });
    const all = new AggregateError([
      one,
      driverError('ECONNREFUSED', 'connect', { address: '127.0.0.1', port: 5432 }),
    ]);
    expect(translateError(Object.assign(all, { code: 'ECONNREFUSED' }))?.message).toContain(
      ' at [::1]:5432 ',
    );
    expect(translateError(driverError('ENOTFOUND', 'x', { hostname: 'db.example' }))?.message).toContain(
      ' at db.example ',
    );
  });

  test('repeats no statement and no password', () => {
    const error = translateError(
      driverError('42501', "select 'p4ssword' - permission denied for table secrets", {
        password: 'p4ssword',
      }),
    );
    expect(error?.message).toBe(
      'This role may not do or see what is needed: permission denied for table secrets.',
    );
    expect(JSON.stringify(error)).not.toContain('p4ssword');
  });

  test.each([
    ['a syntax error', driverError('42601')],
    ['an error of ours', new AdoptError('PLAN.STALE', 'x')],
    ['an ordinary error', new Error('of the work')],
    ['no error', undefined],
    ['a text', 'text'],
    ['a file that is missing', driverError('ENOENT', 'no such file', { syscall: 'open' })],
  ])('means nothing when it is %s', (_, error) => {
    expect(translateError(error)).toBeNull();
  });
});

describe('a server', () => {
  test.each([
    [
      'PostgreSQL 15.18 on x86_64-pc-linux-gnu, compiled by gcc',
      150018,
      { vendor: 'postgres', version: '15.18' },
    ],
    [
      'PostgreSQL 18.6 on wasm32-unknown-emscripten, compiled by emcc',
      180006,
      { vendor: 'pglite', version: '18.6' },
    ],
    ['PostgreSQL 19rc1 on x86_64-pc-linux-gnu', 190000, { vendor: 'postgres', version: '19.0' }],
    [
      'PostgreSQL 12.22 (Debian 12.22-1.pgdg120+1) on x86_64',
      120022,
      { vendor: 'postgres', version: '12.22' },
    ],
  ])('is recognised: %s', (text, number, expected) => {
    const server = recognizeServer(text, number);
    expect(server).toEqual(expected);
    expect(versionNumberOf(server)).toBe(number);
  });

  test.each([
    ['CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)', 130000, 'CockroachDB'],
    ['PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.12103', 80002, 'Redshift'],
    ['PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu', 110002, 'YugabyteDB'],
    ['PostgreSQL 11.22 on x86_64', 110022, 'too old'],
    ['something', Number.NaN, 'too old'],
  ])('is refused: %s', (text, number, words) => {
    expect(() => recognizeServer(text, number)).toThrow(
      expect.objectContaining({ code: 'DETECT.UNSUPPORTED_SERVER', message: expect.stringContaining(words) }),
    );
  });

  test('has what its release has', () => {
    expect(flavorOf(140000).hasNullsNotDistinct()).toBe(false);
    expect(flavorOf(150000).hasNullsNotDistinct()).toBe(true);
    expect(flavorOf(170099).hasEnforcementAndPeriods()).toBe(false);
    expect(flavorOf(120000).hasForcedDrop()).toBe(false);
  });
});

describe('quoting', () => {
  test('leaves nothing to chance', () => {
    expect(quoteIdentifier('a"b')).toBe('"a""b"');
    expect(quoteQualified('a.b', 'select')).toBe('"a.b"."select"');
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral("a\\'b")).toBe("E'a\\\\''b'");
  });
});

describe('the same connection with another database', () => {
  test('keeps a hidden password, and changes only the database', () => {
    const hidden = Object.defineProperty({ host: 'h', database: 'a' }, 'password', {
      enumerable: false,
      value: 'p',
    });
    expect(withDatabase(hidden, 'b')).toEqual({ host: 'h', password: 'p', database: 'b' });
    expect(withDatabase('postgres://u:p%40@h:1/a?sslmode=require', 'b')).toBe(
      'postgres://u:p%40@h:1/b?sslmode=require',
    );
    expect(withDatabase({ connectionString: 'postgres://u@h/a' }, 'b')).toEqual({
      connectionString: 'postgres://u@h/b',
      database: 'b',
    });
  });

  test('of a function is one', async () => {
    const given = withDatabase(async () => ({ host: 'h', database: 'a' }), 'b');
    expect(typeof given === 'function' ? await given() : null).toEqual({ host: 'h', database: 'b' });
  });

  test('cannot be made from nothing, and never repeats what it cannot read', () => {
    expect(() => withDatabase(undefined, 'b')).toThrow(
      expect.objectContaining({ code: 'CONFIG.NO_DATABASE' }),
    );
    expect(() => withDatabase('p4ssword@h', 'b')).toThrow(
      expect.objectContaining({ code: 'CONFIG.BAD_URL', message: expect.not.stringContaining('p4ssword') }),
    );
  });
});
