import type { KnownStructure } from '../../database/known.ts';
import { parseObjectKey } from '../../schema/object-key.ts';
import { compareText } from '../../util/order.ts';

/** The schemas in which a chain has anything, but for the default one. */
function schemasOf({ tables, objects }: KnownStructure): ReadonlySet<string> {
  const inSchemas = [...tables.keys(), ...[...objects.values()].flat().map(({ key }) => key)].flatMap(
    (key) => parseObjectKey(key).schema ?? [],
  );
  const made = [...objects.values()].flatMap((versions) =>
    versions.flatMap(({ kind, key }) => (kind === 'schema' ? [parseObjectKey(key).name] : [])),
  );
  return new Set([...inSchemas, ...made]);
}

/** See `Dialect.schemasToRead`. */
export function schemasToRead(
  wanted: readonly string[],
  known: KnownStructure | undefined,
): readonly string[] {
  const more = known === undefined ? [] : [...schemasOf(known)].filter((schema) => !wanted.includes(schema));
  return [...wanted, ...more.sort(compareText)];
}
