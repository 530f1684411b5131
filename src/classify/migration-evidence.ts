import { equalElements } from '../compare/equal-elements.ts';
import { hasTwins, isWithin, unlikeElements } from '../compare/unlike-elements.ts';
import type { Chain, Timeline, Variant, Version } from '../manifest/chain.ts';
import { type Element, elementCount, elementsOfKind, tableElements } from '../schema/elements.ts';
import type { SchemaObject, Table } from '../schema/snapshot.ts';
import { type HeldTable, isLike, sameStructure } from './held-table.ts';
import type { Matcher } from './matcher.ts';

export type EvidenceKind = 'applied' | 'absent' | 'partly' | 'superseded' | 'traceless';

/** What the schema says of one migration: of `expected` effects that should still show, `met` do. */
export interface SchemaEvidence {
  readonly evidence: EvidenceKind;
  readonly met: number;
  readonly expected: number;
}

/** Whether something that came after a migration in place of what it made passes a test. */
type Later<T> = (passes: (value: T | null) => boolean) => boolean;

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

type ById = ReadonlyMap<string, Element>;

const NONE: ById = new Map();

function byId(elements: readonly Element[]): ById {
  if (elements.length === 0) return NONE;
  return new Map(elements.map((element) => [identityOf(element), element]));
}

const elementsById = (table: Table | null): ById => (table === null ? NONE : byId(tableElements(table)));

/** Whether two optional elements, each with its table, agree. */
function agree(a: Table | null, x: Element | undefined, b: Table | null, y: Element | undefined): boolean {
  if (a === null || x === undefined || b === null || y === undefined)
    return x === undefined && y === undefined;
  return equalElements(a, x, b, y);
}

const isOther = (was: Element | undefined, element: Element): boolean => was?.value !== element.value;

/** The elements of two tables that may disagree, by id: all of them, or without those that are the same on both sides. */
function suspects(a: Table | null, b: Table | null): readonly [ById, ById] {
  // Of several elements of one structure the last one counts, so that none may be left out.
  if (a === null || b === null || hasTwins(a) || hasTwins(b)) return [elementsById(a), elementsById(b)];
  const unlike = unlikeElements(a, b);
  return [byId(unlike[0]), byId(unlike[1])];
}

/** Whether a table came or went, as an effect. */
function countWhole(
  effects: Effects,
  before: Table | null,
  after: Table | null,
  { there }: HeldTable,
  later: Later<Table>,
): void {
  if ((before === null) === (after === null)) return;
  const met = (there === null) === (after === null);
  const superseded = !met && later((table) => (table === null) === (there === null));
  count(effects, after !== null, met ? 'met' : superseded ? 'superseded' : 'unmet');
}

/** How the elements of one version of a table stand, each held against what is there and against what came later. */
interface States {
  readonly usual: EffectState;
  /** Elements of the version that may stand otherwise. */
  readonly unusual: ById;
  of(id: string): EffectState;
}

const allOf = (usual: EffectState): States => ({ usual, unusual: NONE, of: () => usual });

function statesOf(after: Table, { there }: HeldTable, later: Later<Table>): States {
  if (there === null) return allOf(later((table) => table === null) ? 'superseded' : 'unmet');
  // Where all is as it was made then, there is nothing to hold against later versions; of twins only the last counts, so they are looked at.
  if (isLike(after, there) && !hasTwins(after)) return allOf('met');
  const actual = there.table;
  const [then, now] = suspects(after, actual);
  return {
    usual: 'met',
    unusual: then,
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
  later: Later<Table>,
): boolean {
  return later((table) => {
    const then = table === null || like === undefined ? undefined : lastAlike(table, like);
    return agree(table, then, actual, element);
  });
}

/**
 * Whether a version has all of the version before it, and the database all of the version: what most migrations do to a table, and leave so. Twins
 * are left out, because of those only the last one counts.
 */
function isAllThere(before: Table | null, after: Table, { there }: HeldTable): boolean {
  if (there === null || (before !== null && !isWithin(before, after))) return false;
  return (
    isWithin(after, there.table) && !hasTwins(after) && (after === there.table || !hasTwins(there.table))
  );
}

/** The effects of one migration on one table. */
function countTable(
  effects: Effects,
  before: Table | null,
  after: Table | null,
  held: HeldTable,
  later: Later<Table>,
): void {
  countWhole(effects, before, after, held, later);
  // A dropped table is one effect, not one for each of its columns.
  if (after === null) return;
  const states = statesOf(after, held, later);
  const isMore = before === null || (states.unusual.size === 0 && isWithin(before, after));
  if (isMore && !hasTwins(after)) {
    // Only those elements are looked at closely that are not plainly the same on both sides.
    let usual = elementCount(after) - (before === null ? 0 : elementCount(before));
    for (const id of states.unusual.keys()) {
      count(effects, true, states.of(id));
      usual -= 1;
    }
    count(effects, true, states.usual, usual);
    return;
  }
  const sides = suspects(before, after);
  const was = sides[0];
  const becomes = sides[1];
  for (const [id, element] of becomes) {
    const state = states.of(id);
    // What a database may agree with before and after is an effect where it does not: a character set that is chosen now shows only then.
    const tells =
      !agree(before, was.get(id), after, element) || (state === 'unmet' && isOther(was.get(id), element));
    if (tells) count(effects, true, state);
  }
  for (const id of was.keys()) if (!becomes.has(id)) count(effects, false, states.of(id));
}

function countObject(
  effects: Effects,
  after: string | null,
  actual: string | null,
  later: Later<string>,
): void {
  const state =
    actual === after ? 'met' : later((definition) => definition === actual) ? 'superseded' : 'unmet';
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

/** The versions of a timeline after one (by position), and that of the variant that the database is. */
function laterThan<T>(timeline: Timeline<T>, position: number, variant: T | null | undefined): Later<T> {
  return (passes) => {
    for (let at = position + 1; at < timeline.length; at += 1)
      if (passes(timeline[at]?.value ?? null)) return true;
    return variant !== undefined && passes(variant);
  };
}

/** The effects of every migration on one table. */
function countTimeline(
  effects: readonly Effects[],
  held: HeldTable,
  variantAt: (from: number) => Table | null | undefined,
): void {
  const { timeline } = held;
  let before: Table | null = null;
  for (let position = 0; position < timeline.length; position += 1) {
    const { from, value: after } = timeline[position] as Version<Table>;
    const own = effects[from] as Effects;
    if (after !== null && isAllThere(before, after, held)) {
      // A table that comes is an effect beside those that are its elements.
      count(own, true, 'met', elementCount(after) + (before === null ? 1 : -elementCount(before)));
    } else if (before === null || after === null || !sameStructure(before, after)) {
      // A manifest also records a table of which only a name changed: no effect on structure.
      countTable(own, before, after, held, laterThan(timeline, position, variantAt(from)));
    }
    before = after;
  }
}

const definitionOf = (object: SchemaObject | null) => object?.definition ?? null;

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
  const effects = chain.revisions.map(noEffects);
  const ownAt = (from: number) => (variant !== null && variant.of >= from ? variant : null);
  for (const held of matcher.tables)
    countTimeline(effects, held, (from) => ownAt(from)?.tables.get(held.key));
  for (const [identity, timeline] of chain.objects) {
    const actual = definitionOf(matcher.actualObject(identity));
    for (const [position, { from, value }] of timeline.entries()) {
      const later = laterThan(timeline, position, ownAt(from)?.objects.get(identity));
      countObject(effects[from] as Effects, definitionOf(value), actual, (passes) =>
        later((object) => passes(definitionOf(object))),
      );
    }
  }
  return effects.map(judge);
}
