import type { Session, TextRow } from '../../database/session.ts';
import type { Flavor } from './flavor.ts';
import {
  constraintsQuery,
  defaultsQuery,
  extrasQuery,
  indexesQuery,
  NAMES_QUERY,
  type ObjectCatalog,
  objectsQuery,
  relationsQuery,
} from './queries.ts';
import {
  type ColumnType,
  type ForeignTarget,
  type Names,
  NONE,
  type Oid,
  type OperatorClassName,
  type RawCatalog,
  type RawColumn,
  type RawConstraint,
  type RawDefaults,
  type RawExtra,
  type RawIndex,
  type RawObject,
  type RawRelation,
  type TypeName,
} from './raw-catalog.ts';
import {
  arrayItems,
  arrayLiteral,
  arrayTexts,
  numberedItems,
  parseJson,
  type RowReader,
  readRows,
  unstable,
  vectorItems,
  vectorNumbers,
} from './rows.ts';

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
  const askedExtras = ask(session, extrasQuery('schemas'), [oids, oids, oids, oids, oids]);
  const types = columnTypes();
  const relations = new Map(
    readRows(relationRows, (field) => readRelation(field, schemas, types)).map((one) => [one.oid, one]),
  );
  const extraRows = await askedExtras;
  const askedConstraints = ask(session, constraintsQuery(flavor, 'schemas'), [oids, oids]);
  const extras = readRows(extraRows, readExtra);
  const hanging = extras.filter((one) => one.kind !== FREE_SEQUENCE);
  const constraintRows = await askedConstraints;
  const askedIndexes = ask(session, indexesQuery(flavor, 'schemas'), [oids]);
  const constraints = readRows(constraintRows, readConstraint);
  const indexes = readRows(await askedIndexes, readIndex);
  const names = await session.query(NAMES_QUERY, [
    ...wantedNames(types, relations, indexes),
    oids,
    oids,
    oids,
  ]);
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
    names: readNames(names, types),
    beside: besideCatalogs(relations, names),
    extras: groupBy(hanging, (one) => one.relation),
    freeSequences: extras
      .filter((one) => one.kind === FREE_SEQUENCE)
      .map((one) => freeSequence(one, schemas)),
  };
}

/** Asks for the defaults of these schemas; what comes, {@link readDefaults} takes apart. */
export function askDefaults(
  session: Session,
  schemas: ReadonlyMap<Oid, string>,
  { relations }: RawCatalog,
): Promise<readonly TextRow[]> {
  const generated = [...relations.values()]
    .filter((one) => one.columns.some((column) => column.generated !== ''))
    .map((one) => one.oid);
  return ask(session, defaultsQuery('schemas'), [arrayLiteral(generated), arrayLiteral(schemas.keys())]);
}

