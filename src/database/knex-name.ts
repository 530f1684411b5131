/**
 * Whether Knex's builders write this name as one identifier, and as it is: they take a dot for a qualification, ` as ` for an alias, `?` for a
 * value, `[1]` for a subscript and `*` for all columns, and cut white space at both ends (Knex, `formatter/wrappingFormatter.js` and the
 * dialects' `wrapIdentifierImpl`, `positionBindings`). Nothing in Knex escapes any of these.
 */
export function isKnexName(name: string): boolean {
  return name !== '' && name !== '*' && name === name.trim() && !/[.?]|\[\d+\]| as /i.test(name);
}

/**
 * A schema as Knex is to be told of it: not at all, where it could not write its name. Then it means the connection's default schema, and
 * whoever writes must have seen to it that they are the same.
 */
export function schemaForKnex(schema: string): string | undefined {
  return isKnexName(schema) ? schema : undefined;
}
