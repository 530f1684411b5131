import type { ObjectKey } from './snapshot.ts';

function part(name: string): string {
  return /[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/**
 * The key of an object: its bare name in the default schema and `schema.name` elsewhere, so that a manifest recorded in `public` is met in
 * any other default schema. A name with a dot or a quote is quoted, so no two objects share a key.
 */
export function objectKey(schema: string, name: string, defaultSchema: string): ObjectKey {
  return schema === defaultSchema ? part(name) : `${part(schema)}.${part(name)}`;
}
