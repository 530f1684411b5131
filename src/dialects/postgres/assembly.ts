import { objectKey } from '../../schema/object-key.ts';
import type { CanonicalText, Column, ColumnDefault, ObjectKey } from '../../schema/snapshot.ts';
import { quoteIdentifier } from './quote.ts';
import type {
  Oid,
  RawCatalog,
  RawColumn,
  RawConstraint,
  RawDefaults,
  RawIndex,
  RawRelation,
  TypeName,
} from './raw-catalog.ts';
import { unstable } from './rows.ts';
import type { RuleSet } from './rules.ts';

/** What the assembly of every piece needs. */
export interface Assembly {
  readonly catalog: RawCatalog;
  readonly defaultSchema: string;
  readonly rules: RuleSet;
  /** Keys of relations, made once: every foreign key asks for one. */
  readonly keys: Map<Oid, ObjectKey>;
}

/** What the assembly of columns needs besides. */
export interface ColumnAssembly extends Assembly {
  readonly defaults: RawDefaults;
  /** Defaults and types already made canonical: a large schema repeats few of them. Defaults by type, then text. */
  readonly madeDefaults: Map<TypeName, Map<string, ColumnDefault>>;
  readonly madeTypes: Map<TypeName, CanonicalText>;
  /** Columns already made, by the text of their default, empty for none. A raw column stands for all that are equal. */
  readonly madeColumns: Map<RawColumn, Map<string, Column>>;
}

/** The key of a relation that was read. */
export function relationKey(relation: RawRelation, assembly: Assembly): ObjectKey {
  const known = assembly.keys.get(relation.oid);
  if (known !== undefined) return known;
  const made = objectKey(relation.schema, relation.name, assembly.defaultSchema);
  assembly.keys.set(relation.oid, made);
  return made;
}

/**
 * The column of a number, as a catalog's arrays give it; undefined where there is none. Numbers count from one and have gaps only where columns
 * were dropped, so the column is at its number or before.
 */
export function columnAt(relation: RawRelation, number: string): RawColumn | undefined {
  const wanted = Number(number);
  for (let at = Math.min(wanted, relation.columns.length) - 1; at >= 0; at -= 1) {
    const column = relation.columns[at];
    if (column === undefined || column.number === wanted) return column;
    if (column.number < wanted) return undefined;
  }
  return undefined;
}

/** The names of columns by their numbers. */
export function columnNames(relation: RawRelation, numbers: readonly string[]): string[] {
  return numbers.map((number) => {
    const column = columnAt(relation, number);
    if (column === undefined) throw unstable();
    return column.name;
  });
}

/** Quoted names between commas, for words. */
export function nameList(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(', ');
}

/** The index of its own table that a constraint stands on. */
export function indexOf(one: RawConstraint, catalog: RawCatalog): RawIndex | undefined {
  return catalog.indexes.get(one.relation)?.find((index) => index.oid === one.index);
}
