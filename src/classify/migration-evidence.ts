import { equalElements } from '../compare/compare-table.ts';
import { hasTwins, unlikeElements } from '../compare/unlike-elements.ts';
import { type Chain, type Timeline, type Variant, valueAt } from '../manifest/chain.ts';
import { type Element, elementCount, tableElements } from '../schema/elements.ts';
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

interface Effect {
  /** Whether the migration brought or changed something, rather than removed it: removal leaves no trace in a database that never had it. */
  readonly adds: boolean;
  readonly state: EffectState;
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

/** Whether a table came or went, as an effect. */
function wholeEffects(
  before: Table | null,
  after: Table | null,
  actual: Table | null,
  later: readonly (Table | null)[],
): Effect[] {
  if ((before === null) === (after === null)) return [];
  if ((actual === null) === (after === null)) return [{ adds: after !== null, state: 'met' }];
  const superseded = later.some((table) => (table === null) === (actual === null));
  return [{ adds: after !== null, state: superseded ? 'superseded' : 'unmet' }];
}

/** The effects of one migration on one table, each held against what is there and against what came later. */
function tableEffects(
  timeline: Timeline<Table>,
  index: number,
  actual: Table | null,
  later: readonly (Table | null)[],
): Effect[] {
  const before = valueAt(timeline, index - 1);
  const after = valueAt(timeline, index);
  const whole = wholeEffects(before, after, actual, later);
  // A dropped table is one effect, not one for each of its columns.
  if (after === null) return whole;
  if (before === null && !hasTwins(after)) return [...whole, ...creationEffects(after, actual, later)];
  const [was, becomes] = suspects(before, after);
  const ids = [...new Set([...was.keys(), ...becomes.keys()])].filter(
    (id) => !agree(before, was.get(id), after, becomes.get(id)),
  );
  if (ids.length === 0) return whole;
  const adds = (id: string) => becomes.has(id);
  if (actual === null) {
    const state = later.includes(null) ? 'superseded' : 'unmet';
    return [...whole, ...ids.map((id): Effect => ({ adds: adds(id), state }))];
  }
  // Where all is as it was made then, there is nothing to hold against later versions; of twins only the last counts, so they are looked at.
  if (tableHash(after) === tableHash(actual) && !hasTwins(after))
    return [...whole, ...ids.map((id): Effect => ({ adds: adds(id), state: 'met' }))];
  const [then, now] = suspects(after, actual);
  const laterById = laterElements(later);
  return [
    ...whole,
    ...ids.map((id): Effect => {
      if (agree(after, then.get(id), actual, now.get(id))) return { adds: adds(id), state: 'met' };
      return { adds: adds(id), state: wasSuperseded(id, now.get(id), actual, laterById()) };
    }),
  ];
}

type Later = readonly { readonly table: Table | null; readonly elements: Map<string, Element> }[];

/** The elements of later versions, made when first asked for: most effects are met. */
function laterElements(later: readonly (Table | null)[]): () => Later {
  let made: Later | null = null;
  return () => {
    made ??= later.map((table) => ({ table, elements: elementsById(table) }));
    return made;
  };
}

function wasSuperseded(
  id: string,
  element: Element | undefined,
  actual: Table,
  later: Later,
): 'superseded' | 'unmet' {
  const found = later.some(({ table, elements }) => agree(table, elements.get(id), actual, element));
  return found ? 'superseded' : 'unmet';
}

const MET: Effect = { adds: true, state: 'met' };

/**
 * The effects of making a table, one for each of its elements: most of what a chain does, so only those elements are looked at closely that
 * are not plainly the same on both sides.
 *
 * @param after of no two elements of one structure.
 */
function creationEffects(
  after: Table,
  actual: Table | null,
  later: readonly (Table | null)[],
): readonly Effect[] {
  const count = elementCount(after);
  if (actual === null) {
    const state = later.includes(null) ? 'superseded' : 'unmet';
    return Array<Effect>(count).fill({ adds: true, state });
  }
  if (tableHash(after) === tableHash(actual)) return Array<Effect>(count).fill(MET);
  const [then, now] = suspects(after, actual);
  const laterById = laterElements(later);
  const unmet = [...then.keys()].filter((id) => !agree(after, then.get(id), actual, now.get(id)));
  return [
    ...Array<Effect>(count - unmet.length).fill(MET),
    ...unmet.map(
      (id): Effect => ({ adds: true, state: wasSuperseded(id, now.get(id), actual, laterById()) }),
    ),
  ];
}

function objectEffect(
  timeline: Timeline<SchemaObject>,
  index: number,
  actual: SchemaObject | null,
  later: readonly (SchemaObject | null)[],
): Effect {
  const definition = (object: SchemaObject | null) => object?.definition ?? null;
  const after = definition(valueAt(timeline, index));
  const is = definition(actual);
  if (is === after) return { adds: after !== null, state: 'met' };
  const superseded = later.some((value) => definition(value) === is);
  return { adds: after !== null, state: superseded ? 'superseded' : 'unmet' };
}

function judge(effects: readonly Effect[]): SchemaEvidence {
  if (effects.length === 0) return { evidence: 'traceless', met: 0, expected: 0 };
  // What a migration adds speaks for it; only where it adds nothing do its removals have to.
  const adding = effects.filter((effect) => effect.adds);
  const telling = (adding.length > 0 ? adding : effects).filter((effect) => effect.state !== 'superseded');
  const met = telling.filter((effect) => effect.state === 'met').length;
  const expected = telling.length;
  if (expected === 0) return { evidence: 'superseded', met, expected };
  if (met === expected && effects.every((effect) => effect.state !== 'unmet'))
    return { evidence: 'applied', met, expected };
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
    const effects = [
      ...revision.changedTables.flatMap((key) => {
        const timeline = chain.tables.get(key) ?? [];
        const before = valueAt(timeline, index - 1);
        const after = valueAt(timeline, index);
        // A manifest also records a table of which only a name changed: no effect on structure.
        if (before !== null && after !== null && tableHash(before) === tableHash(after)) return [];
        const later = laterThan(timeline, index, own?.tables.get(key));
        return tableEffects(timeline, index, matcher.actualTable(key), later);
      }),
      ...revision.changedObjects.map((identity) => {
        const timeline = chain.objects.get(identity) ?? [];
        const later = laterThan(timeline, index, own?.objects.get(identity));
        return objectEffect(timeline, index, matcher.actualObject(identity), later);
      }),
    ];
    return judge(effects);
  });
}
