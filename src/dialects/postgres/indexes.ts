import type { Index, IndexPart } from '../../schema/snapshot.ts';
import { sortedBy } from '../../util/order.ts';
import { type Assembly, columnAt, columnNames, nameList } from './assembly.ts';
import { canonicalExpression } from './normalize.ts';
import { quoteIdentifier } from './quote.ts';
import { DEFAULT_COLLATION, type RawConstraint, type RawIndex, type RawRelation } from './raw-catalog.ts';
import { unstable } from './rows.ts';

/** Bits of `pg_index.indoption` (`pg_index.h`: INDOPTION_DESC, INDOPTION_NULLS_FIRST). */
const DESCENDING = 1;
const NULLS_FIRST = 2;

/** The indexes that no constraint of the table stands for, by name. */
export function assembleIndexes(
  relation: RawRelation,
  constraints: readonly RawConstraint[],
  assembly: Assembly,
): Index[] {
  const standsFor = (one: RawConstraint, index: RawIndex): boolean =>
    one.index === index.oid && (one.shape.kind === 'p' || one.shape.kind === 'u' || one.shape.kind === 'x');
  const own = (assembly.catalog.indexes.get(relation.oid) ?? []).filter(
    (index) => !constraints.some((one) => standsFor(one, index)),
  );
  return sortedBy(own, (one) => one.name).map((one) => assembleIndex(one, relation, assembly));
}

/** One index. */
export function assembleIndex(index: RawIndex, relation: RawRelation, assembly: Assembly): Index {
  const method = assembly.catalog.names.methods.get(index.shape.method);
  if (method === undefined) throw unstable();
  let expression = 0;
  const parts = index.shape.columns.slice(0, index.shape.keyParts).map((number, at) => {
    const text = number === '0' ? index.expressions[expression++] : undefined;
    return part(index, at, text, relation, assembly);
  });
  return {
    name: index.name,
    unique: index.shape.flags.has('unique'),
    method,
    parts,
    include: columnNames(relation, index.shape.columns.slice(index.shape.keyParts)),
    predicate: index.predicate === null ? null : canonicalExpression(index.predicate, assembly.rules),
    nullsNotDistinct: index.shape.flags.has('nulls-not-distinct'),
    valid: !index.shape.flags.has('invalid'),
  };
}

function part(
  index: RawIndex,
  at: number,
  text: string | undefined,
  relation: RawRelation,
  assembly: Assembly,
): IndexPart {
  const number = index.shape.columns[at] ?? '0';
  const column = columnAt(relation, number);
  if (column === undefined && text === undefined) throw unstable();
  const option = index.shape.options[at] ?? 0;
  const descending = (option & DESCENDING) !== 0;
  const nullsFirst = (option & NULLS_FIRST) !== 0;
  return {
    column: column?.name ?? null,
    expression: text === undefined ? null : canonicalExpression(text, assembly.rules),
    order: descending ? 'desc' : 'asc',
    // Nulls come first in a descending order unless something else was said (manual, CREATE INDEX).
    nulls: nullsFirst === descending ? null : nullsFirst ? 'first' : 'last',
    operatorClass: operatorClass(index.shape.operatorClasses[at] ?? '0', column?.type.oid, assembly),
    collation: collation(index.shape.collations[at] ?? '0', column?.collation ?? DEFAULT_COLLATION, assembly),
    length: null,
  };
}

/**
 * The operator class, unless it is its type's default. A class for another type than the column's is the default only where the server would
 * choose it too: polymorphic classes (arrays, enums, ranges), and `text` for `character varying`. In doubt it is named, which is always right.
 */
function operatorClass(oid: string, columnType: string | undefined, assembly: Assembly): string | null {
  const found = assembly.catalog.names.operatorClasses.get(oid);
  if (found === undefined) throw unstable();
  const TEXT = '25';
  const VARCHAR = '1043';
  const natural =
    columnType === undefined ||
    found.polymorphic ||
    found.inputType === columnType ||
    (found.inputType === TEXT && columnType === VARCHAR);
  return found.isDefault && natural ? null : found.name;
}

function collation(oid: string, own: string, assembly: Assembly): string | null {
  if (oid === '0' || oid === own) return null;
  const name = assembly.catalog.names.collations.get(oid);
  if (name === undefined) throw unstable();
  return name;
}

/** An index in one line, without its name: for what has no place for indexes in the model, such as materialized views. */
export function indexText(index: RawIndex, relation: RawRelation, assembly: Assembly): string {
  const made = assembleIndex(index, relation, assembly);
  const parts = made.parts.map((one) =>
    [
      one.column === null ? `(${one.expression?.canonical ?? ''})` : quoteIdentifier(one.column),
      one.collation === null ? '' : `collate ${one.collation}`,
      one.operatorClass ?? '',
      one.order === 'desc' ? 'desc' : '',
      one.nulls === null ? '' : `nulls ${one.nulls}`,
    ]
      .filter((word) => word !== '')
      .join(' '),
  );
  return [
    made.unique ? 'unique index' : 'index',
    `using ${made.method} (${parts.join(', ')})`,
    made.include.length > 0 ? `include (${nameList(made.include)})` : '',
    made.nullsNotDistinct ? 'nulls not distinct' : '',
    made.predicate === null ? '' : `where ${made.predicate.canonical}`,
    made.valid ? '' : 'invalid',
  ]
    .filter((word) => word !== '')
    .join(' ');
}
