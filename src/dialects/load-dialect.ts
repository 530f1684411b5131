import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { dialectName } from './dialect-name.ts';

const LOADERS: Readonly<Record<DialectName, () => Promise<Dialect>>> = {
  postgres: async () => (await import('./postgres/postgres-dialect.ts')).postgresDialect,
  mysql: async () => (await import('./mysql/mysql-dialect.ts')).mysqlDialect,
};

/** The dialect of a Knex instance; the other family's is not even loaded. @throws AdoptError as {@link dialectName} */
export async function loadDialect(knex: Knex): Promise<Dialect> {
  return LOADERS[dialectName(knex)]();
}
