import { compareTables } from '../compare/compare-table.ts';
import type { Grade, RawDifference } from '../compare/difference.ts';
import { gradeDifference } from '../compare/grade.ts';
import type { Chain } from '../manifest/chain.ts';
import { type Element, objectIdentity, tableElements } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
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

type What = Pick<RawDifference, 'kind' | 'identity' | 'name'>;

/** How many elements a table has of the structure of this one, and of its name. */
function countAlike(table: Table, { kind, identity, name }: What): readonly [number, number] {
  if (kind === 'column') {
    // By far the most frequent, and the name is the structure.
    const count = table.columns.filter((column) => column.name === name).length;
    return [count, count];
  }
  const elements = tableElements(table).filter((element) => element.kind === kind);
  const count = (is: (element: Element) => boolean) => elements.filter(is).length;
  return [count((one) => one.identity === identity), count((one) => one.name === name)];
}

/**
 * The most elements of one structure, and of one name, that any revision's version of a table has. What only a variant knows is not in it: a
 * database may have it and still be the revision as migrated, so to plain revisions it is a stranger, graded by what it could break.
 */
function mostAlike(chain: Chain, key: ObjectKey, what: What): readonly [number, number] {
  let [structures, names] = [0, 0];
  for (const { value } of chain.tables.get(key) ?? []) {
    if (value === null) continue;
    const [ofStructure, ofName] = countAlike(value, what);
    structures = Math.max(structures, ofStructure);
    names = Math.max(names, ofName);
  }
  return [structures, names];
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

/** What equals what is there. */
const EQUAL: Match = { score: { blocking: 0, risky: 0, harmless: 0 }, differences: [] };

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
  const byVersion = new Map<Table | SchemaObject | string, Match>();

  // A second copy of what this revision has is no forerunner and no leftover of another one, unless that one has two.
  const isKnown = (difference: RawDifference, expected: Table | null): boolean => {
    if (difference.kind === 'table') return chain.tables.has(difference.owner);
    if (difference.kind === 'object') return chain.objects.has(difference.owner);
    const [structures, names] = mostAlike(chain, difference.owner, difference);
    const [ownStructures, ownNames] = expected === null ? [0, 0] : countAlike(expected, difference);
    return structures > ownStructures || names > ownNames;
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
  /** A table that is only on one side: graded without its evidence, which is as large as the table and seldom asked for. */
  const wholeTable = (owner: ObjectKey, expected: Table | null, actual: Table | null): Match => {
    const outcome = expected === null ? 'unexpected' : 'missing';
    const { score } = summarize([grade({ kind: 'table', owner, identity: '', name: '', outcome }, expected)]);
    return {
      score,
      get differences() {
        return compareTables(owner, expected, actual).map((difference) => grade(difference, expected));
      },
    };
  };
  const table = (key: ObjectKey, expected: Table | null): Match => {
    const actual = tables.get(key) ?? null;
    if (expected === null || actual === null)
      return expected === actual ? EQUAL : wholeTable(key, expected, actual);
    if (tableHash(expected) === tableHash(actual)) return EQUAL;
    return remember(expected, expected, () => compareTables(key, expected, actual));
  };
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
