import type { Knex } from 'knex';
import { schemaForKnex } from '../database/knex-name.ts';
import type { TableName } from '../database/table-name.ts';

/** Knex's schema builder, at a history table's schema. */
export function schemaBuilderAt(knex: Knex, { schema }: TableName): Knex.SchemaBuilder {
  const place = schemaForKnex(knex, schema);
  return place === undefined ? knex.schema : knex.schema.withSchema(place);
}

/** Knex's query builder, on a history table. */
export function queryBuilderOn(knex: Knex, { schema, name }: TableName): Knex.QueryBuilder {
  const place = schemaForKnex(knex, schema);
  return place === undefined ? knex.table(name) : knex.withSchema(place).table(name);
}
