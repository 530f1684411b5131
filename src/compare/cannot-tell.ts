import { type Element, tableElements } from '../schema/elements.ts';
import type { CanonicalText, Column, ColumnDefault, Index, IndexPart, Table } from '../schema/snapshot.ts';

/*
 * The third answer. Two texts that are the same word for word are equal, read or not. Of two that are not, and of which one could not be taken
 * apart, nobody can tell: an unknown spelling of one thing looks just like another thing.
 */

/** Whether two texts, as they stand in one place of two tables, are unlike and cannot be judged. */
type Unclear = (a: CanonicalText, b: CanonicalText) => boolean;

const BLANK: CanonicalText = { raw: '', canonical: '' };

function clearTexts(
  a: CanonicalText | null,
  b: CanonicalText | null,
  unclear: Unclear,
): readonly [CanonicalText | null, CanonicalText | null] {
  return a !== null && b !== null && unclear(a, b) ? [BLANK, BLANK] : [a, b];
}

const isText = (value: ColumnDefault) => value.kind === 'literal' || value.kind === 'expression';

function clearColumns(a: Column, b: Column, unclear: Unclear): readonly [Column, Column] {
  const blank: ColumnDefault = { kind: 'expression', ...BLANK };
  const [x, y] = [a.default, b.default];
  const defaults = isText(x) && isText(y) && unclear(x, y) ? [blank, blank] : [x, y];
  const [g, h] = [a.generated, b.generated];
  const expressions = clearTexts(g?.expression ?? null, h?.expression ?? null, unclear);
  const clear = (column: Column, at: 0 | 1): Column => ({
    ...column,
    default: defaults[at] ?? column.default,
    generated:
      column.generated === null
        ? null
        : { ...column.generated, expression: expressions[at] ?? column.generated.expression },
  });
  return [clear(a, 0), clear(b, 1)];
}

function clearIndexes(a: Index, b: Index, unclear: Unclear): readonly [Index, Index] {
  const predicates = clearTexts(a.predicate, b.predicate, unclear);
  const expressions = a.parts.map((part, at) =>
    clearTexts(part.expression, b.parts[at]?.expression ?? null, unclear),
  );
  const clear = (index: Index, side: 0 | 1): Index => ({
    ...index,
    predicate: predicates[side],
    parts: index.parts.map(
      (part, at): IndexPart => ({ ...part, expression: expressions[at]?.[side] ?? part.expression }),
    ),
  });
  return [clear(a, 0), clear(b, 1)];
}

/** Two tables of which only one element each counts, the texts that cannot be judged left out; null where the kind has no texts. */
function clearTables(expected: Table, a: Element, actual: Table, b: Element): readonly [Table, Table] | null {
  const unread = new Set([...(expected.unread ?? []), ...(actual.unread ?? [])]);
  const unclear: Unclear = (x, y) =>
    x.canonical !== y.canonical && (unread.has(x.canonical) || unread.has(y.canonical));
  switch (a.kind) {
    case 'column': {
      const [x, y] = [expected.columns[a.position], actual.columns[b.position]];
      if (x === undefined || y === undefined) return null;
      const [p, q] = clearColumns(x, y, unclear);
      return [
        { ...expected, columns: [p] },
        { ...actual, columns: [q] },
      ];
    }
    case 'check': {
      const [x, y] = [expected.checks[a.position], actual.checks[b.position]];
      if (x === undefined || y === undefined || !unclear(x.expression, y.expression)) return null;
      return [
        { ...expected, checks: [{ ...x, expression: BLANK }] },
        { ...actual, checks: [{ ...y, expression: BLANK }] },
      ];
    }
    case 'index': {
      const [x, y] = [expected.indexes[a.position], actual.indexes[b.position]];
      if (x === undefined || y === undefined) return null;
      const [p, q] = clearIndexes(x, y, unclear);
      return [
        { ...expected, indexes: [p] },
        { ...actual, indexes: [q] },
      ];
    }
    default:
      return null;
  }
}

/** Whether two elements are equal; see `equalElements`. */
type Equal = (expected: Table, a: Element, actual: Table, b: Element) => boolean;

/** Whether two elements of one kind that are not equal may be so all the same: what is unlike in them are only texts that nobody can judge. */
export function mayBeEqual(expected: Table, a: Element, actual: Table, b: Element, equal: Equal): boolean {
  if (a.kind !== b.kind || (expected.unread === undefined && actual.unread === undefined)) return false;
  const cleared = clearTables(expected, a, actual, b);
  if (cleared === null) return false;
  const [left, right] = cleared;
  const only = (table: Table) => tableElements(table).find(({ kind }) => kind === a.kind);
  const [x, y] = [only(left), only(right)];
  return x !== undefined && y !== undefined && equal(left, x, right, y);
}
