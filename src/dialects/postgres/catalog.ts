import type { Session, TextRow } from '../../database/session.ts';
import {
  FREE_SEQUENCE,
  freeSequence,
  readConstraint,
  readDefaults,
  readExtra,
  readIndex,
  readRelation,
} from './catalog-rows.ts';
import { columnTypes } from './column-types.ts';
import type { Flavor } from './flavor.ts';
import { besideCatalogs, NAMES_QUERY, NO_NAMES, readNames, wantedNames } from './names.ts';
import { objectsQuery } from './object-queries.ts';
import {
  constraintsQuery,
  defaultsQuery,
  extrasQuery,
  indexesQuery,
  type PartKind,
  partQuery,
  relationsQuery,
} from './queries.ts';
import {
  type ColumnTypes,
  NONE,
  type Oid,
  type RawCatalog,
  type RawConstraint,
  type RawDefaults,
  type RawExtra,
  type RawIndex,
  type RawRelation,
} from './raw-catalog.ts';
import { arrayLiteral, readRows } from './rows.ts';

/** Asks, to be awaited once the answer before was taken apart; should that fail, this must not be an unhandled rejection besides. */
function ask(session: Session, sql: string, bindings: readonly string[]): Promise<readonly TextRow[]> {
  const rows = session.query(sql, bindings);
  rows.catch(() => undefined);
  return rows;
}

/**
 * Reads the catalogs of these schemas, but for defaults and objects, in five queries, whatever they hold.
 *
 * The server works on each question while the answer to the one before is taken apart; no list of rows is kept longer than that takes. Never
 * are two questions under way: node-postgres will stop to queue them.
 *
 * @param schemas names by oid
 * @throws AdoptError `DETECT.UNSTABLE` when something vanished meanwhile
 */
export async function readCatalog(
  session: Session,
  flavor: Flavor,
  schemas: ReadonlyMap<Oid, string>,
): Promise<RawCatalog> {
  const oids = arrayLiteral(schemas.keys());
  const relationRows = await session.query(relationsQuery('schemas'), [oids]);
  const askedIndexes = ask(session, indexesQuery(flavor, 'schemas'), [oids]);
  const types = columnTypes();
  const relations = readRows(relationRows, (field) => readRelation(field, schemas, types));
  const indexRows = await askedIndexes;
  const askedConstraints = ask(session, constraintsQuery(flavor, 'schemas'), [oids]);
  const indexes = readRows(indexRows, readIndex);
  const constraintRows = await askedConstraints;
  const askedExtras = askExtras(session, schemas);
  const constraints = readRows(constraintRows, readConstraint);
  const read = assembleCatalog(types, relations, constraints, indexes);
  const isRead = (oid: Oid) => read.relations.has(oid);
  const wanted = wantedNames({ types, relations, constraints, indexes, isRead }, NO_NAMES);
  const extraRows = await askedExtras;
  const askedNames = ask(session, NAMES_QUERY, [...wanted, oids, oids, oids]);
  const extras = readRows(extraRows, readExtra);
  const nameRows = await askedNames;
  return {
    ...read,
    ...assembleExtras(extras, schemas),
    names: readNames(nameRows, types, NO_NAMES),
    beside: besideCatalogs(nameRows),
  };
}

/** Some relations of a catalog that was read before, as they are now. */
export interface CatalogPart {
  readonly catalog: RawCatalog;
  readonly defaults: RawDefaults;
}

/**
 * Reads some relations once more, in one query: one more where they have names that are not known yet, and one where everything that hangs on
 * relations is wanted of the whole schemas all the same, and free sequences.
 *
 * What is beside tables is taken to be as it was.
 *
 * @throws AdoptError `DETECT.UNSTABLE` when something vanished meanwhile
 */
