import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { SCHEMAS_QUERY } from './place-queries.ts';
import { quoteIdentifier } from './quote.ts';
import type { Oid } from './raw-catalog.ts';
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
 * Finds the schemas, and pins the search path to the first of them for the rest of the session.
 *
 * @throws AdoptError `DETECT.NO_SCHEMA`
 */
export async function readSchemas(
  session: Session,
  wanted: readonly string[],
  facts: ServerFacts,
): Promise<Schemas> {
  const path = `${quoteIdentifier(wanted[0] ?? facts.defaultSchema)}, pg_temp`;
  const rows = await session.query(SCHEMAS_QUERY, [path, JSON.stringify(wanted)]);
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
  const missing = wanted.find((name) => !found.has(name));
  if (missing !== undefined) {
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
