import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import { AdoptError } from '../errors.ts';
import { mysqlDialect } from './mysql/mysql-dialect.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';

const DIALECT_OF_DRIVER: Readonly<Record<string, Dialect>> = {
  pg: postgresDialect,
  mysql2: mysqlDialect,
  mysql: mysqlDialect,
};

/**
 * The dialect of a Knex instance.
 *
 * @throws AdoptError `CONFIG.UNSUPPORTED_DIALECT` for a client that is neither PostgreSQL's nor the MySQL family's.
 */
export function dialectOf(knex: Knex): Dialect {
  const driver = String(knex.client.driverName);
  const dialect = DIALECT_OF_DRIVER[driver];
  if (dialect !== undefined) return dialect;
  throw new AdoptError('CONFIG.UNSUPPORTED_DIALECT', `The Knex client "${driver}" is not supported.`, {
    hint: 'PostgreSQL (client "pg"), MySQL and MariaDB (client "mysql2") and PGlite are.',
  });
}