export async function readPart(
  session: Session,
  flavor: Flavor,
  schemas: ReadonlyMap<Oid, string>,
  oids: Iterable<Oid>,
  known: RawCatalog,
  allExtras: boolean,
): Promise<CatalogPart> {
  const some = arrayLiteral(oids);
  const all = arrayLiteral(schemas.keys());
  const { columnTypes: types } = known;
  const query = partQuery(flavor);
  const answer = await session.query(query.sql, Array<string>(query.places).fill(some));
  const rows = groupBy(answer, ([kind]) => kind ?? '');
  const of = (kind: PartKind): readonly TextRow[] => (rows.get(kind) ?? []).map((row) => row.slice(1));
  const relations = readRows(of('relation'), (field) => readRelation(field, schemas, types));
  const constraints = readRows(of('constraint'), readConstraint);
  const indexes = readRows(of('index'), readIndex);
  const extras = readRows(allExtras ? await askExtras(session, schemas) : of('extra'), readExtra);
  const read = assembleCatalog(types, relations, constraints, indexes);
  const isRead = (oid: Oid) => read.relations.has(oid) || known.relations.has(oid);
  const wanted = wantedNames({ types, relations, constraints, indexes, isRead }, known.names);
  const isKnown = wanted.every((list) => list === '{}');
  const nameRows = isKnown ? [] : await session.query(NAMES_QUERY, [...wanted, all, all, all]);
  return {
    catalog: {
      ...read,
      ...assembleExtras(extras, schemas),
      names: readNames(nameRows, types, known.names),
      beside: known.beside,
    },
    defaults: readDefaults(of('default')),
  };
}

function askExtras(session: Session, schemas: ReadonlyMap<Oid, string>): Promise<readonly TextRow[]> {
  return ask(session, extrasQuery('schemas'), Array<string>(5).fill(arrayLiteral(schemas.keys())));
}

function assembleExtras(
  extras: readonly RawExtra[],
  schemas: ReadonlyMap<Oid, string>,
): Pick<RawCatalog, 'extras' | 'freeSequences'> {
  const isFree = (one: RawExtra) => one.kind === FREE_SEQUENCE;
  return {
    extras: groupBy(
      extras.filter((one) => !isFree(one)),
      (one) => one.relation,
    ),
    freeSequences: extras.filter(isFree).map((one) => freeSequence(one, schemas)),
  };
}

function assembleCatalog(
  types: ColumnTypes,
  relations: readonly RawRelation[],
  constraints: readonly RawConstraint[],
  indexes: readonly RawIndex[],
): Omit<RawCatalog, 'extras' | 'freeSequences' | 'names' | 'beside'> {
  return {
    columnTypes: types,
    relations: new Map(relations.map((one) => [one.oid, one])),
    constraints: groupBy(constraints, (one) => one.relation),
    domainChecks: groupBy(
      constraints.filter((one) => one.domain !== NONE),
      (one) => one.domain,
    ),
    constraintRelations: new Map(
      constraints.filter((one) => one.shape.kind === 'f').map((one) => [one.oid, one.relation]),
    ),
    indexes: groupBy(indexes, (one) => one.relation),
  };
}

/** Some relations: those with oids from the first to the last. */
export interface Portion {
  readonly first: number;
  readonly last: number;
}

/** All relations that there can be. */
export const ALL: Portion = { first: 0, last: 4_294_967_295 };

/** Asks for the defaults of these schemas, or of a portion of their relations; what comes, `readDefaults` takes apart. */
export function askDefaults(
  session: Session,
  schemas: ReadonlyMap<Oid, string>,
  { relations }: RawCatalog,
  { first, last }: Portion = ALL,
): Promise<readonly TextRow[]> {
  const isGenerated = (one: RawRelation) => one.specialColumns.some((column) => column.generated !== '');
  const generated = [...relations.values()].filter(isGenerated).map((one) => one.oid);
  const bindings = [arrayLiteral(generated), arrayLiteral(schemas.keys()), String(first), String(last)];
  return ask(session, defaultsQuery('schemas'), bindings);
}

/** Asks for the objects beside tables, where there are any; what comes, `readObjects` takes apart. */
export function askObjects(
  session: Session,
  flavor: Flavor,
  schemas: ReadonlyMap<Oid, string>,
  { relations, beside }: RawCatalog,
): Promise<readonly TextRow[]> {
  const catalogs = new Set(beside);
  for (const { kind } of relations.values()) {
    if (kind === 'v' || kind === 'm' || kind === 'f') catalogs.add('relation');
    else if (kind === 'c') catalogs.add('type');
  }
  if (catalogs.size === 0) return Promise.resolve([]);
  const oids = arrayLiteral(schemas.keys());
  return ask(session, objectsQuery(flavor, catalogs), Array<string>(catalogs.size).fill(oids));
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
