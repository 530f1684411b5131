import { encodeElement, encodeTable } from '../manifest/encode-table.ts';
import { type Element, type ElementKind, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import type { Table } from '../schema/snapshot.ts';
import { mayBeEqual } from './cannot-tell.ts';
import { columnBefore, rulesNeeded } from './comparing-rules.ts';
import type { Disagreement, RawDifference } from './difference.ts';
import { columnsOf, equalByAnyRule, equalElements, equalUnlike } from './equal-elements.ts';
import { NO_PAIRS, type Pairing, pairElements } from './pair-elements.ts';
import { COMPARE_RULES } from './rules.ts';
import { rulesOfElement } from './without-rules.ts';

/** What takes a rule to be equal and is not an attribute as a manifest writes it: where a column stands, a collation nobody chose. */
function ruledAttributes(
  table: Table,
  { position }: Element,
  other: Table,
  rules: readonly string[],
): Record<string, unknown> {
  return {
    ...(rules.includes(COMPARE_RULES.columnOrder) ? { after: columnBefore(table, other, position) } : {}),
    ...(rules.includes(COMPARE_RULES.collation)
      ? { collation: table.columns[position]?.collation?.name ?? null }
      : {}),
  };
}

/** The attributes in which two paired elements differ, each side as a manifest writes it. */
function differingAttributes(
  expected: Table,
  a: Element,
  actual: Table,
  b: Element,
): { expected: unknown; actual: unknown } {
  const left = encodeElement(expected, a);
  const right = encodeElement(actual, b);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return { expected: left, actual: right };
  }
  const columns = columnsOf(expected, a, actual, b);
  const rules = rulesNeeded(expected, a, actual, b);
  const equal = [
    ...(rules.includes(COMPARE_RULES.names) || columns !== null ? [] : ['name']),
    ...(columns === null || rules.length > 0 ? [] : equalUnlike(...columns)),
  ];
  const sides: readonly [Record<string, unknown>, Record<string, unknown>] = [
    { ...left, ...ruledAttributes(expected, a, actual, rules) },
    { ...right, ...ruledAttributes(actual, b, expected, rules) },
  ];
  const names = [...new Set(sides.flatMap((side) => Object.keys(side)))].filter(
    (name) => !equal.includes(name) && JSON.stringify(sides[0][name]) !== JSON.stringify(sides[1][name]),
  );
  const pick = (side: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, side[name] ?? null]));
  return { expected: pick(sides[0]), actual: pick(sides[1]) };
}

/** A disagreement within a table, with the elements on its sides; null for the side that is not there. */
export interface Finding extends Disagreement {
  readonly kind: ElementKind;
  readonly sides: readonly [expected: Element | null, actual: Element | null];
}

/** What is found of an element that stands on one side, or of two that stand for each other. */
function finding(
  owner: string,
  outcome: Finding['outcome'],
  element: Element,
  expected: Element | null,
  actual: Element | null,
): Finding {
  const { kind, identity, name } = element;
  return { kind, owner, identity, name, outcome, sides: [expected, actual] };
}

/**
 * What a pair comes to that was found by every rule: nothing, a difference, one of the rules that are switched off, or that nobody can tell.
 */
function judgePair(
  owner: string,
  expected: Table,
  a: Element,
  actual: Table,
  paired: Element,
): Finding | null {
  const b = elementInPlaceOf(actual, paired);
  // A column that only a rule gives its name.
  const renamed = a.kind === 'column' && b.name !== paired.name;
  if (equalElements(expected, a, actual, b) && !renamed) return null;
  const canonical = actual.strict?.canonical;
  if (canonical !== undefined && equalByAnyRule(expected, a, canonical, paired)) {
    const rules = [...rulesOfElement(actual, b), ...rulesNeeded(expected, a, actual, b)];
    return { ...finding(owner, 'different', a, a, b), rules };
  }
  const unclear = mayBeEqual(expected, a, actual, b, equalByAnyRule);
  return finding(owner, unclear ? 'cannot-tell' : 'different', a, a, b);
}

