import type { CanonicalText, ColumnDefault } from '../../schema/snapshot.ts';
import type { RawCatalog, RawRelation, TypeName } from './catalog.ts';
import { quoteIdentifier } from './quote.ts';
import type { RuleSet } from './rewrites.ts';
import { unstable } from './rows.ts';

/** What the assembly of every piece needs. */
export interface Assembly {
  readonly catalog: RawCatalog;
  readonly defaultSchema: string;
  readonly rules: RuleSet;
  /** Defaults and types already made canonical, by text and type: a large schema repeats few of them. */
  readonly defaults: Map<string, ColumnDefault>;
  readonly types: Map<TypeName, CanonicalText>;
}

/** The names of columns by their numbers. */
export function columnNames(relation: RawRelation, numbers: readonly string[]): string[] {
  return numbers.map((number) => {
    const column = relation.byNumber.get(number);
    if (column === undefined) throw unstable();
    return column.name;
  });
}

/** Quoted names between commas, for words. */
export function nameList(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(', ');
}
