import { encodeElement, encodeTable } from '../manifest/table-format.ts';
import { type Element, type ElementKind, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import { sameText } from '../schema/same-elements.ts';
import type { Collation, Column, ColumnDefault, Table } from '../schema/snapshot.ts';
import { mayBeEqual } from './cannot-tell.ts';
import { columnBefore, rulesNeeded } from './comparing-rules.ts';
import type { Disagreement, RawDifference } from './difference.ts';
import { COMPARE_RULES } from './rules.ts';
import { unlikeElements } from './unlike-elements.ts';
import { rulesOfElement } from './without-rules.ts';

function sameCollation(a: Collation | null, b: Collation | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.name === b.name || (a.databaseDefault && b.databaseDefault) || (a.charsetDefault && b.charsetDefault)
  );
}

/** Equal, or one expects another constant on every run and the other has a constant of that kind. */
function sameDefault(a: ColumnDefault, b: ColumnDefault): boolean {
  if (a.kind === 'varying') return a.of === (b.kind === 'varying' ? b.of : b.kind);
  if (b.kind === 'varying') return b.of === a.kind;
  const text = (value: typeof a) =>
    value.kind === 'literal' || value.kind === 'expression' ? value.canonical : '';
  return a.kind === b.kind && text(a) === text(b);
}

/** Which attributes of two columns are equal though their texts differ, because nobody chose them. */
function equalUnlike(a: Column, b: Column): readonly ('collation' | 'default')[] {
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

function columnsOf(expected: Table, a: Element, actual: Table, b: Element): readonly [Column, Column] | null {
  if (a.kind !== 'column' || b.kind !== 'column') return null;
  const left = expected.columns[a.position];
  const right = actual.columns[b.position];
  return left === undefined || right === undefined ? null : [left, right];
}

function equalByAnyRule(expected: Table, a: Element, actual: Table, b: Element): boolean {
  if (a.value === b.value) return true;
  const columns = columnsOf(expected, a, actual, b);
  return columns !== null && equalColumns(...columns);
}

/** Whether two elements of one identity are equal, given their tables, without the rules that are switched off. */
export function equalElements(expected: Table, a: Element, actual: Table, b: Element): boolean {
  return equalByAnyRule(expected, a, actual, b) && rulesNeeded(expected, a, actual, b).length === 0;
}

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

interface Pairing {
  readonly pairs: readonly (readonly [Element, Element])[];
  readonly missing: readonly Element[];
  readonly unexpected: readonly Element[];
}

const NO_PAIRS: Pairing = { pairs: [], missing: [], unexpected: [] };

/** Pairs elements that stand for each other; duplicates pair in order. Few are ever left to pair: what is the same was taken out before. */
function pairBy(
  expected: readonly Element[],
  actual: readonly Element[],
  isPair: (a: Element, b: Element) => boolean,
): Pairing {
  if (expected.length === 0 || actual.length === 0)
    return { pairs: [], missing: expected, unexpected: actual };
  const waiting = [...actual];
  const pairs: [Element, Element][] = [];
  const missing: Element[] = [];
  for (const element of expected) {
    const at = waiting.findIndex((other) => other.kind === element.kind && isPair(element, other));
    const partner = waiting[at];
    if (partner === undefined) missing.push(element);
    else {
      pairs.push([element, partner]);
      waiting.splice(at, 1);
    }
  }
  return { pairs, missing, unexpected: waiting };
}

/**
 * Pairs the elements of two tables but for those that are the same on both sides, names included: first what is wholly equal; then what is
 * the same thing by structure, then by name, so that one altered attribute is one difference and never a missing and an unexpected one.
 */
export function pairElements(expected: Table, actual: Table): Pairing {
  const canonical = actual.strict?.canonical;
  // Where rules are switched off, what is the same by every rule has to be looked at too.
  const sides =
    canonical === undefined
      ? unlikeElements(expected, actual)
      : ([tableElements(expected), tableElements(canonical)] as const);
  const left = sides[0];
  const right = sides[1];
  if (left.length === 0 && right.length === 0) return NO_PAIRS;
  if (left.length === 0 || right.length === 0) return { pairs: [], missing: left, unexpected: right };
  // Columns whose collation has another name, and is nobody's choice on both sides, are unlike and of one value.
  const isEqual = (a: Element, b: Element) => a.identity === b.identity && a.value === b.value;
  const same = pairBy(left, right, (a, b) => a.name === b.name && isEqual(a, b));
  const equal = pairBy(same.missing, same.unexpected, isEqual);
  const structural = pairBy(equal.missing, equal.unexpected, (a, b) => a.identity === b.identity);
  const named = pairBy(structural.missing, structural.unexpected, (a, b) =>
    a.kind === 'unmodelled' ? a.identity === b.identity : a.name === b.name,
  );
  return {
    pairs: [...same.pairs, ...equal.pairs, ...structural.pairs, ...named.pairs],
    missing: named.missing,
    unexpected: named.unexpected,
  };
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
  const varying = expected.columns.some((column) => column.default.kind === 'varying');
  if (expected === strictActual) return varying ? [COMPARE_RULES.varying] : NO_RULES;
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
