import { equalElements } from '../compare/equal-elements.ts';
import { unlikeElements } from '../compare/unlike-elements.ts';
import { type Chain, valuesAround } from '../manifest/chain.ts';
import { type Element, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import type { SchemaObject, Table } from '../schema/snapshot.ts';
import { createAcceptance } from './acceptance.ts';
import type { Evidence } from './classify.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import { createNamer } from './paths.ts';

/** What one migration does to one table, or to one object beside the tables; null on the side where there is none. */
type Effect =
  | {
      readonly kind: 'table';
      readonly key: string;
      readonly before: Table | null;
      readonly after: Table | null;
    }
  | {
      readonly kind: 'object';
      readonly key: string;
      readonly before: SchemaObject | null;
      readonly after: SchemaObject | null;
    };

const idOf = ({ kind, identity }: Element) => `${kind}\n${identity}`;

const definitionOf = (object: SchemaObject | null) => object?.definition ?? null;

function effectsOf(chain: Chain, index: number): Effect[] {
  const { changedTables = [], changedObjects = [] } = chain.revisions[index] ?? {};
  const tables = changedTables.flatMap((key): Effect[] => {
    const [before, after] = valuesAround(chain.tables.get(key), index);
    const same = before !== null && after !== null && tableHash(before) === tableHash(after);
    return same ? [] : [{ kind: 'table', key, before, after }];
  });
  const objects = changedObjects.flatMap((key): Effect[] => {
    const [before, after] = valuesAround(chain.objects.get(key), index);
    return definitionOf(before) === definitionOf(after) ? [] : [{ kind: 'object', key, before, after }];
  });
  return [...tables, ...objects];
}

/** Ids of what a migration brings, alters or takes away in a table; null where that is the whole of it. */
function touched({ kind, before, after }: Effect): ReadonlySet<string> | null {
  if (kind === 'object' || before === null || after === null) return null;
  return new Set(unlikeElements(before, after).flatMap((elements) => elements.map(idOf)));
}

/** Whether what a migration alters or takes away is there as it was before it, and nothing is there in the place of what it makes. */
function isFound({ kind, key, before, after }: Effect, matcher: Matcher): boolean {
  if (kind === 'object') return definitionOf(matcher.actualObject(key)) === definitionOf(before);
  const actual = matcher.tableOf(key).there?.table ?? null;
  if (before === null || actual === null) return before === actual;
  const there = tableElements(actual);
  const [altered, made] = after === null ? [tableElements(before), []] : unlikeElements(before, after);
  const isNew = (element: Element) => altered.every((one) => idOf(one) !== idOf(element));
  return (
    altered.every((element) =>
      there.some((one) => idOf(one) === idOf(element) && equalElements(before, element, actual, one)),
    ) &&
    made
      .filter(isNew)
      .every(({ kind: own, identity, name }) =>
        there.every((one) => one.kind !== own || (one.identity !== identity && one.name !== name)),
      )
  );
}

/** Whether two migrations touch the same thing. */
function meet(one: readonly Effect[], other: readonly Effect[]): boolean {
  return one.some((effect) =>
    other.some((later) => {
      if (later.kind !== effect.kind || later.key !== effect.key) return false;
      const [a, b] = [touched(effect), touched(later)];
      return a === null || b === null || [...a].some((id) => b.has(id));
    }),
  );
}

/**
 * Which of the migrations that the schema shows nothing of can be run as they are, in a database that later ones have been applied to: those that
 * find all that they alter as it was before them, or made by an earlier one that is run too, and nothing of whose own a later migration altered
 * that is not run. Anything else was run once, and what it made was lost or altered since.
 *
 * @param absent by index.
 * @param target the last revision that counts, by index.
 */
export function runnableGaps(
  { chain, snapshot, decisions }: Pick<Evidence, 'chain' | 'snapshot' | 'decisions'>,
  absent: readonly number[],
  target: number,
): ReadonlySet<number> {
  const acceptance = createAcceptance(decisions?.accepted ?? [], createNamer(snapshot));
  const matcher = createMatcher(chain, snapshot, acceptance);
  const effects = chain.revisions.slice(0, target + 1).map((_, index) => effectsOf(chain, index));
  const of = (index: number) => effects[index] ?? [];
  const runs = new Set(absent);
  const finds = (index: number) =>
    of(index).every((effect) => {
      const before = absent.filter((one) => one < index && runs.has(one));
      return before.some((one) => meet(of(one), [effect])) || isFound(effect, matcher);
    });
  const isLeft = (index: number) =>
    effects.every((later, at) => at <= index || runs.has(at) || !meet(of(index), later));
  // Each that falls out may be what another one rested on.
  for (let fell = true; fell; ) {
    fell = false;
    for (const index of runs) {
      if (finds(index) && isLeft(index)) continue;
      runs.delete(index);
      fell = true;
    }
  }
  return runs;
}
