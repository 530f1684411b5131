import type { TextRow } from '../../database/session.ts';
import type {
  ColumnTypes,
  Oid,
  RawColumn,
  RawConstraint,
  RawDefaults,
  RawExtra,
  RawIndex,
  RawObject,
  RawRelation,
} from './raw-catalog.ts';
import {
  arrayItems,
  arrayTexts,
  numberedItems,
  parseJson,
  type RowReader,
  readRows,
  unstable,
  vectorItems,
  vectorNumbers,
} from './rows.ts';

/*
 * The rows that the queries of `queries.ts` give, taken apart.
 */

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

/** The columns of a relation, in order of their numbers. */
function readColumns(field: RowReader, columnTypes: ColumnTypes): readonly RawColumn[] {
  const names = arrayTexts(field.text());
  const packed = arrayTexts(field.text());
  const modifiers = arrayTexts(field.text());
  const collations = numberedItems(field.text());
  const specials = numberedItems(field.text());
  const arePlain = collations.size === 0 && specials.size === 0;
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
    return {
      ...plain,
      collation: collation ?? null,
      identity: special?.charAt(0) ?? '',
      generated: special?.charAt(1) ?? '',
    };
  });
  return inOrder ? columns : columns.sort((a, b) => a.number - b.number);
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
  const columns = readColumns(field, columnTypes);
  return {
    oid,
    schema,
    name,
    kind,
    readable,
    columns,
    flags: field.words(),
    partitionKey: field.text(),
    partitionBound: field.text(),
    ofType: field.text(),
  };
}

/** A row of `constraintsQuery`. */
export function readConstraint(field: RowReader): RawConstraint {
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
  };
}

/** A row of `indexesQuery`. */
export function readIndex(field: RowReader): RawIndex {
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
