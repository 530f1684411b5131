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
import {
  type ForeignTarget,
  type Names,
  NONE,
  type Oid,
  type OperatorClassName,
  type RawCatalog,
  type RawConstraint,
  type RawExtra,
  type RawIndex,
  type RawObject,
  type RawRelation,
  type TypeName,
} from './raw-catalog.ts';
import {
  arrayItems,
  arrayLiteral,
  numberedItems,
  parseJson,
  rowReader,
  unstable,
  vectorItems,
} from './rows.ts';

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
  const ask = (sql: string, bindings: readonly string[]): Promise<readonly TextRow[]> => {
    const rows = session.query(sql, bindings);
    // Awaited only after the answer before was taken apart; should that fail, this must not be an unhandled rejection besides.
    rows.catch(() => undefined);
    return rows;
  };
  // The server works on each question while the answer to the one before is taken apart; no list of rows is kept longer than that takes.
  const relationRows = await session.query(RELATIONS_QUERY, [oids]);
  const asked = ask(constraintsQuery(flavor), [oids, oids]);
  const relations = new Map(
    relationRows.map((row) => readRelation(row, schemas)).map((one) => [one.oid, one]),
  );
  const constraintRows = await asked;
  const askedIndexes = ask(indexesQuery(flavor), [oids]);
  const constraints = constraintRows.map(readConstraint);
  const indexRows = await askedIndexes;
  const generated = [...relations.values()]
    .filter((one) => one.columns.some((column) => column.generated !== ''))
    .map((one) => one.oid);
  const askedDefaults = ask(DEFAULTS_QUERY, [arrayLiteral(generated), oids]);
  const indexes = indexRows.map(readIndex);
  const wanted = wantedNames(relations, indexes);
  const defaultRows = await askedDefaults;
  const askedExtras = ask(EXTRAS_QUERY, [oids, oids, oids, oids, oids]);
  const defaults = readDefaults(defaultRows);
  const extraRows = await askedExtras;
  const askedObjects = ask(objectsQuery(flavor), [oids, oids, oids, oids]);
  const extras = extraRows.map(readExtra);
  const objects = await askedObjects;
  const names = readNames(await session.query(NAMES_QUERY, wanted));
  return {
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
    defaults,
    names,
    extras: groupBy(extras, (one) => one.relation),
    objects: objects.map((row) => readObject(row, schemas)),
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

/** JSON of a query of ours, or what stands for NULL. */
function json<T>(text: string | null, otherwise: T): T {
  return text === null ? otherwise : parseJson<T>(text);
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
  const columnNames = json<readonly string[]>(field.text(), []);
  const numbers = arrayItems(field.text());
  const types = arrayItems(field.text());
  const modifiers = arrayItems(field.text());
  const collations = numberedItems(field.text());
  const notNulls = new Set(arrayItems(field.text()));
  const specials = numberedItems(field.text());
  const columns = columnNames.map((columnName, at) => {
    const number = numbers[at] ?? '';
    const special = specials.get(number);
    return {
      number: Number(number),
      name: columnName,
      type: types[at] ?? NONE,
      typeKey: `${types[at]}:${modifiers[at]}`,
      collation: collations.get(number) ?? null,
      notNull: notNulls.has(number),
      identity: special?.charAt(0) ?? '',
      generated: special?.charAt(1) ?? '',
    };
  });
  return {
    oid,
    schema,
    name,
    kind,
    readable,
    columns: columns.sort((a, b) => a.number - b.number),
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
    target: json<ForeignTarget | null>(field.text(), null),
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
    expressions: json<readonly (string | null)[]>(field.text(), []).map((text) => {
      if (text === null) throw unstable();
      return text;
    }),
    predicate: field.text(),
    operatorClassOptions: field.text(),
  };
}

function readDefaults(rows: readonly TextRow[]): Map<Oid, Map<number, string>> {
  const defaults = new Map<Oid, Map<number, string>>();
  for (const row of rows) {
    const field = rowReader(row);
    const relation = field.must();
    const column = field.number();
    const text = field.must();
    const known = defaults.get(relation);
    if (known === undefined) defaults.set(relation, new Map([[column, text]]));
    else known.set(column, text);
  }
  return defaults;
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

/** The bindings of the query for names. */
function wantedNames(relations: ReadonlyMap<Oid, RawRelation>, indexes: readonly RawIndex[]): string[] {
  const typeKeys = new Set<string>();
  const collations = new Set<Oid>();
  const operatorClasses = new Set<Oid>();
  const methods = new Set<Oid>();
  for (const relation of relations.values()) {
    for (const column of relation.columns) {
      typeKeys.add(column.typeKey);
      if (column.collation !== null) collations.add(column.collation);
    }
  }
  for (const index of indexes) {
    methods.add(index.method);
    for (const oid of index.collations) collations.add(oid);
    for (const oid of index.operatorClasses) operatorClasses.add(oid);
  }
  const pairs = [...typeKeys].map((key) => key.split(':'));
  return [
    arrayLiteral(pairs.map(([oid]) => oid ?? NONE)),
    arrayLiteral(pairs.map(([, modifier]) => modifier ?? '-1')),
    arrayLiteral(collations),
    arrayLiteral(operatorClasses),
    arrayLiteral(methods),
  ];
}

function readNames(rows: readonly TextRow[]): Names {
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