/** An element as a table has it that was read without some rules, given the one in its place with every rule. */
function elementInPlaceOf(actual: Table, element: Element): Element {
  if (actual.strict === undefined) return element;
  const { kind, position } = element;
  return tableElements(actual).find((one) => one.kind === kind && one.position === position) ?? element;
}

/** Of what has no partner, the pairs of which nobody can tell whether they are one thing. */
function unclearPairs(
  expected: Table,
  actual: Table,
  missing: readonly Element[],
  unexpected: readonly Element[],
): Pairing['pairs'] {
  if (expected.unread === undefined && actual.unread === undefined) return NO_PAIRS.pairs;
  const open = [...unexpected];
  return missing.flatMap((a): [Element, Element][] => {
    const at = open.findIndex((b) => mayBeEqual(expected, a, actual, b, equalByAnyRule));
    const [b] = at < 0 ? [] : open.splice(at, 1);
    return b === undefined ? [] : [[a, b]];
  });
}

const NOTHING_TAKEN: ReadonlySet<Element> = new Set();

/** Where two tables disagree: {@link compareTables} without the evidence, which costs more than finding. */
export function findDifferences(owner: string, expected: Table, actual: Table): readonly Finding[] {
  const { pairs, missing, unexpected } = pairElements(expected, actual);
  const unclear = unclearPairs(expected, actual.strict?.canonical ?? actual, missing, unexpected);
  const taken = unclear.length === 0 ? NOTHING_TAKEN : new Set(unclear.flat());
  const found: Finding[] = [];
  for (const element of missing)
    if (!taken.has(element)) found.push(finding(owner, 'missing', element, element, null));
  for (const pair of pairs) {
    const judged = judgePair(owner, expected, pair[0], actual, pair[1]);
    if (judged !== null) found.push(judged);
  }
  for (const pair of unclear) found.push(finding(owner, 'cannot-tell', pair[0], pair[0], pair[1]));
  for (const element of unexpected)
    if (!taken.has(element)) found.push(finding(owner, 'unexpected', element, null, element));
  return found;
}

/** What was found between two tables, with its evidence. */
export function withEvidence(
  { sides: [a, b], ...difference }: Finding,
  expected: Table,
  actual: Table,
): RawDifference {
  if (a !== null && b !== null) return { ...difference, ...differingAttributes(expected, a, actual, b) };
  if (a !== null) return { ...difference, expected: encodeElement(expected, a) };
  return b === null ? difference : { ...difference, actual: encodeElement(actual, b) };
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
  if (expected === null) {
    const rules = actual?.strict?.rules.get('table');
    const found = { ...whole, outcome: 'unexpected', actual: encodeTable(actual as Table) } as const;
    return [rules === undefined ? found : { ...found, rules }];
  }
  if (actual === null) return [{ ...whole, outcome: 'missing', expected: encodeTable(expected) }];
  if (tableHash(expected) === tableHash(actual)) return [];
  return findDifferences(owner, expected, actual).map((found) => withEvidence(found, expected, actual));
}

const NO_RULES: readonly string[] = [];

/** Which of {@link COMPARE_RULES} were needed to call two equal tables equal; none that is switched off. */
export function rulesBetween(expected: Table, strictActual: Table): readonly string[] {
  if (expected === strictActual) return NO_RULES;
  const varying = expected.columns.some((column) => column.default.kind === 'varying');
  const { canonical: actual = strictActual, off = [] } = strictActual.strict ?? {};
  const rules: string[] = [];
  const { pairs } = pairElements(expected, actual);
  if (pairs.some(([a, b]) => a.kind !== 'column' && a.name !== b.name)) rules.push(COMPARE_RULES.names);
  const inOrder =
    expected.columns.length === actual.columns.length &&
    expected.columns.every((column, at) => column.name === actual.columns[at]?.name);
  if (!inOrder) rules.push(COMPARE_RULES.columnOrder);
  const collationOf = (table: Table, element: Element) =>
    element.kind === 'column' ? (table.columns[element.position]?.collation?.name ?? '') : '';
  if (pairs.some(([a, b]) => collationOf(expected, a) !== collationOf(actual, b)))
    rules.push(COMPARE_RULES.collation);
  if (varying) rules.push(COMPARE_RULES.varying);
  return rules.filter((rule) => !off.includes(rule));
}
