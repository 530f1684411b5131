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
import { parseJson, readRows } from './rows.ts';

/** An extension of the database, with its schema as expressions name it. */
interface Extension {
  readonly oid: Oid;
  readonly name: string;
  readonly schema: string;
}

/** The schemas that are read, and the extensions of the database. */
export interface Schemas {
  /** Names by oid. */
  readonly names: ReadonlyMap<Oid, string>;
  /** The names of those that this role has no USAGE on. */
  readonly closed: ReadonlySet<string>;
  /** Where the extension pgcrypto is, as expressions name it; null without it. */
  readonly crypto: string | null;
  readonly extensions: readonly Extension[];
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
  let extensions: readonly Extension[] = [];
  readRows(rows, (field) => {
    const oid = field.must();
    const name = field.must();
    names.set(oid, name);
    if (!field.boolean()) closed.add(name);
    extensions = parseJson<readonly Extension[] | null>(field.text() ?? 'null') ?? [];
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
  const crypto = extensions.find((one) => one.name === 'pgcrypto')?.schema ?? null;
  return { names, closed, crypto, extensions };
}

/** The names of those that there are: the default one, then those that were asked for, then the rest in order. */
export function schemaNames({ names }: Schemas, wanted: readonly string[]): readonly string[] {
  const found = new Set(names.values());
  const rest = [...found].filter((name) => !wanted.includes(name)).sort(compareText);
  return [...wanted.filter((name) => found.has(name)), ...rest];
}

/** The one that is in every database from the start (manual, 5.9.2, The Public Schema), as is the default one: nobody made them. */
const PUBLIC = 'public';

/** The language that is in every database from the start (manual, 43.1). */
const EVERYWHERE = 'plpgsql';

/** Extensions that are no application's affair, because they watch or work the server. */
const OPERATIONAL: ReadonlySet<string> = new Set([
  ...['pg_stat_statements', 'pg_buffercache', 'pg_prewarm', 'pgaudit', 'pg_repack', 'hypopg', 'pg_cron'],
  ...['pglogical', 'pg_partman', 'set_user', 'google_vacuum_mgmt', 'aws_commons', 'aws_s3', 'aws_lambda'],
  ...['rds_tools', 'azure', 'azure_storage', 'supabase_vault', 'pgsodium', 'pg_graphql', 'pg_net', 'pgjwt'],
]);

/**
 * The schemas and extensions that somebody made, as objects.
 *
 * @param known those that are of interest: what a chain knows; all, where nobody but the chain has been there; where it is left out, what may be
 * an application's.
 */
export function groundObjects(
  { names, extensions }: Schemas,
  defaultSchema: string,
  known: KnownStructure['objects'] | 'all' | undefined,
): readonly RawObject[] {
  const isKnown = (kind: 'schema' | 'extension', name: string) =>
    known === 'all' || known?.has(objectIdentity({ kind, key: objectKey(name, name, name) }));
  const made = [...names].filter(([, name]) => name !== defaultSchema && name !== PUBLIC);
  return [
    ...made.flatMap(([oid, name]): RawObject[] =>
      isKnown('schema', name) === false ? [] : [{ kind: 'schema', oid, schema: name, name, payload: '' }],
    ),
    ...extensions.flatMap(({ oid, name, schema }): RawObject[] =>
      name !== EVERYWHERE && (isKnown('extension', name) ?? !OPERATIONAL.has(name))
        ? [{ kind: 'extension', oid, schema, name, payload: '' }]
        : [],
    ),
  ];
}
