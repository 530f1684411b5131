import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { dialectName } from './dialect-name.ts';
import { mysqlDialect } from './mysql/mysql-dialect.ts';
import { postgresDialect } from './postgres/postgres-dialect.ts';

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { postgres: postgresDialect, mysql: mysqlDialect };

/** A dialect by its name. */
export function dialectNamed(name: DialectName): Dialect {
  return DIALECTS[name];
}

/** The dialect of a Knex instance. @throws AdoptError as {@link dialectName} */
export function dialectOf(knex: Knex): Dialect {
  return DIALECTS[dialectName(knex)];
}
