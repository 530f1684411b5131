import type { Dialect } from './database/dialect.ts';
import type { KnownStructure } from './database/known.ts';
import type { Session } from './database/session.ts';
import { AdoptError } from './errors.ts';
import { objectIdentity } from './schema/elements.ts';
import { parseObjectKey } from './schema/object-key.ts';
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

/**
 * That where nothing of the chain is in the default schema, none of its tables is found by its name alone in another schema: there may be the
 * database that was meant, full of rows, behind a schema that somebody put before it in the search path.
 *
 * @throws AdoptError `DETECT.DEFAULT_SCHEMA`
 */
export async function requireNothingBehind(
  session: Session,
  dialect: Pick<Dialect, 'locateBehind'>,
  known: KnownStructure,
  { schemas, tables }: Pick<Snapshot, 'schemas' | 'tables'>,
): Promise<void> {
  if (tables.some(({ key }) => known.tables.has(key))) return;
  const names = [...known.tables.keys()]
    .map((key) => parseObjectKey(key))
    .flatMap(({ schema, name }) => (schema === null ? [name] : []));
  const behind = (await dialect.locateBehind(session, names)).filter(
    ({ schema }) => !schemas.includes(schema),
  );
  const [first] = behind;
  if (first === undefined) return;
  const found = behind.filter(({ schema }) => schema === first.schema).map(({ name }) => name);
  const more = found.length > 3 ? ` and ${found.length - 3} more` : '';
  throw new AdoptError(
    'DETECT.DEFAULT_SCHEMA',
    `Nothing of this chain is in ${schemas[0]}, where names without a schema land; but ${first.schema} is behind it in the search path, and has ${found.slice(0, 3).join(', ')}${more}.`,
    {
      hint: `If that is the database, have the search path begin with ${first.schema} (Knex's searchPath, or ALTER ROLE or ALTER DATABASE … SET search_path). If the chain is to be made beside it, say so: --schema ${schemas[0]}`,
    },
  );
}
