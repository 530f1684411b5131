import { equalElements } from '../compare/compare-table.ts';
import { unlikeElements } from '../compare/unlike-elements.ts';
import { type Chain, valuesAround } from '../manifest/chain.ts';
import { type Element, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import type { ObjectKey, SchemaObject, Table } from '../schema/snapshot.ts';
import { createAcceptance } from './acceptance.ts';
import type { Evidence } from './classify.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import { createNamer } from './paths.ts';

/** What one migration does to one table; null on the side where there is none. */
interface TableChange {
  readonly key: ObjectKey;
  readonly before: Table | null;
  readonly after: Table | null;
}

const idOf = ({ kind, identity }: Element) => `${kind}\n${identity}`;

const definitionOf = (object: SchemaObject | null) => object?.definition ?? null;

function tableChanges(chain: Chain, index: number): TableChange[] {
  return (chain.revisions[index]?.changedTables ?? []).flatMap((key) => {
    const [before, after] = valuesAround(chain.tables.get(key), index);
    const same = before !== null && after !== null && tableHash(before) === tableHash(after);
    return same ? [] : [{ key, before, after }];
  });
}

/** Ids of what a migration brings, alters or takes away in a table; null where that is the whole table. */
function touched({ before, after }: TableChange): ReadonlySet<string> | null {
  if (before === null || after === null) return null;
  return new Set(unlikeElements(before, after).flatMap((elements) => elements.map(idOf)));
}

/** Whether what a migration alters or takes away in a table is there as it was before it. */
function findsTable({ key, before, after }: TableChange, matcher: Matcher): boolean {
  if (before === null) return true;
  const actual = matcher.comparable(key);
  if (actual === null) return false;
  const there = tableElements(actual);
  const altered = after === null ? tableElements(before) : unlikeElements(before, after)[0];
  return altered.every((element) =>
    there.some((one) => idOf(one) === idOf(element) && equalElements(before, element, actual, one)),
  );
}

function findsObjects(chain: Chain, index: number, matcher: Matcher): boolean {
  return (chain.revisions[index]?.changedObjects ?? []).every((identity) => {
    const [before] = valuesAround(chain.objects.get(identity), index);
    return before === null || definitionOf(matcher.actualObject(identity)) === definitionOf(before);
  });
}

/** Whether two migrations touch the same thing of a table. */
function meet(one: readonly TableChange[], other: readonly TableChange[]): boolean {
  return one.some((change) =>
    other.some((later) => {
      if (later.key !== change.key) return false;
      const [a, b] = [touched(change), touched(later)];
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
  const changes = chain.revisions.slice(0, target + 1).map((_, index) => tableChanges(chain, index));
  const of = (index: number) => changes[index] ?? [];
  const runs = new Set(absent);
  const finds = (index: number) =>
    findsObjects(chain, index, matcher) &&
    of(index).every((change) => {
      const before = absent.filter((one) => one < index && runs.has(one));
      return before.some((one) => meet(of(one), [change])) || findsTable(change, matcher);
    });
  const isLeft = (index: number) =>
    changes.every((later, at) => at <= index || runs.has(at) || !meet(of(index), later));
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
