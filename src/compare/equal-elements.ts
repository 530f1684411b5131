import { sameCollation } from '../schema/collation.ts';
import type { Element } from '../schema/elements.ts';
import { sameText } from '../schema/same-elements.ts';
import type { Column, ColumnDefault, Table } from '../schema/snapshot.ts';
import { rulesNeeded } from './comparing-rules.ts';

/** Equal, or one expects another constant on every run and the other has a constant of that kind. */
function sameDefault(a: ColumnDefault, b: ColumnDefault): boolean {
  if (a.kind === 'varying') return a.of === (b.kind === 'varying' ? b.of : b.kind);
  if (b.kind === 'varying') return b.of === a.kind;
  const text = (value: typeof a) =>
    value.kind === 'literal' || value.kind === 'expression' ? value.canonical : '';
  return a.kind === b.kind && text(a) === text(b);
}

/** Which attributes of two columns are equal though their texts differ, because nobody chose them. */
export function equalUnlike(a: Column, b: Column): readonly ('collation' | 'default')[] {
  return [
    ...(sameCollation(a.collation, b.collation) ? (['collation'] as const) : []),
    ...(sameDefault(a.default, b.default) ? (['default'] as const) : []),
  ];
}

function equalColumns(a: Column, b: Column): boolean {
  return (
    a.nullable === b.nullable &&
    sameText(a.type, b.type) &&
    sameDefault(a.default, b.default) &&
    sameCollation(a.collation, b.collation) &&
    a.identity === b.identity &&
    a.generated?.kind === b.generated?.kind &&
    sameText(a.generated?.expression ?? null, b.generated?.expression ?? null) &&
    a.extra === b.extra
  );
}

/** The columns that two elements are; null where one of them is no column. */
export function columnsOf(
  expected: Table,
  a: Element,
  actual: Table,
  b: Element,
): readonly [Column, Column] | null {
  if (a.kind !== 'column' || b.kind !== 'column') return null;
  const left = expected.columns[a.position];
  const right = actual.columns[b.position];
  return left === undefined || right === undefined ? null : [left, right];
}

/** Whether two elements of one identity are equal, given their tables, by every rule there is. */
export function equalByAnyRule(expected: Table, a: Element, actual: Table, b: Element): boolean {
  if (a.value === b.value) return true;
  const columns = columnsOf(expected, a, actual, b);
  return columns !== null && equalColumns(...columns);
}

/** Whether two elements of one identity are equal, given their tables, without the rules that are switched off. */
export function equalElements(expected: Table, a: Element, actual: Table, b: Element): boolean {
  return equalByAnyRule(expected, a, actual, b) && rulesNeeded(expected, a, actual, b).length === 0;
}
