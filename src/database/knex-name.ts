import type { Knex } from 'knex';
import { plainClient } from './host-naming.ts';

/**
 * Whether Knex writes this name of a table or schema as one identifier, and as it is. Its builders take a dot for a qualification, ` as ` for an
 * alias, `?` for a value, on PostgreSQL `[1]` for a subscript, and cut white space at both ends (Knex, `formatter/wrappingFormatter.js`), and
 * nothing escapes any of these. Knex itself is asked, by a statement that is not sent.
 */
export function isKnexName(knex: Knex, name: string): boolean {
  const before = 'insert into ';
  const builder: Knex.QueryBuilder = plainClient(knex).queryBuilder();
  const sql = builder.table(name).insert({ a: 1 }).toString();
  const quote = sql.charAt(before.length);
  return sql.startsWith(`${before}${quote}${name.replaceAll(quote, quote + quote)}${quote} (`);
}

/**
 * A schema as Knex is to be told of it: not at all, where it could not write its name. Then it means the connection's default schema, and
 * whoever writes must have seen to it that they are the same.
 */
export function schemaForKnex(knex: Knex, schema: string): string | undefined {
  return isKnexName(knex, schema) ? schema : undefined;
}
