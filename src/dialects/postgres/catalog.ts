import type { Session, TextRow } from '../../database/session.ts';
import type { Flavor } from './flavor.ts';
import {
  constraintsQuery,
  DEFAULTS_QUERY,
  EXTRAS_QUERY,
  indexesQuery,
  NAMES_QUERY,
  objectsQuery,
  RELATIONS_QUERY,
} from './queries.ts';
import { arrayItems, arrayLiteral, parseJson, rowReader, unstable, vectorItems } from './rows.ts';

/** An oid, as text. */
export type Oid = string;

export interface RawColumn {
  readonly number: number;
  readonly name: string;
  readonly type: Oid;
  readonly modifier: number;
  readonly collation: Oid;
  readonly notNull: boolean;
  readonly identity: string;
  readonly generated: string;
}

export interface RawRelation {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly readable: boolean;
  /** In order of their numbers. */
  readonly columns: readonly RawColumn[];
  readonly byNumber: ReadonlyMap<string, RawColumn>;
  readonly flags: ReadonlySet<string>;
  readonly partitionKey: string | null;
  readonly partitionBound: string | null;
  readonly ofType: string | null;
}

/** A referenced table outside the schemas that are read. */
export interface ForeignTarget {
  readonly schema: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
}

export interface RawConstraint {
  readonly oid: Oid;
  readonly relation: Oid;
  readonly domain: Oid;
  readonly name: string;
  readonly kind: string;
  readonly flags: ReadonlySet<string>;
  readonly columns: readonly string[];
  readonly referencedColumns: readonly string[];
  readonly referenced: Oid;
  /** Three characters: on update, on delete, match. */
  readonly rules: string;
  readonly index: Oid;
  readonly parent: Oid;
  readonly text: string | null;
  readonly setColumns: readonly string[];
  readonly target: ForeignTarget | null;
}

export interface RawIndex {
  readonly oid: Oid;
  readonly relation: Oid;
  readonly name: string;
  readonly method: Oid;
  readonly keyParts: number;
  readonly columns: readonly string[];
  readonly options: readonly number[];
  readonly operatorClasses: readonly Oid[];
  readonly collations: readonly Oid[];
  readonly flags: ReadonlySet<string>;
  readonly expressions: readonly string[];
  readonly predicate: string | null;
  readonly operatorClassOptions: string | null;
}

export interface TypeName {
  /** With modifier: `character varying(255)`. */
  readonly text: string;
  /** Without: as a cast prints it. */
  readonly castName: string;
  readonly collation: Oid;
  /** For a domain, its base type's {@link castName}. */
  readonly baseCastName: string | null;
}

export interface OperatorClassName {
  readonly name: string;
  readonly inputType: Oid;
  readonly isDefault: boolean;
  readonly polymorphic: boolean;
}

export interface Names {
  /** By `oid:modifier`. */
  readonly types: ReadonlyMap<string, TypeName>;
  readonly collations: ReadonlyMap<Oid, string>;
  readonly operatorClasses: ReadonlyMap<Oid, OperatorClassName>;
  readonly methods: ReadonlyMap<Oid, string>;
}

/** Something on a relation that has no field of its own; see `EXTRAS_QUERY`. */
export interface RawExtra {
  readonly kind: string;
  readonly relation: Oid;
  readonly name: string;
  readonly text: string;
  readonly state: string;
  readonly flag: boolean;
}

export interface RawObject {
  readonly kind: string;
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly payload: string;
}

