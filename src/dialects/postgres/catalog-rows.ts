import type { TextRow } from '../../database/session.ts';
import { boundedMemo } from '../../util/bounded-memo.ts';
import {
  type ColumnTypes,
  type ConstraintShape,
  type IndexShape,
  NONE,
  type Oid,
  type RawColumn,
  type RawConstraint,
  type RawDefaults,
  type RawExtra,
  type RawIndex,
  type RawObject,
  type RawRelation,
} from './raw-catalog.ts';
import {
  arrayItems,
  arrayTexts,
  MOST_REMEMBERED,
  numberedItems,
  parseJson,
  type RowReader,
  readRows,
  unstable,
  vectorItems,
} from './rows.ts';

/*
 * The rows that the queries of `queries.ts` give, taken apart.
 */

/** The name of a schema in scope. */
function schemaName(schemas: ReadonlyMap<Oid, string>, oid: Oid): string {
  const name = schemas.get(oid);
  if (name === undefined) throw unstable();
  return name;
}

const NO_COLUMNS: readonly RawColumn[] = [];

/** The columns of a relation, and which of them are not plain ones. */
function readColumns(
  field: RowReader,
  columnTypes: ColumnTypes,
): Pick<RawRelation, 'columns' | 'specialColumns'> {
  const names = arrayTexts(field.text());
  const packed = arrayTexts(field.text());
  const modifiers = arrayTexts(field.text());
  const collations = numberedItems(field.text());
  const specials = numberedItems(field.text());
  const arePlain = collations.size === 0 && specials.size === 0;
  const specialColumns: RawColumn[] = [];
  let last = 0;
  let inOrder = true;
  const columns = names.map((name, at): RawColumn => {
    const plain = columnTypes.plain(packed[at] ?? '', modifiers[at] ?? '-1', name);
    if (plain.number < last) inOrder = false;
    last = plain.number;
    if (arePlain) return plain;
    const number = String(plain.number);
    const collation = collations.get(number);
    const special = specials.get(number);
    if (collation === undefined && special === undefined) return plain;
    const made: RawColumn = {
      ...plain,
      collation: collation ?? null,
      identity: special?.charAt(0) ?? '',
      generated: special?.charAt(1) ?? '',
    };
    specialColumns.push(made);
    return made;
  });
  return {
    columns: inOrder ? columns : columns.sort((a, b) => a.number - b.number),
    specialColumns: arePlain ? NO_COLUMNS : specialColumns,
  };
}

/** A row of `relationsQuery`. */
export function readRelation(
  field: RowReader,
  schemas: ReadonlyMap<Oid, string>,
  columnTypes: ColumnTypes,
): RawRelation {
  const oid = field.must();
  const schema = schemaName(schemas, field.must());
  const name = field.must();
  const kind = field.must();
  const readable = field.boolean();
  const { columns, specialColumns } = readColumns(field, columnTypes);
  return {
    oid,
    schema,
    name,
    kind,
    readable,
    columns,
    specialColumns,
    flags: field.words(),
    partitionKey: field.text(),
    partitionBound: field.text(),
    ofType: field.text(),
  };
}

const constraintShape = boundedMemo((text): ConstraintShape => {
  const [kind = '', columns = '', referencedColumns = '', onUpdate = '', onDelete = '', ...more] =
    text.split('|');
  const [match = '', setColumns = '', ...flags] = more;
  return {
    kind,
    flags: new Set(flags),
    columns: arrayItems(columns),
    referencedColumns: arrayItems(referencedColumns),
    onUpdate,
    onDelete,
    match,
    setColumns: arrayItems(setColumns),
  };
}, MOST_REMEMBERED);

/** A row of `constraintsQuery`. */
export function readConstraint(field: RowReader): RawConstraint {
  const oids = field.must().split(' ');
  const [oid = NONE, relation = NONE, domain = NONE, referenced = NONE, index = NONE, parent = NONE] = oids;
  const name = field.must();
  const shape = constraintShape(field.must());
  return { oid, relation, domain, name, shape, referenced, index, parent, text: field.text() };
}

const indexShape = boundedMemo((text): IndexShape => {
  const [method = NONE, keyParts = '', columns = '', options = '', classes = '', ...more] = text.split('|');
  const [collations = '', ...flags] = more;
  return {
    method,
    keyParts: Number(keyParts),
    columns: vectorItems(columns),
    options: vectorItems(options).map(Number),
    operatorClasses: vectorItems(classes),
    collations: vectorItems(collations),
    flags: new Set(flags),
  };
}, MOST_REMEMBERED);

/** A row of `indexesQuery`. */
export function readIndex(field: RowReader): RawIndex {
  const [oid = NONE, relation = NONE] = field.must().split(' ');
  const name = field.must();
  const shape = indexShape(field.must());
  const expressions = field.text();
  return {
    oid,
    relation,
    name,
    shape,
    expressions: expressions === null ? NO_EXPRESSIONS : readExpressions(expressions),
    predicate: field.text(),
    operatorClassOptions: field.text(),
  };
}

const NO_EXPRESSIONS: readonly string[] = [];

function readExpressions(json: string): readonly string[] {
  return parseJson<readonly (string | null)[]>(json).map((text) => {
    if (text === null) throw unstable();
    return text;
  });
}

/** The defaults by relation and column, beside those of other relations. */
export function readDefaults(rows: readonly TextRow[], others: RawDefaults = new Map()): RawDefaults {
  const defaults = new Map<Oid, (string | undefined)[]>();
  readRows(rows, (field) => {
    const relation = field.must();
    const column = field.number();
    const text = field.must();
    const known = defaults.get(relation) ?? [];
    if (known.length === 0) defaults.set(relation, known);
    known[column] = text;
  });
  return others.size === 0 ? defaults : new Map([...others, ...defaults]);
}

/** A row of `extrasQuery`. */
export function readExtra(field: RowReader): RawExtra {
  return {
    kind: field.must(),
    relation: field.must(),
    name: field.text() ?? '',
    text: field.must(),
    state: field.text() ?? '',
    sequence: field.text(),
  };
}

/** The kind of row that `extrasQuery` gives for a sequence that no column owns. */
export const FREE_SEQUENCE = 'free-sequence';

/** A sequence that no column owns. */
export function freeSequence(row: RawExtra, schemas: ReadonlyMap<Oid, string>): RawObject {
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
