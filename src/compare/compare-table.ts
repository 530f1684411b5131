import { encodeTable, type TableFormat } from '../manifest/table-format.ts';
import { type Element, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import type { Collation, Table } from '../schema/snapshot.ts';
import type { RawDifference } from './difference.ts';

/** Names of the equivalences that comparing itself applies, as the report lists them. */
export const COMPARE_RULES = {
  /** Constraints and indexes are matched by structure: servers make their names up, and renaming a table leaves them behind. */
  names: 'constraint-and-index-names',
  /** Columns are a set: dropping and adding one again moves it. */
  columnOrder: 'column-order',
  /** The server's choice of collation, when nobody made one (`versions.md` B2 rule 6). */
  collation: 'default-collation',
} as const;

const LIST_OF = {
  column: 'columns',
  unique: 'uniques',
  'foreign-key': 'foreignKeys',
  check: 'checks',
  index: 'indexes',
  unmodelled: 'unmodelled',
} as const satisfies Record<Exclude<Element['kind'], 'primary-key'>, keyof TableFormat>;

/** An element as a manifest writes it. */
export function describeElement(table: Table, element: Element): unknown {
  const format = encodeTable(table);
  if (element.kind === 'primary-key') return format.primaryKey;
  return format[LIST_OF[element.kind]]?.[element.position];
}

function sameCollation(a: Collation | null, b: Collation | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.name === b.name || (a.databaseDefault && b.databaseDefault) || (a.charsetDefault && b.charsetDefault)
  );
}

/** Whether two elements of one identity are equal, given their tables. */
export function equalElements(expected: Table, a: Element, actual: Table, b: Element): boolean {
  if (a.value === b.value) return true;
  if (a.kind !== 'column' || b.kind !== 'column') return false;
  const left = expected.columns[a.position];
  const right = actual.columns[b.position];
  if (left === undefined || right === undefined || !sameCollation(left.collation, right.collation))
    return false;
  const rest = (value: string) => (JSON.parse(value) as unknown[]).filter((_, position) => position !== 5);
  return JSON.stringify(rest(a.value)) === JSON.stringify(rest(b.value));
}

/** The attributes in which two descriptions differ, each side. */
function differingAttributes(expected: unknown, actual: unknown): { expected: unknown; actual: unknown } {
  if (typeof expected !== 'object' || typeof actual !== 'object' || expected === null || actual === null) {
    return { expected, actual };
  }
  const left = expected as Record<string, unknown>;
  const right = actual as Record<string, unknown>;
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => name !== 'name' && JSON.stringify(left[name]) !== JSON.stringify(right[name]),
  );
  const pick = (from: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
  return { expected: pick(left), actual: pick(right) };
}

interface Pairing {
  readonly pairs: readonly (readonly [Element, Element])[];
  readonly missing: readonly Element[];
  readonly unexpected: readonly Element[];
}

/** Pairs by one text of each element; duplicates pair in order. */
function pairBy(
  expected: readonly Element[],
  actual: readonly Element[],
  text: (element: Element) => string,
): Pairing {
  const waiting = new Map<string, Element[]>();
  for (const element of actual) {
    const list = waiting.get(text(element));
    if (list === undefined) waiting.set(text(element), [element]);
    else list.push(element);
  }
  const pairs: [Element, Element][] = [];
  const missing: Element[] = [];
  for (const element of expected) {
    const partner = waiting.get(text(element))?.shift();
    if (partner === undefined) missing.push(element);
    else pairs.push([element, partner]);
  }
  const taken = new Set(pairs.map(([, partner]) => partner));
  return { pairs, missing, unexpected: actual.filter((element) => !taken.has(element)) };
}

/**
 * Pairs the elements of two tables: first what is wholly equal, then what is the same thing by structure, then by name, so that one
 * altered attribute is one difference and never a missing and an unexpected one.
 */
export function pairElements(expected: Table, actual: Table): Pairing {
  const equal = pairBy(
    tableElements(expected),
    tableElements(actual),
    (element) => `${element.kind}\n${element.identity}\n${element.value}`,
  );
  const structural = pairBy(
    equal.missing,
    equal.unexpected,
    (element) => `${element.kind}\n${element.identity}`,
  );
  const named = pairBy(
    structural.missing,
    structural.unexpected,
    (element) => `${element.kind}\n${element.kind === 'unmodelled' ? element.identity : element.name}`,
  );
  return {
    pairs: [...equal.pairs, ...structural.pairs, ...named.pairs],
    missing: named.missing,
    unexpected: named.unexpected,
  };
}

/**
 * Every difference between a table as expected and as it is; null is "not there". `compareTables(t, t)` is empty, and swapping the sides
 * swaps missing and unexpected. Order of columns and names of constraints and indexes are no difference.
 */
export function compareTables(
  owner: string,
  expected: Table | null,
  actual: Table | null,
): readonly RawDifference[] {
  const whole = { kind: 'table', owner, identity: '', name: '' } as const;
  if (expected === null && actual === null) return [];
  if (expected === null) return [{ ...whole, outcome: 'unexpected', actual: encodeTable(actual as Table) }];
  if (actual === null) return [{ ...whole, outcome: 'missing', expected: encodeTable(expected) }];
  if (tableHash(expected) === tableHash(actual)) return [];
  const { pairs, missing, unexpected } = pairElements(expected, actual);
  const at = (element: Element) => ({
    kind: element.kind,
    owner,
    identity: element.identity,
    name: element.name,
  });
  return [
    ...missing.map(
      (element): RawDifference => ({
        ...at(element),
        outcome: 'missing',
        expected: describeElement(expected, element),
      }),
    ),
    ...pairs
      .filter(([a, b]) => !equalElements(expected, a, actual, b))
      .map(
        ([a, b]): RawDifference => ({
          ...at(a),
          outcome: 'different',
          ...differingAttributes(describeElement(expected, a), describeElement(actual, b)),
        }),
      ),
    ...unexpected.map(
      (element): RawDifference => ({
        ...at(element),
        outcome: 'unexpected',
        actual: describeElement(actual, element),
      }),
    ),
  ];
}

/** Which of {@link COMPARE_RULES} were needed to call two equal tables equal. */
export function rulesBetween(expected: Table, actual: Table): readonly string[] {
  const rules: string[] = [];
  const { pairs } = pairElements(expected, actual);
  if (pairs.some(([a, b]) => a.kind !== 'column' && a.name !== b.name)) rules.push(COMPARE_RULES.names);
  const names = (table: Table) => table.columns.map((column) => column.name).join('\n');
  if (names(expected) !== names(actual)) rules.push(COMPARE_RULES.columnOrder);
  const collationOf = (table: Table, element: Element) =>
    element.kind === 'column' ? (table.columns[element.position]?.collation?.name ?? '') : '';
  if (pairs.some(([a, b]) => collationOf(expected, a) !== collationOf(actual, b)))
    rules.push(COMPARE_RULES.collation);
  return rules;
}
