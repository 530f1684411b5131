import type { Dialect } from './database/dialect.ts';
import type { KnownStructure } from './database/known.ts';
import { AdoptError } from './errors.ts';
import { objectIdentity } from './schema/elements.ts';
import type { Snapshot } from './schema/snapshot.ts';

/** What one schema has, as the structure of a chain that makes nothing else. */
export function structureOf({ tables, objects }: Snapshot): KnownStructure {
  return {
    tables: new Map(tables.map((table) => [table.key, [table]])),
    objects: new Map(objects.map((object) => [objectIdentity(object), [object]])),
  };
}

/**
 * That the schema in which names without one land is none of those that the chain names. What is in it has bare keys, and was recorded with the
 * schema before them: held against each other they would never meet, and a database full of rows would look fresh.
 *
 * @throws AdoptError `DETECT.DEFAULT_SCHEMA`
 */
export function requireOtherDefault(
  { schemasToRead }: Pick<Dialect, 'schemasToRead'>,
  known: KnownStructure | undefined,
  defaultSchema: string,
): void {
  if (!schemasToRead([], known).includes(defaultSchema)) return;
  throw new AdoptError(
    'DETECT.DEFAULT_SCHEMA',
    `Names without a schema land in ${defaultSchema}, and in the manifests ${defaultSchema} is a schema beside the one in which they land.`,
    {
      hint: `Name first the schema in which they land where the manifests are built, as in --schema public --schema ${defaultSchema}; or build the manifests on a server where ${defaultSchema} is the first and is there already.`,
    },
  );
}
