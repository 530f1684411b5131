import type { KnownStructure } from '../../database/known.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { objectIdentity } from '../../schema/elements.ts';
import { objectKey } from '../../schema/object-key.ts';
import { compareText } from '../../util/order.ts';
import { SCHEMAS_QUERY } from './place-queries.ts';
import { quoteIdentifier } from './quote.ts';
import type { Oid, RawObject } from './raw-catalog.ts';
import { readRows } from './rows.ts';

/** The schemas that are read. */
export interface Schemas {
  /** Names by oid. */
  readonly names: ReadonlyMap<Oid, string>;
  /** The names of those that this role has no USAGE on. */
  readonly closed: ReadonlySet<string>;
  /** Where the extension pgcrypto is, as expressions name it; null without it. */
  readonly crypto: string | null;
}

/**
 * Finds the schemas, and pins the search path to the first of them for the rest of the session. Of the others those that do not exist are as if
 * they were empty: a chain may make them.
 *
 * @param every whether all others that there are belong to them.
 * @throws AdoptError `DETECT.NO_SCHEMA` where the first does not exist
 */
export async function readSchemas(
  session: Session,
  wanted: readonly string[],
  facts: ServerFacts,
  every = false,
): Promise<Schemas> {
  const path = `${quoteIdentifier(wanted[0] ?? facts.defaultSchema)}, pg_temp`;
  const rows = await session.query(SCHEMAS_QUERY, [path, JSON.stringify(wanted), String(every)]);
  const names = new Map<Oid, string>();
  const closed = new Set<string>();
  let crypto: string | null = null;
  readRows(rows, (field) => {
    const oid = field.must();
    const name = field.must();
    names.set(oid, name);
    if (!field.boolean()) closed.add(name);
    crypto = field.text();
  });
  const found = new Set(names.values());
  const [missing] = wanted;
  if (missing !== undefined && !found.has(missing)) {
    throw new AdoptError(
      'DETECT.NO_SCHEMA',
      `The database ${facts.database} has no schema ${quoteIdentifier(missing)}.`,
      {
        hint: 'Check the spelling, capitals included, or create the schema.',
        details: { schema: missing },
      },
    );
  }
  return { names, closed, crypto };
}

/** The names of those that there are: the default one, then those that were asked for, then the rest in order. */
export function schemaNames({ names }: Schemas, wanted: readonly string[]): readonly string[] {
  const found = new Set(names.values());
  const rest = [...found].filter((name) => !wanted.includes(name)).sort(compareText);
  return [...wanted.filter((name) => found.has(name)), ...rest];
}

/** The one that is in every database from the start (manual, 5.9.2, The Public Schema), as is the default one: nobody made them. */
const PUBLIC = 'public';

/** The schemas that somebody made, as objects. @param known those that are of interest; all where it is left out */
export function schemaObjects(
  { names }: Schemas,
  defaultSchema: string,
  known?: KnownStructure['objects'],
): readonly RawObject[] {
  return [...names].flatMap(([oid, name]) => {
    const object: RawObject = { kind: 'schema', oid, schema: name, name, payload: '' };
    const isMade = name !== defaultSchema && name !== PUBLIC;
    const key = objectKey(name, name, name);
    return isMade && (known === undefined || known.has(objectIdentity({ kind: 'schema', key })))
      ? [object]
      : [];
  });
}
