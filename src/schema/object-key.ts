import type { ObjectKey } from './snapshot.ts';

/** A name as one part of a key: one that could be taken for more than a name is quoted. */
function part(name: string): string {
  return name === '' || /[."()]|^procedure /.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** `schema.name`, whatever the default schema is. No two objects share it. */
export function qualifiedKey(schema: string, name: string): string {
  return `${part(schema)}.${part(name)}`;
}

/**
 * The key of an object: its bare name in the default schema and `schema.name` elsewhere, so that a manifest recorded in `public` is met in
 * any other default schema. A name with a dot, a quote or a parenthesis is quoted, so no two objects share a key, also where routines add
 * to it what tells them apart: `name(types)`, `procedure name`.
 */
export function objectKey(schema: string, name: string, defaultSchema: string): ObjectKey {
  return schema === defaultSchema ? part(name) : qualifiedKey(schema, name);
}

/** A bare name, with what routines add to it before and after. */
const BARE = /^(procedure )?((?:"(?:[^"]|"")*"|[^".()]+)(?:\(.*\))?)$/s;

/** A key with its schema: what has none in it stands in the default one. */
export function keyWithSchema(key: ObjectKey, defaultSchema: string): string {
  const bare = BARE.exec(key);
  return bare === null ? key : `${bare[1] ?? ''}${part(defaultSchema)}.${bare[2]}`;
}

/** The parts of a key: a schema, a name, and what routines add to them. */
const PARTS = /^(?:procedure )?(?:("(?:[^"]|"")*"|[^".()]+)\.)?("(?:[^"]|"")*"|[^".()]+)(?:\(.*\))?$/s;

function unquoted(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}

/**
 * Schema and name of what a key stands for, without what routines add to them; the schema is null where it is the default one. The reverse of
 * `objectKey`.
 */
export function parseObjectKey(key: ObjectKey): { readonly schema: string | null; readonly name: string } {
  const [, schema, name] = PARTS.exec(key) ?? [];
  return { schema: schema === undefined ? null : unquoted(schema), name: unquoted(name ?? key) };
}
