import { equalElements } from '../compare/compare-table.ts';
import { hasTwins, unlikeElements } from '../compare/unlike-elements.ts';
import { type Chain, type Timeline, type Variant, valueAt, valuesAround } from '../manifest/chain.ts';
import { type Element, elementCount, elementsOfKind, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import type { SchemaObject, Table } from '../schema/snapshot.ts';
import type { Matcher } from './matcher.ts';

export type EvidenceKind = 'applied' | 'absent' | 'partly' | 'superseded' | 'traceless';

/** What the schema says of one migration: of `expected` effects that should still show, `met` do. */
export interface SchemaEvidence {
  readonly evidence: EvidenceKind;
  readonly met: number;
  readonly expected: number;
}

type EffectState = 'met' | 'unmet' | 'superseded';

type Counts = Record<EffectState, number>;

/**
 * The effects of a migration, counted: of what it brought or changed, and of what it removed, which leaves no trace in a database that never
 * had it.
 */
interface Effects {
  readonly adding: Counts;
  readonly removing: Counts;
}

function noEffects(): Effects {
  return { adding: { met: 0, unmet: 0, superseded: 0 }, removing: { met: 0, unmet: 0, superseded: 0 } };
}

function count(effects: Effects, adds: boolean, state: EffectState, times = 1): void {
  (adds ? effects.adding : effects.removing)[state] += times;
}

const identityOf = (element: Element) => `${element.kind}\n${element.identity}`;

function byId(elements: readonly Element[]): Map<string, Element> {
  return new Map(elements.map((element) => [identityOf(element), element]));
}

const elementsById = (table: Table | null): Map<string, Element> =>
  byId(table === null ? [] : tableElements(table));

/** Whether two optional elements, each with its table, agree. */
function agree(a: Table | null, x: Element | undefined, b: Table | null, y: Element | undefined): boolean {
  if (a === null || x === undefined || b === null || y === undefined)
    return x === undefined && y === undefined;
  return equalElements(a, x, b, y);
}

/** The elements of two tables that may disagree, by id: all of them, or without those that are the same on both sides. */
function suspects(a: Table | null, b: Table | null): readonly [Map<string, Element>, Map<string, Element>] {
  // Of several elements of one structure the last one counts, so that none may be left out.
  if (a === null || b === null || hasTwins(a) || hasTwins(b)) return [elementsById(a), elementsById(b)];
  const [left, right] = unlikeElements(a, b);
  return [byId(left), byId(right)];
}

/** A table that is there, as far as effects are held against it. */
interface Held {
  /** Made of the chain's elements where the chain has the same. */
  readonly actual: Table | null;
  /** Whether a version has its structure. */
  isActual(version: Table): boolean;
}

/** Whether a table came or went, as an effect. */
function countWhole(
  effects: Effects,
  [before, after]: Versions,
  { actual }: Held,
  later: readonly (Table | null)[],
): void {
  if ((before === null) === (after === null)) return;
  const met = (actual === null) === (after === null);
  const superseded = !met && later.some((table) => (table === null) === (actual === null));
  count(effects, after !== null, met ? 'met' : superseded ? 'superseded' : 'unmet');
}

type Versions = readonly [before: Table | null, after: Table | null];

/** How the elements of one version of a table stand, each held against what is there and against what came later. */
interface States {
  readonly usual: EffectState;
  /** Ids of elements of the version that may stand otherwise. */
  readonly unusual: Iterable<string>;
  of(id: string): EffectState;
}

const allOf = (usual: EffectState): States => ({ usual, unusual: [], of: () => usual });

function statesOf(after: Table, { actual, isActual }: Held, later: readonly (Table | null)[]): States {
  if (actual === null) return allOf(later.includes(null) ? 'superseded' : 'unmet');
  // Where all is as it was made then, there is nothing to hold against later versions; of twins only the last counts, so they are looked at.
  if (isActual(after) && !hasTwins(after)) return allOf('met');
  const [then, now] = suspects(after, actual);
  return {
    usual: 'met',
    unusual: then.keys(),
    of: (id) => {
      if (agree(after, then.get(id), actual, now.get(id))) return 'met';
      return wasSuperseded(then.get(id) ?? now.get(id), now.get(id), actual, later) ? 'superseded' : 'unmet';
    },
  };
}

/** The last element of a table of this kind and structure. */
function lastAlike(table: Table, { kind, identity }: Element): Element | undefined {
  if (kind === 'column') {
    const position = table.columns.findLastIndex((column) => column.name === identity);
    return position < 0 ? undefined : elementsOfKind(table, kind, [position])[0];
  }
  return elementsOfKind(table, kind).findLast((element) => element.identity === identity);
}

/**
 * Whether a later version has an element as it is, or is without it too.
 *
 * @param like any element of that kind and structure.
 * @param element as it is; undefined where it is not there.
 */
function wasSuperseded(
  like: Element | undefined,
  element: Element | undefined,
  actual: Table,
  later: readonly (Table | null)[],
): boolean {
  return later.some((table) => {
    const then = table === null || like === undefined ? undefined : lastAlike(table, like);
    return agree(table, then, actual, element);
  });
}

/** The effects of one migration on one table. */
function countTable(
  effects: Effects,
  versions: Versions,
  held: Held,
  later: readonly (Table | null)[],
): void {
  const [before, after] = versions;
  countWhole(effects, versions, held, later);
  // A dropped table is one effect, not one for each of its columns.
  if (after === null) return;
  const states = statesOf(after, held, later);
  if (before === null && !hasTwins(after)) {
    // Most of what a chain does: only those elements are looked at closely that are not plainly the same on both sides.
    let usual = elementCount(after);
    for (const id of states.unusual) {
      count(effects, true, states.of(id));
      usual -= 1;
    }
    count(effects, true, states.usual, usual);
    return;
  }
  const [was, becomes] = suspects(before, after);
  for (const id of new Set([...was.keys(), ...becomes.keys()])) {
    if (agree(before, was.get(id), after, becomes.get(id))) continue;
    count(effects, becomes.has(id), states.of(id));
  }
}

function countObject(
  effects: Effects,
  after: string | null,
  actual: string | null,
  later: readonly (string | null)[],
): void {
  const state = actual === after ? 'met' : later.includes(actual) ? 'superseded' : 'unmet';
  count(effects, after !== null, state);
}

const total = ({ met, unmet, superseded }: Counts) => met + unmet + superseded;

function judge({ adding, removing }: Effects): SchemaEvidence {
  if (total(adding) + total(removing) === 0) return { evidence: 'traceless', met: 0, expected: 0 };
  // What a migration adds speaks for it; only where it adds nothing do its removals have to.
  const { met, unmet } = total(adding) > 0 ? adding : removing;
  const expected = met + unmet;
  if (expected === 0) return { evidence: 'superseded', met, expected };
  if (adding.unmet + removing.unmet === 0) return { evidence: 'applied', met, expected };
  return { evidence: met === 0 ? 'absent' : 'partly', met, expected };
}

/** What came after a migration in place of what it made: later versions, and the version of the variant that the database is. */
function laterThan<T>(timeline: Timeline<T>, index: number, variant: T | null | undefined): (T | null)[] {
  const later = timeline.filter((version) => version.from > index).map((version) => version.value);
  return variant === undefined ? later : [...later, variant];
}

/**
 * What the schema says of each migration, in chain order: whether its effects are there, are not, are there in part, were overtaken by
 * later migrations, or leave no trace in a schema at all.
 *
 * @param variant that the database meets: what it makes otherwise than migrations up to its revision overtook theirs.
 */
export function migrationEvidence(
  chain: Chain,
  matcher: Matcher,
  variant: Variant | null,
): readonly SchemaEvidence[] {
  return chain.revisions.map((revision, index) => {
    const own = variant !== null && variant.of >= index ? variant : null;
    const effects = noEffects();
    for (const key of revision.changedTables) {
      const timeline = chain.tables.get(key) ?? [];
      const versions = valuesAround(timeline, index);
      const [before, after] = versions;
      // A manifest also records a table of which only a name changed: no effect on structure.
      if (before !== null && after !== null && tableHash(before) === tableHash(after)) continue;
      const later = laterThan(timeline, index, own?.tables.get(key));
      const isActual = (version: Table) => matcher.isActual(key, version);
      countTable(effects, versions, { actual: matcher.comparable(key), isActual }, later);
    }
    for (const identity of revision.changedObjects) {
      const timeline = chain.objects.get(identity) ?? [];
      const later = laterThan(timeline, index, own?.objects.get(identity));
      const definition = (object: SchemaObject | null) => object?.definition ?? null;
      countObject(
        effects,
        definition(valueAt(timeline, index)),
        definition(matcher.actualObject(identity)),
        later.map(definition),
      );
    }
    return judge(effects);
  });
}
