import type { Session, TextRow } from '../../database/session.ts';
import {
  FREE_SEQUENCE,
  freeSequence,
  readConstraint,
  readExtra,
  readIndex,
  readRelation,
} from './catalog-rows.ts';
import type { Flavor } from './flavor.ts';
import { besideCatalogs, columnTypes, NO_NAMES, readNames, wantedNames } from './names.ts';
import {
  constraintsQuery,
  defaultsQuery,
  extrasQuery,
  indexesQuery,
  NAMES_QUERY,
  objectsQuery,
  relationsQuery,
  type Scope,
} from './queries.ts';
import { NONE, type Oid, type RawCatalog, type RawRelation } from './raw-catalog.ts';
import { arrayLiteral, readRows } from './rows.ts';

/** Asks, to be awaited once the answer before was taken apart; should that fail, this must not be an unhandled rejection besides. */
function ask(session: Session, sql: string, bindings: readonly string[]): Promise<readonly TextRow[]> {
  const rows = session.query(sql, bindings);
  rows.catch(() => undefined);
  return rows;
}

/** Some relations to be read once more. */
export interface Part {
  readonly relations: readonly Oid[];
  /** Read before, of the same schemas: names in it are not asked for again. */
  readonly known: RawCatalog;
  /** Whether what hangs on relations, and free sequences, is to be read of the whole schemas all the same. */
  readonly allExtras: boolean;
}

/**
 * Reads the catalogs of these schemas, but for defaults and objects, in five queries, whatever they hold.
 *
 * The server works on each question while the answer to the one before is taken apart; no list of rows is kept longer than that takes. Never
 * are two questions under way: node-postgres will stop to queue them.
 *
 * @param schemas names by oid
 * @param part reads these relations only. What is beside tables is then taken to be as it was, but for relations.
 * @throws AdoptError `DETECT.UNSTABLE` when something vanished meanwhile
 */
export async function readCatalog(
  session: Session,
  flavor: Flavor,
  schemas: ReadonlyMap<Oid, string>,
  part?: Part,
): Promise<RawCatalog> {
  const all = arrayLiteral(schemas.keys());
  const scope: Scope = part === undefined ? 'schemas' : 'relations';
  const oids = part === undefined ? all : arrayLiteral(part.relations);
  const [extrasScope, extrasOids] = part?.allExtras === true ? (['schemas', all] as const) : [scope, oids];
  const relationRows = await session.query(relationsQuery(scope), [oids]);
  const askedExtras = ask(session, extrasQuery(extrasScope), Array<string>(5).fill(extrasOids));
  const types = part?.known.columnTypes ?? columnTypes();
  const relations = new Map(
    readRows(relationRows, (field) => readRelation(field, schemas, types)).map((one) => [one.oid, one]),
  );
  const extraRows = await askedExtras;
  const askedConstraints = ask(session, constraintsQuery(flavor, scope), [all, oids]);
  const extras = readRows(extraRows, readExtra);
  const hanging = extras.filter((one) => one.kind !== FREE_SEQUENCE);
  const constraintRows = await askedConstraints;
  const askedIndexes = ask(session, indexesQuery(flavor, scope), [oids]);
  const constraints = readRows(constraintRows, readConstraint);
  const indexes = readRows(await askedIndexes, readIndex);
  const knownNames = part?.known.names ?? NO_NAMES;
  const wanted = wantedNames(types, relations, indexes, knownNames);
  // A part may have nothing new; of whole schemas it is also asked what there is beside tables.
  const nameRows =
    part !== undefined && wanted.every((list) => list === '{}')
      ? []
      : await session.query(NAMES_QUERY, [...wanted, all, all, all]);
  return {
    columnTypes: types,
    relations,
    constraints: groupBy(constraints, (one) => one.relation),
    domainChecks: groupBy(
      constraints.filter((one) => one.domain !== NONE),
      (one) => one.domain,
    ),
    constraintRelations: new Map(
      constraints.filter((one) => one.kind === 'f').map((one) => [one.oid, one.relation]),
    ),
    indexes: groupBy(indexes, (one) => one.relation),
    indexesByOid: new Map(indexes.map((one) => [one.oid, one])),
    names: readNames(nameRows, types, knownNames),
    beside: part?.known.beside ?? besideCatalogs(nameRows),
    extras: groupBy(hanging, (one) => one.relation),
    freeSequences: extras
      .filter((one) => one.kind === FREE_SEQUENCE)
      .map((one) => freeSequence(one, schemas)),
  };
}

/** Asks for the defaults of these schemas, or of what was read of them; what comes, `readDefaults` takes apart. */
export function askDefaults(
  session: Session,
  schemas: ReadonlyMap<Oid, string>,
  { relations }: RawCatalog,
  scope: Scope = 'schemas',
): Promise<readonly TextRow[]> {
  const isGenerated = (one: RawRelation) => one.columns.some((column) => column.generated !== '');
  const generated = [...relations.values()].filter(isGenerated).map((one) => one.oid);
  const oids = scope === 'schemas' ? schemas.keys() : relations.keys();
  return ask(session, defaultsQuery(scope), [arrayLiteral(generated), arrayLiteral(oids)]);
}

/** Asks for the objects beside tables, where there are any; what comes, `readObjects` takes apart. */
export function askObjects(
  session: Session,
  flavor: Flavor,
  schemas: ReadonlyMap<Oid, string>,
  { relations, beside }: RawCatalog,
): Promise<readonly TextRow[]> {
  const isObject = ({ kind }: RawRelation) => kind === 'v' || kind === 'm' || kind === 'f';
  const catalogs = [...relations.values()].some(isObject) ? (['relation', ...beside] as const) : beside;
  if (catalogs.length === 0) return Promise.resolve([]);
  const oids = arrayLiteral(schemas.keys());
  const bindings = catalogs.map(() => oids);
  return ask(session, objectsQuery(flavor, catalogs), bindings);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
