import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';
import type { DialectName } from '../schema/snapshot.ts';

const DIALECT_OF_DRIVER: Readonly<Record<string, DialectName>> = {
  pg: 'postgres',
  mysql2: 'mysql',
};

/** The driver `mysql` gives no rows as lists of values, which is how everything here is read; mysql2 takes its settings. */
const HINT_OF_DRIVER: Readonly<Record<string, string>> = {
  mysql: 'Install mysql2 and say client "mysql2": it takes the same connection settings.',
};

/** What is to be said of a Knex client that is not one of ours. */
export function unsupportedClient(driver: string): AdoptError {
  return new AdoptError('CONFIG.UNSUPPORTED_DIALECT', `The Knex client "${driver}" is not supported.`, {
    hint:
      HINT_OF_DRIVER[driver] ??
      'PostgreSQL (client "pg"), MySQL and MariaDB (client "mysql2") and PGlite are.',
  });
}

/**
 * The SQL family of a Knex instance.
 *
 * @throws AdoptError `CONFIG.UNSUPPORTED_DIALECT` for a client that is neither PostgreSQL's nor the MySQL family's.
 */
export function dialectName(knex: Knex): DialectName {
  const driver = String(knex.client.driverName);
  const name = DIALECT_OF_DRIVER[driver];
  if (name !== undefined) return name;
  throw unsupportedClient(driver);
}