/** All that was read, by the oid of what it belongs to. */
export interface RawCatalog {
  readonly relations: ReadonlyMap<Oid, RawRelation>;
  readonly constraints: ReadonlyMap<Oid, readonly RawConstraint[]>;
  readonly domainChecks: ReadonlyMap<Oid, readonly RawConstraint[]>;
  readonly constraintRelations: ReadonlyMap<Oid, Oid>;
  readonly indexes: ReadonlyMap<Oid, readonly RawIndex[]>;
  readonly indexesByOid: ReadonlyMap<Oid, RawIndex>;
  /** Texts by `relation:column number`. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly names: Names;
  readonly extras: ReadonlyMap<Oid, readonly RawExtra[]>;
  readonly objects: readonly RawObject[];
}

/**
 * Reads the catalogs of these schemas in seven queries, whatever they hold.
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
  const relationRows = await session.query(RELATIONS_QUERY, [oids]);
  const relations = new Map(
    relationRows.map((row) => readRelation(row, schemas)).map((one) => [one.oid, one]),
  );
  const constraintRows = await session.query(constraintsQuery(flavor), [oids, oids]);
  const allConstraints = constraintRows.map(readConstraint);
  const indexRows = await session.query(indexesQuery(flavor), [oids]);
  const allIndexes = indexRows.map(readIndex);
  const generated = [...relations.values()].filter((one) =>
    one.columns.some((column) => column.generated !== ''),
  );
  const defaultRows = await session.query(DEFAULTS_QUERY, [
    arrayLiteral(generated.map((one) => one.oid)),
    oids,
  ]);
  const names = await readNames(session, relations, allIndexes);
  const extraRows = await session.query(EXTRAS_QUERY, [oids, oids, oids, oids, oids]);
  const objectRows = await session.query(objectsQuery(flavor), [oids, oids, oids, oids]);
  return {
    relations,
    constraints: groupBy(
      allConstraints.filter((one) => one.relation !== '0'),
      (one) => one.relation,
    ),
    domainChecks: groupBy(
      allConstraints.filter((one) => one.domain !== '0'),
      (one) => one.domain,
    ),
    constraintRelations: new Map(allConstraints.map((one) => [one.oid, one.relation])),
    indexes: groupBy(allIndexes, (one) => one.relation),
    indexesByOid: new Map(allIndexes.map((one) => [one.oid, one])),
    defaults: new Map(defaultRows.map(readDefault)),
    names,
    extras: groupBy(extraRows.map(readExtra), (one) => one.relation),
    objects: objectRows.map((row) => readObject(row, schemas)),
  };
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

/** The name of a schema in scope. */
function schemaName(schemas: ReadonlyMap<Oid, string>, oid: Oid): string {
  const name = schemas.get(oid);
  if (name === undefined) throw unstable();
  return name;
}

function readRelation(row: TextRow, schemas: ReadonlyMap<Oid, string>): RawRelation {
  const field = rowReader(row);
  const oid = field.must();
  const schema = schemaName(schemas, field.must());
  const name = field.must();
  const kind = field.must();
  const readable = field.boolean();
  const columnNames = parseJson<string[] | null>(field.text() ?? 'null') ?? [];
  const [numbers, types, modifiers, collations, notNulls, identities, generated] = [
    arrayItems(field.text()),
    arrayItems(field.text()),
    arrayItems(field.text()),
    arrayItems(field.text()),
    arrayItems(field.text()),
    arrayItems(field.text()),
    arrayItems(field.text()),
  ];
  const columns = columnNames
    .map((columnName, at) => ({
      number: Number(numbers[at]),
      name: columnName,
      type: types[at] ?? '0',
      modifier: Number(modifiers[at]),
      collation: collations[at] ?? '0',
      notNull: notNulls[at] === 't',
      identity: identities[at] ?? '',
      generated: generated[at] ?? '',
    }))
    .sort((a, b) => a.number - b.number);
  return {
    oid,
    schema,
    name,
    kind,
    readable,
    columns,
    byNumber: new Map(columns.map((column) => [String(column.number), column])),
    flags: field.words(),
    partitionKey: field.text(),
    partitionBound: field.text(),
    ofType: field.text(),
  };
}

function readConstraint(row: TextRow): RawConstraint {
  const field = rowReader(row);
  return {
    oid: field.must(),
    relation: field.must(),
    domain: field.must(),
    name: field.must(),
    kind: field.must(),
    flags: field.words(),
    columns: arrayItems(field.text()),
    referencedColumns: arrayItems(field.text()),
    referenced: field.must(),
    rules: field.must(),
    index: field.must(),
    parent: field.must(),
    text: field.text(),
    setColumns: arrayItems(field.text()),
    target: parseJson<ForeignTarget | null>(field.text() ?? 'null'),
  };
}

function readIndex(row: TextRow): RawIndex {
  const field = rowReader(row);
  return {
    oid: field.must(),
    relation: field.must(),
    name: field.must(),
    method: field.must(),
    keyParts: field.number(),
    columns: vectorItems(field.must()),
    options: vectorItems(field.must()).map(Number),
    operatorClasses: vectorItems(field.must()),
    collations: vectorItems(field.must()),
    flags: field.words(),
    expressions: parseJson<(string | null)[]>(field.text() ?? '[]').map((text) => {
      if (text === null) throw unstable();
      return text;
    }),
    predicate: field.text(),
    operatorClassOptions: field.text(),
  };
}

function readDefault(row: TextRow): [string, string] {
  const field = rowReader(row);
  return [`${field.must()}:${field.must()}`, field.must()];
}

function readExtra(row: TextRow): RawExtra {
  const field = rowReader(row);
  return {
    kind: field.must(),
    relation: field.must(),
    name: field.text() ?? '',
    text: field.must(),
    state: field.text() ?? '',
    flag: field.text() === 'true',
  };
}

function readObject(row: TextRow, schemas: ReadonlyMap<Oid, string>): RawObject {
  const field = rowReader(row);
  return {
    kind: field.must(),
    oid: field.must(),
    schema: schemaName(schemas, field.must()),
    name: field.must(),
    payload: field.must(),
  };
}

async function readNames(
  session: Session,
  relations: ReadonlyMap<Oid, RawRelation>,
  indexes: readonly RawIndex[],
): Promise<Names> {
  const pairs = new Map<string, readonly [Oid, number]>();
  const collations = new Set<Oid>();
  for (const relation of relations.values()) {
    for (const column of relation.columns) {
      pairs.set(`${column.type}:${column.modifier}`, [column.type, column.modifier]);
      collations.add(column.collation);
    }
  }
  for (const index of indexes) for (const oid of index.collations) collations.add(oid);
  const rows = await session.query(NAMES_QUERY, [
    arrayLiteral([...pairs.values()].map(([oid]) => oid)),
    arrayLiteral([...pairs.values()].map(([, modifier]) => modifier)),
    arrayLiteral(collations),
    arrayLiteral(new Set(indexes.flatMap((index) => index.operatorClasses))),
    arrayLiteral(new Set(indexes.map((index) => index.method))),
  ]);
  const types = new Map<string, TypeName>();
  const collationNames = new Map<Oid, string>();
  const operatorClasses = new Map<Oid, OperatorClassName>();
  const methods = new Map<Oid, string>();
  for (const [kind, oid = '', modifier, text, first, second, third, fourth] of rows) {
    if (oid === null || text == null) throw unstable();
    if (kind === 'type') {
      types.set(`${oid}:${modifier}`, {
        text,
        castName: first ?? text,
        collation: second ?? '0',
        baseCastName: fourth ?? null,
      });
    } else if (kind === 'collation') collationNames.set(oid, text);
    else if (kind === 'method') methods.set(oid, text);
    else {
      operatorClasses.set(oid, {
        name: text,
        inputType: first ?? '0',
        isDefault: second === 'true',
        polymorphic: third === 'p',
      });
    }
  }
  return { types, collations: collationNames, operatorClasses, methods };
}
