import { compareTables } from '../compare/compare-table.ts';
import type { Grade, RawDifference } from '../compare/difference.ts';
import { gradeDifference } from '../compare/grade.ts';
import type { Chain } from '../manifest/chain.ts';
import { objectIdentity, tableElements } from '../schema/elements.ts';
import type { ObjectKey, SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import type { Acceptance } from './acceptance.ts';

/** How many differences of each grade; those that were accepted are not counted. */
export interface Score {
  readonly blocking: number;
  readonly risky: number;
  readonly harmless: number;
}

export interface GradedDifference extends RawDifference {
  readonly grade: Grade;
  /** Why it was accepted; null where it was not. */
  readonly accepted: string | null;
}

/** One version of one thing held against what is there. */
export interface Match {
  readonly score: Score;
  readonly differences: readonly GradedDifference[];
}

/**
 * Holds versions of things against a snapshot; each version at most once, however many revisions share it.
 */
export interface Matcher {
  table(key: ObjectKey, expected: Table | null): Match;
  object(identity: string, expected: SchemaObject | null): Match;
  actualTable(key: ObjectKey): Table | null;
  actualObject(identity: string): SchemaObject | null;
  /** Differences of things that no revision knows: the same at every revision. Variants may know them. */
  readonly strangers: Match;
}

/** Counts differences. */
export function scoreOf(differences: readonly GradedDifference[]): Score {
  const count = (wanted: Grade) =>
    differences.filter(({ grade, accepted }) => grade === wanted && accepted === null).length;
  return { blocking: count('blocking'), risky: count('risky'), harmless: count('harmless') };
}

const summarize = (differences: readonly GradedDifference[]): Match => ({
  score: scoreOf(differences),
  differences,
});

const structureOf = ({ kind, identity }: Pick<RawDifference, 'kind' | 'identity'>) =>
  `${kind} is ${identity}`;
const nameOf = ({ kind, name }: Pick<RawDifference, 'kind' | 'name'>) => `${kind} named ${name}`;

/** How many elements of each structure and of each name a table has. */
function countElements(table: Table): Map<string, number> {
  const counts = new Map<string, number>();
  for (const element of tableElements(table)) {
    for (const key of [structureOf(element), nameOf(element)]) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/**
 * The most elements of each structure and name that any revision's version of one table has. What only a variant knows is not in it: a
 * database may have it and still be the revision as migrated, so to plain revisions it is a stranger, graded by what it could break.
 */
function knownElements(chain: Chain, key: ObjectKey): Map<string, number> {
  const most = new Map<string, number>();
  for (const { value } of chain.tables.get(key) ?? []) {
    for (const [what, count] of value === null ? [] : countElements(value)) {
      most.set(what, Math.max(count, most.get(what) ?? 0));
    }
  }
  return most;
}

function compareObjects(
  identity: string,
  expected: SchemaObject | null,
  actual: SchemaObject | null,
): readonly RawDifference[] {
  const at = { kind: 'object', owner: identity, identity: '', name: '' } as const;
  if (expected === null) {
    return actual === null ? [] : [{ ...at, outcome: 'unexpected', actual: actual.definition }];
  }
  if (actual === null) return [{ ...at, outcome: 'missing', expected: expected.definition }];
  if (expected.definition === actual.definition) return [];
  return [{ ...at, outcome: 'different', expected: expected.definition, actual: actual.definition }];
}

/**
 * A matcher of one chain against one snapshot.
 *
 * @param acceptance what people accepted at every revision.
 */
export function createMatcher(
  chain: Chain,
  snapshot: Snapshot,
  acceptance: Pick<Acceptance, 'everywhere'>,
): Matcher {
  const tables = new Map(snapshot.tables.map((table) => [table.key, table]));
  const objects = new Map(snapshot.objects.map((object) => [objectIdentity(object), object]));
  const known = new Map<ObjectKey, Map<string, number>>();
  const byVersion = new Map<Table | SchemaObject | string, Match>();

  // A second copy of what this revision has is no forerunner and no leftover of another one, unless that one has two.
  const isKnown = (difference: RawDifference, expected: Table | null): boolean => {
    if (difference.kind === 'table') return chain.tables.has(difference.owner);
    if (difference.kind === 'object') return chain.objects.has(difference.owner);
    let most = known.get(difference.owner);
    if (most === undefined) {
      most = knownElements(chain, difference.owner);
      known.set(difference.owner, most);
    }
    const here = expected === null ? new Map<string, number>() : countElements(expected);
    return [structureOf(difference), nameOf(difference)].some(
      (what) => (most.get(what) ?? 0) > (here.get(what) ?? 0),
    );
  };
  const grade = (difference: RawDifference, expected: Table | null): GradedDifference => ({
    ...difference,
    grade: gradeDifference(difference, difference.outcome === 'unexpected' && isKnown(difference, expected)),
    accepted: acceptance.everywhere(difference),
  });
  const remember = (
    version: Table | SchemaObject | string,
    expected: Table | null,
    make: () => readonly RawDifference[],
  ): Match => {
    const before = byVersion.get(version);
    if (before !== undefined) return before;
    const match = summarize(make().map((difference) => grade(difference, expected)));
    byVersion.set(version, match);
    return match;
  };
  const table = (key: ObjectKey, expected: Table | null) =>
    remember(expected ?? `no table ${key}`, expected, () =>
      compareTables(key, expected, tables.get(key) ?? null),
    );
  const object = (identity: string, expected: SchemaObject | null) =>
    remember(expected ?? `no object ${identity}`, null, () =>
      compareObjects(identity, expected, objects.get(identity) ?? null),
    );

  const strangers = summarize([
    ...[...tables.keys()]
      .filter((key) => !chain.tables.has(key))
      .flatMap((key) => table(key, null).differences),
    ...[...objects.keys()]
      .filter((identity) => !chain.objects.has(identity))
      .flatMap((identity) => object(identity, null).differences),
  ]);
  return {
    table,
    object,
    actualTable: (key) => tables.get(key) ?? null,
    actualObject: (identity) => objects.get(identity) ?? null,
    strangers,
  };
}
