import type { RawDifference } from '../compare/difference.ts';
import type { Chain, Timeline } from '../manifest/chain.ts';
import { columnValue, elementsOfKind } from '../schema/elements.ts';
import type { Column, Table } from '../schema/snapshot.ts';
import type { GradedDifference } from './matcher.ts';

/** The value of what a difference is about, in one version of its owner; null where that version does not have it. */
function valueIn(table: Table | null, difference: RawDifference): string | null {
  if (table === null) return null;
  const { kind } = difference;
  if (kind === 'table') return '';
  if (kind === 'object') return null;
  if (kind === 'column') {
    const column = table.columns.find(({ name }) => name === difference.name);
    return column === undefined ? null : columnValue(column);
  }
  const elements = elementsOfKind(table, kind);
  const found =
    elements.find((element) => element.identity === difference.identity) ??
    elements.find((element) => element.name === difference.name);
  return found?.value ?? null;
}

/** The same of a column, whose text is made once for the versions that share it. */
function columnValues(timeline: Timeline<Table>, name: string): { from: number; value: string | null }[] {
  let [shared, text]: [Column | undefined, string | null] = [undefined, null];
  return timeline.map(({ from, value }) => {
    const column = value?.columns.find((one) => one.name === name);
    if (column !== shared) {
      shared = column;
      text = column === undefined ? null : columnValue(column);
    }
    return { from, value: text };
  });
}

/** For each version of the owner: where it begins, and the value there. */
function valuesOf(chain: Chain, difference: RawDifference): { from: number; value: string | null }[] {
  if (difference.kind === 'object') {
    return (chain.objects.get(difference.owner) ?? []).map(({ from, value }) => ({
      from,
      value: value?.definition ?? null,
    }));
  }
  const timeline: Timeline<Table> = chain.tables.get(difference.owner) ?? [];
  if (difference.kind === 'column') return columnValues(timeline, difference.name);
  return timeline.map(({ from, value }) => ({ from, value: valueIn(value, difference) }));
}

/** The revision of which a variant knows what is there: of the one seen from rather than of another. */
function knownToVariant(chain: Chain, index: number, difference: RawDifference): number | undefined {
  const knowing = chain.variants.filter((variant) =>
    difference.kind === 'object'
      ? variant.objects.get(difference.owner) != null
      : valueIn(variant.tables.get(difference.owner) ?? null, difference) !== null,
  );
  return (knowing.find((variant) => variant.of === index) ?? knowing[0])?.of;
}

/**
 * The revision a difference is owed to, seen from revision `index`; null when no revision knows it.
 *
 * What is missing or different: the revision that made it what it should be. What is unexpected: the next later revision that brings it (a
 * forerunner), else the last earlier one that brought it (a leftover); but what is unexpected and does not block is nobody's, also where it
 * is a copy of what a revision brought. What only a variant knows is owed to the revision of that.
 */
export function introducedBy(chain: Chain, index: number, difference: GradedDifference): string | null {
  const starts: number[] = [];
  let before: string | null = null;
  for (const { from, value } of valuesOf(chain, difference)) {
    if (value !== null && value !== before) starts.push(from);
    before = value;
  }
  const earlier = starts.filter((from) => from <= index).at(-1);
  const later = starts.find((from) => from > index);
  const known = difference.outcome === 'unexpected' ? (later ?? earlier) : earlier;
  if (known !== undefined && difference.outcome === 'unexpected' && difference.grade !== 'blocking')
    return null;
  const chosen = known ?? knownToVariant(chain, index, difference);
  return chosen === undefined ? null : (chain.revisions[chosen]?.name ?? null);
}

/** The last revision up to `index` that took away what a difference is about; null where none did, and it is nobody's leftover. */
export function removedBy(chain: Chain, index: number, difference: RawDifference): string | null {
  let removed: number | null = null;
  let before: string | null = null;
  for (const { from, value } of valuesOf(chain, difference)) {
    if (from > index) break;
    if (value === null && before !== null) removed = from;
    before = value;
  }
  return removed === null || before !== null ? null : (chain.revisions[removed]?.name ?? null);
}