/** Asks for the objects beside tables, where there are any; what comes, {@link readObjects} takes apart. */
export function askObjects(
  session: Session,
  flavor: Flavor,
  schemas: ReadonlyMap<Oid, string>,
  { beside }: RawCatalog,
): Promise<readonly TextRow[]> {
  if (beside.length === 0) return Promise.resolve([]);
  const oids = arrayLiteral(schemas.keys());
  const bindings = beside.map(() => oids);
  return ask(session, objectsQuery(flavor, beside), bindings);
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

/** The types of columns, each pair of oid and modifier once. */
interface ColumnTypes {
  of(oid: Oid, modifier: string): ColumnType;
  all(): readonly ColumnType[];
}

function columnTypes(): ColumnTypes {
  const byOid = new Map<Oid, Map<string, ColumnType>>();
  const of = (oid: Oid, modifier: string): ColumnType => {
    let byModifier = byOid.get(oid);
    if (byModifier === undefined) {
      byModifier = new Map();
      byOid.set(oid, byModifier);
    }
    let type = byModifier.get(modifier);
    if (type === undefined) {
      type = { oid, modifier };
      byModifier.set(modifier, type);
    }
    return type;
  };
  return { of, all: () => [...byOid.values()].flatMap((types) => [...types.values()]) };
}

function readRelation(
  field: RowReader,
  schemas: ReadonlyMap<Oid, string>,
  columnTypes: ColumnTypes,
): RawRelation {
  const oid = field.must();
  const schema = schemaName(schemas, field.must());
  const name = field.must();
  const kind = field.must();
  const readable = field.boolean();
  const columnNames = arrayTexts(field.text());
  const numbers = arrayItems(field.text());
  const types = arrayTexts(field.text());
  const modifiers = arrayTexts(field.text());
  const notNulls = field.text() ?? '';
  const collations = numberedItems(field.text());
  const specials = numberedItems(field.text());
  const columns = columnNames.map((columnName, at): RawColumn => {
    const number = numbers[at] ?? '';
    const special = specials.get(number);
    return {
      number: Number(number),
      name: columnName,
      type: columnTypes.of(types[at] ?? NONE, modifiers[at] ?? '-1'),
      collation: collations.get(number) ?? null,
      // An array of booleans, each of one letter: {t,f}
      notNull: notNulls.charAt(2 * at + 1) === 't',
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

function readConstraint(field: RowReader): RawConstraint {
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

function readIndex(field: RowReader): RawIndex {
  return {
    oid: field.must(),
    relation: field.must(),
    name: field.must(),
    method: field.must(),
    keyParts: field.number(),
    columns: vectorItems(field.must()),
    options: vectorNumbers(field.must()),
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

/** The defaults by relation and column. */
export function readDefaults(rows: readonly TextRow[]): RawDefaults {
  const defaults = new Map<Oid, (string | undefined)[]>();
  readRows(rows, (field) => {
    const relation = field.must();
    const column = field.number();
    const text = field.must();
    const known = defaults.get(relation) ?? [];
    if (known.length === 0) defaults.set(relation, known);
    known[column] = text;
  });
  return defaults;
}

function readExtra(field: RowReader): RawExtra {
  return {
    kind: field.must(),
    relation: field.must(),
    name: field.text() ?? '',
    text: field.must(),
    state: field.text() ?? '',
    flag: field.text() === 'true',
  };
}

/** The kind of row that EXTRAS_QUERY gives for a sequence that no column owns. */
const FREE_SEQUENCE = 'free-sequence';

function freeSequence(row: RawExtra, schemas: ReadonlyMap<Oid, string>): RawObject {
  const { relation: oid, name, text: payload, state } = row;
  return { kind: 'sequence', oid, schema: schemaName(schemas, state), name, payload };
}

/** The objects beside tables. */
export function readObjects(rows: readonly TextRow[], schemas: ReadonlyMap<Oid, string>): RawObject[] {
  return readRows(rows, (field) => ({
    kind: field.must(),
    oid: field.must(),
    schema: schemaName(schemas, field.must()),
    name: field.must(),
    payload: field.must(),
  }));
}

/** The kinds of relations that are objects beside tables and have a query of their own. */
const RELATION_OBJECTS = new Set(['v', 'm', 'f']);

/** The catalogs that have objects beside tables. */
function besideCatalogs(
  relations: ReadonlyMap<Oid, RawRelation>,
  names: readonly TextRow[],
): ObjectCatalog[] {
  const found = names.flatMap(([kind, , , catalog]) =>
    kind === 'beside' ? [catalog as Exclude<ObjectCatalog, 'relation'>] : [],
  );
  const hasRelations = [...relations.values()].some(({ kind }) => RELATION_OBJECTS.has(kind));
  return hasRelations ? ['relation', ...found] : found;
}

/** The bindings of the query for names, but for the schemas. */
function wantedNames(
  types: ColumnTypes,
  relations: ReadonlyMap<Oid, RawRelation>,
  indexes: readonly RawIndex[],
): string[] {
  const collations = new Set<Oid>();
  const operatorClasses = new Set<Oid>();
  const methods = new Set<Oid>();
  for (const relation of relations.values()) {
    for (const { collation } of relation.columns) if (collation !== null) collations.add(collation);
  }
  for (const index of indexes) {
    methods.add(index.method);
    for (const oid of index.collations) collations.add(oid);
    for (const oid of index.operatorClasses) operatorClasses.add(oid);
  }
  const pairs = types.all();
  return [
    arrayLiteral(pairs.map(({ oid }) => oid)),
    arrayLiteral(pairs.map(({ modifier }) => modifier)),
    arrayLiteral(collations),
    arrayLiteral(operatorClasses),
    arrayLiteral(methods),
  ];
}

function readNames(rows: readonly TextRow[], columnTypes: ColumnTypes): Names {
  const types = new Map<ColumnType, TypeName>();
  const collationNames = new Map<Oid, string>();
  const operatorClasses = new Map<Oid, OperatorClassName>();
  const methods = new Map<Oid, string>();
  for (const [kind, oid = '', modifier, text, first, second, third, fourth] of rows) {
    if (oid === null || text == null) throw unstable();
    if (kind === 'beside') continue;
    if (kind === 'type') {
      types.set(columnTypes.of(oid, modifier ?? '-1'), {
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
