import type { Element } from '../schema/elements.ts';
import type { Table } from '../schema/snapshot.ts';
import { COMPARE_RULES } from './rules.ts';

/** The column that one stands right after, of those that the other table has too; null where it is the first of them. */
export function columnBefore(table: Table, other: Table, position: number): string | null {
  for (let at = position - 1; at >= 0; at -= 1) {
    const name = table.columns[at]?.name ?? '';
    if (other.columns.some((column) => column.name === name)) return name;
  }
  return null;
}

function columnRules(expected: Table, a: Element, actual: Table, b: Element): string[] {
  const [x, y] = [expected.columns[a.position], actual.columns[b.position]];
  if (x === undefined || y === undefined) return [];
  const moved = columnBefore(expected, actual, a.position) !== columnBefore(actual, expected, b.position);
  const varying = x.default.kind === 'varying' && y.default.kind !== 'varying';
  return [
    ...(moved ? [COMPARE_RULES.columnOrder] : []),
    ...(x.collation?.name === y.collation?.name ? [] : [COMPARE_RULES.collation]),
    ...(varying ? [COMPARE_RULES.varying] : []),
  ];
}

/** Which of the rules of comparing that are switched off it takes to call two elements equal. */
export function rulesNeeded(expected: Table, a: Element, actual: Table, b: Element): readonly string[] {
  const off = actual.strict?.off;
  if (off === undefined) return [];
  if (a.kind === 'column') {
    return columnRules(expected, a, actual, b).filter((rule) => off.includes(rule));
  }
  // A primary key may be recorded without its name.
  const named = a.kind !== 'primary-key' || expected.primaryKey?.name != null;
  const renamed = named && a.kind !== 'unmodelled' && a.name !== b.name;
  return renamed && off.includes(COMPARE_RULES.names) ? [COMPARE_RULES.names] : [];
}
