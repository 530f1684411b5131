import { equalElements } from '../compare/compare-table.ts';
import { type Chain, type Timeline, type Variant, valueAt } from '../manifest/chain.ts';
import { type Element, tableElements } from '../schema/elements.ts';
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

function elementsById(table: Table | null): Map<string, Element> {
  return new Map(
    (table === null ? [] : tableElements(table)).map((element) => [identityOf(element), element]),
  );
}

/** Whether two optional elements, each with its table, agree. */
function agree(a: Table | null, x: Element | undefined, b: Table | null, y: Element | undefined): boolean {
  if (a === null || x === undefined || b === null || y === undefined)
    return x === undefined && y === undefined;
  return equalElements(a, x, b, y);
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
  const is = elementsById(actual);
  const was = elementsById(before);
  const becomes = elementsById(after);
  const laterById = later.map((table) => ({ table, elements: elementsById(table) }));
  const whole: Effect[] =
    (before === null) === (after === null)
      ? []
      : [
          {
            adds: after !== null,
            state:
              (actual === null) === (after === null)
                ? 'met'
                : later.some((table) => (table === null) === (actual === null))
                  ? 'superseded'
                  : 'unmet',
          },
        ];
  // A dropped table is one effect, not one for each of its columns.
  if (after === null) return whole;
  const ids = [...new Set([...was.keys(), ...becomes.keys()])].filter(
    (id) => !agree(before, was.get(id), after, becomes.get(id)),
  );
  const effects = ids.map((id): Effect => {
    const adds = becomes.has(id);
    if (actual === null) return { adds, state: later.includes(null) ? 'superseded' : 'unmet' };
    if (agree(after, becomes.get(id), actual, is.get(id))) return { adds, state: 'met' };
    const superseded = laterById.some(({ table, elements }) =>
      agree(table, elements.get(id), actual, is.get(id)),
    );
    return { adds, state: superseded ? 'superseded' : 'unmet' };
  });
  return [...whole, ...effects];
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
