import { describe, expect, it } from 'vitest';
import { translateError } from '../../../../src/dialects/mysql/errors.ts';
import { AdoptError } from '../../../../src/errors.ts';

function driverError(fields: Record<string, unknown>, message = 'select secret - failed'): Error {
  return Object.assign(new Error(message), fields);
}

describe('driver errors', () => {
  it.each([
    [{ code: 'ECONNREFUSED', errno: -111, address: '127.0.0.1', port: 3306 }, 'CONNECT.UNREACHABLE'],
    [{ code: 'ENOTFOUND', errno: -3008, hostname: 'db.example' }, 'CONNECT.UNREACHABLE'],
    [{ code: 'ETIMEDOUT' }, 'CONNECT.UNREACHABLE'],
    [{ code: 'ER_CON_COUNT_ERROR', errno: 1040 }, 'CONNECT.UNREACHABLE'],
    [{ name: 'KnexTimeoutError' }, 'CONNECT.UNREACHABLE'],
    [{ code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 }, 'CONNECT.AUTH'],
    [{ code: 'ER_DBACCESS_DENIED_ERROR', errno: 1044 }, 'CONNECT.AUTH'],
    [{ errno: 1698 }, 'CONNECT.AUTH'],
    [{ code: 'ER_BAD_DB_ERROR', errno: 1049 }, 'CONNECT.NO_DATABASE'],
    [{ code: 'HANDSHAKE_NO_SSL_SUPPORT' }, 'CONNECT.AUTH'],
    [{ code: 'HANDSHAKE_SSL_ERROR' }, 'CONNECT.AUTH'],
    [{ code: 'PROTOCOL_CONNECTION_LOST' }, 'CONNECT.LOST'],
    [{ errno: 2006 }, 'CONNECT.LOST'],
    [{ errno: 2013 }, 'CONNECT.LOST'],
    [{ errno: 1927 }, 'CONNECT.LOST'],
    [{ errno: 1290 }, 'PLAN.READ_ONLY'],
    [{ errno: 1792 }, 'PLAN.READ_ONLY'],
    [{ errno: 1836 }, 'PLAN.READ_ONLY'],
    [{ errno: 1205 }, 'DETECT.UNSTABLE'],
    [{ errno: 1142 }, 'DETECT.BLIND'],
    [{ errno: 1143 }, 'DETECT.BLIND'],
    [{ errno: 1227 }, 'DETECT.BLIND'],
  ])('%o is %s, with a hint', (fields, code) => {
    const translated = translateError(driverError(fields));
    expect(translated?.code).toBe(code);
    expect(translated?.hint).toBeTruthy();
  });

  it('say where, and never the statement', () => {
    const translated = translateError(driverError({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 3307 }));
    expect(translated?.message).toBe('The database server cannot be reached at 10.0.0.1:3307.');
    expect(JSON.stringify(translated)).not.toContain('secret');
  });

  it("carry the server's own sentence", () => {
    const translated = translateError(driverError({ errno: 1049, sqlMessage: "Unknown database 'x'" }));
    expect(translated?.message).toBe("The database does not exist: Unknown database 'x'.");
  });

  it('are found in the attempts on several addresses', () => {
    const both = new AggregateError([
      driverError({ code: 'ECONNREFUSED', address: '::1', port: 3306 }),
      driverError({ code: 'ECONNREFUSED', address: '127.0.0.1', port: 3306 }),
    ]);
    expect(translateError(both)?.code).toBe('CONNECT.UNREACHABLE');
  });

  it('are recognised when a closed connection is used again', () => {
    const closed = new Error("Can't add new command when connection is in closed state");
    expect(translateError(closed)?.code).toBe('CONNECT.LOST');
  });

  it('that mean nothing are null, and an AdoptError is itself', () => {
    expect(translateError(driverError({ code: 'ER_PARSE_ERROR', errno: 1064 }))).toBeNull();
    expect(translateError('text')).toBeNull();
    expect(translateError(null)).toBeNull();
    const own = new AdoptError('PLAN.STALE', 'x');
    expect(translateError(own)).toBe(own);
  });
});
