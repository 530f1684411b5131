import type { Knex } from 'knex';
import { plainClient } from './host-naming.ts';
import { schemaForKnex } from './knex-name.ts';
import type { TableName } from './table-name.ts';

/** Knex's schema builder, at the schema of a table of Knex's own or of ours; names are written as they are. */
export function schemaBuilderAt(knex: Knex, { schema }: TableName): Knex.SchemaBuilder {
  const builder: Knex.SchemaBuilder = plainClient(knex).schemaBuilder();
  const place = schemaForKnex(knex, schema);
  return place === undefined ? builder : builder.withSchema(place);
}

/** Knex's query builder, on a table of Knex's own or of ours; names are written, and rows read, as they are. */
export function queryBuilderOn(knex: Knex, { schema, name }: TableName): Knex.QueryBuilder {
  const builder: Knex.QueryBuilder = plainClient(knex).queryBuilder();
  const place = schemaForKnex(knex, schema);
  return (place === undefined ? builder : builder.withSchema(place)).table(name);
}
