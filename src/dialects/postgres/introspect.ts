import type { Location } from '../../database/dialect.ts';
import type { Introspection, IntrospectOptions, Visibility } from '../../database/introspection.ts';
import { withoutProvided } from '../../database/provided.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import type { TableName } from '../../database/table-name.ts';
import { tableHash } from '../../schema/fingerprint.ts';
import { objectKey } from '../../schema/object-key.ts';
import type { Snapshot, Table } from '../../schema/snapshot.ts';
import { sortedBy, uniqueSorted } from '../../util/order.ts';
import { ALL, askDefaults, askObjects, type Portion, readCatalog } from './catalog.ts';
import { readDefaults, readObjects } from './catalog-rows.ts';
import { beginDraft, type Draft, isTable } from './draft.ts';
import { flavorOf, versionNumberOf } from './flavor.ts';
import { BEHIND_QUERY, LOCATE_QUERY } from './place-queries.ts';
import { PROVIDED } from './provided.ts';
import { quoteIdentifier } from './quote.ts';
import type { Oid, RawDefaults, RawRelation } from './raw-catalog.ts';
import { parseJson } from './rows.ts';
import { groundObjects, readSchemas, type Schemas, schemaNames } from './schemas.ts';

/**
 * The structure of the given schemas, in at most nine queries whatever they hold.
 *
 * The search path is pinned to the first of them for the rest of the session, so that what is printed names its objects bare and a manifest
 * recorded in one default schema is met in any other. Not looked at: temporary relations, what extensions own, the excluded
 * tables, and what others put there, see {@link PROVIDED}.
 *
 * @throws AdoptError `DETECT.NO_SCHEMA` when the first schema does not exist; `DETECT.UNSTABLE` when the catalog is locked or changes meanwhile
 */
export async function introspect(
  session: Session,
  facts: ServerFacts,
  options: IntrospectOptions,
): Promise<Introspection> {
  const schemas = await readSchemas(session, options.schemas, facts);
  const flavor = flavorOf(versionNumberOf(facts.server));
  const catalog = await readCatalog(session, flavor, schemas.names);
  // While the server prints the defaults, everything is put together that needs none; then the columns, while it prints more of them, or the objects.
  const portions = portionsOf([...catalog.relations.keys()]);
  const askPortion = (portion: Portion) => askDefaults(session, schemas.names, catalog, portion);
  let asked = askPortion(portions[0]);
  const defaultSchema = options.schemas[0] ?? facts.defaultSchema;
  const excluded = new Set(options.exclude.map((table) => objectKey(table.schema, table.name, '')));
  const relations = [...catalog.relations.values()].filter(
    (one) => isTable(one) && !excluded.has(objectKey(one.schema, one.name, '')),
  );
  const { crypto: cryptoSchema } = schemas;
  const draft = beginDraft(catalog, relations, defaultSchema, { cryptoSchema });
  let defaults: RawDefaults = new Map();
  const made: Table[] = [];
  for (const [at, portion] of portions.entries()) {
    const rows = await asked;
    const next = portions[at + 1];
    asked = next === undefined ? askObjects(session, flavor, schemas.names, catalog) : askPortion(next);
    defaults = readDefaults(rows, defaults);
    const some = draft.tables(defaults, portion);
    // Whoever asks for the fingerprint finds these hashes made, while the server was at work.
    for (const table of some) tableHash(table);
    made.push(...some);
  }
  const tables = portions.length === 1 ? made : sortedBy(made, (table) => table.key);
  const found = [
    ...groundObjects(schemas, defaultSchema, options.known?.objects),
    ...catalog.freeSequences,
    ...readObjects(await asked, schemas.names),
  ];
  const snapshotOf = (made: readonly Table[], { objects, rules }: Draft): Snapshot =>
    withoutProvided(
      {
        dialect: 'postgres',
        server: facts.server,
        schemas: schemaNames(schemas, options.schemas),
        tables: made,
        objects: objects(defaults, found),
        rules: uniqueSorted(rules),
      },
      PROVIDED,
      options.known,
    );
  return {
    snapshot: snapshotOf(tables, draft),
    without: (options.without ?? []).map((off) => {
      const strict = beginDraft(catalog, relations, defaultSchema, { cryptoSchema, off });
      return snapshotOf(strict.tables(defaults), strict);
    }),
    visibility: visibility(relations, schemas, facts, options, defaultSchema),
  };
}

/** From how many relations on a round trip takes less time than what can be done meanwhile. */
const MANY_RELATIONS = 500;

/** The portions in which the defaults of relations are read: of many in two, by a middle oid where they stand in the order in which they were made. */
function portionsOf(oids: readonly Oid[]): readonly [Portion, ...Portion[]] {
  if (oids.length < MANY_RELATIONS) return [ALL];
  const middle = Number(oids[oids.length >> 1]);
  return [
    { ...ALL, last: middle - 1 },
    { ...ALL, first: middle },
  ];
}

/**
 * PostgreSQL's catalogs show every object to everybody, so what a role cannot read is known exactly: each table without SELECT, and every table
 * of a schema without USAGE.
 */
function visibility(
  relations: readonly RawRelation[],
  schemas: Schemas,
  facts: ServerFacts,
  options: IntrospectOptions,
  defaultSchema: string,
): Visibility {
  const hidden = relations.filter((one) => !one.readable || schemas.closed.has(one.schema));
  const role = quoteIdentifier(facts.user);
  const unreadable = new Set(relations.filter((one) => !one.readable).map((one) => one.schema));
  const grants = options.schemas.flatMap((schema) => [
    ...(schemas.closed.has(schema) ? [`GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${role};`] : []),
    ...(unreadable.has(schema)
      ? [`GRANT SELECT ON ALL TABLES IN SCHEMA ${quoteIdentifier(schema)} TO ${role};`]
      : []),
  ]);
  return {
    complete: grants.length === 0,
    hidden: uniqueSorted(hidden.map((one) => objectKey(one.schema, one.name, defaultSchema))),
    grants,
  };
}

interface LocatedRow {
  readonly schema: string;
  readonly name: string;
  readonly rowsFiltered: boolean;
  readonly readable: boolean;
  readonly columns: readonly string[] | null;
}

/**
 * Every table of one of these names, in every schema but the system's and temporary ones, by schema, then name; and where unqualified names
 * land. One query.
 */
export async function locateTables(session: Session, names: readonly string[]): Promise<Location> {
  const [row] = await session.query(LOCATE_QUERY, [JSON.stringify(names)]);
  const [defaultSchema, found] = row ?? [];
  const tables = parseJson<LocatedRow[] | null>(found ?? 'null') ?? [];
  return {
    defaultSchema: defaultSchema ?? null,
    tables: sortedBy(
      tables.map((table) => ({ ...table, columns: table.columns ?? [] })),
      (table) => objectKey(table.schema, table.name, ''),
    ),
  };
}

/** See `Dialect.locateBehind`. */
export async function locateBehind(
  session: Session,
  names: readonly string[],
): Promise<readonly TableName[]> {
  const rows = await session.query(BEHIND_QUERY, [JSON.stringify(names)]);
  return rows.map(([schema, name]) => ({ schema: schema ?? '', name: name ?? '' }));
}
