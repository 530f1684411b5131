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

/** The parts of a key; the schema is null where the object stands in the default one. The reverse of `objectKey`. */
export function parseObjectKey(key: ObjectKey): { readonly schema: string | null; readonly name: string } {
  const parts = [...key.matchAll(/(?:"((?:[^"]|"")*)"|([^."]+))(?:\.|$)/gu)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
  const [first = '', second] = parts;
  return second === undefined ? { schema: null, name: first } : { schema: first, name: second };
}
