import { compareObjects } from '../compare/compare-object.ts';
import { compareTables, type Finding, findDifferences, withEvidence } from '../compare/compare-table.ts';
import type { Disagreement, Grade, RawDifference } from '../compare/difference.ts';
import { gradeDifference } from '../compare/grade.ts';
import { isWithin } from '../compare/unlike-elements.ts';
import { type Chain, type Timeline, valueAt } from '../manifest/chain.ts';
import { strangersInPlaces } from '../manifest/in-place-of.ts';
import { elementCount, objectIdentity, visitKind } from '../schema/elements.ts';
import type { ObjectKey, SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import type { Acceptance } from './acceptance.ts';
import { withKinds } from './another-kind.ts';
import { isBroughtBy, strangerForeignKeys } from './brought-index.ts';
import { type Comparable, type HeldTable, holdTables, isLike } from './held-table.ts';

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

/**
 * Holds versions of things against a snapshot; each version at most once, however many revisions share it. Scores are counted without evidence,
 * which is made only of what is asked for.
 */
export interface Matcher {
  /** Each table that the chain knows, in its order. */
  readonly tables: readonly HeldTable[];
  /** What is expected of each of them at a revision (by index), in the same order; kept for whoever asks for the same revision next. */
  expectedAt(index: number): readonly (Table | null)[];
  /** What the chain and the database have under a key, be it nothing. */
  tableOf(key: ObjectKey): HeldTable;
  tableScore(held: HeldTable, expected: Table | null): Score;
  tableDifferences(held: HeldTable, expected: Table | null): readonly GradedDifference[];
  objectScore(identity: string, expected: SchemaObject | null): Score;
  objectDifferences(identity: string, expected: SchemaObject | null): readonly GradedDifference[];
  actualObject(identity: string): SchemaObject | null;
  /** Differences of things that no revision knows: the same at every revision. Variants may know them. */
  readonly strangers: readonly GradedDifference[];
  /** The snapshot's. */
  readonly defaultCollation: Snapshot['defaultCollation'];
}

type Counts = { -readonly [Grade in keyof Score]: Score[Grade] };

/** Counts differences. */
export function scoreOf(differences: Iterable<Pick<GradedDifference, 'grade' | 'accepted'>>): Score {
  const counts: Counts = { blocking: 0, risky: 0, harmless: 0 };
  for (const { grade, accepted } of differences) if (accepted === null) counts[grade] += 1;
  return counts;
}

/** What a version has that some other version may have more of. */
type What = Pick<Finding, 'kind' | 'identity' | 'name'>;

/** The list of a table that holds its elements of one kind: of two versions it is one and the same where they share it. */
function listOf(table: Table, kind: Finding['kind']): unknown {
  switch (kind) {
    case 'column':
      return table.columns;
    case 'primary-key':
      return table.primaryKey;
    case 'unique':
      return table.uniques;
    case 'foreign-key':
      return table.foreignKeys;
    case 'check':
      return table.checks;
    case 'index':
      return table.indexes;
    case 'unmodelled':
      return table.unmodelled;
  }
}

/** How many elements a table has of the structure of this one, and of its name. */
interface Alike {
  structures: number;
  names: number;
}

function countAlike(table: Table, { kind, identity, name }: What): Alike {
  const alike: Alike = { structures: 0, names: 0 };
  visitKind(table, kind, (_kind, itsIdentity, itsName) => {
    if (itsIdentity === identity) alike.structures += 1;
    if (itsName === name) alike.names += 1;
  });
  return alike;
}

/** How many columns of one name a table has. */
function countColumns({ columns }: Table, name: string): number {
  let count = 0;
  for (let at = 0; at < columns.length; at += 1) if (columns[at]?.name === name) count += 1;
  return count;
}

/** Whether one table has more elements of one structure, or of one name, than another. */
function hasMore(table: Table, other: Table, what: What): boolean {
  // By far the most frequent, and the name is the structure.
  if (what.kind === 'column') return countColumns(table, what.name) > countColumns(other, what.name);
  const [all, own] = [countAlike(table, what), countAlike(other, what)];
  return all.structures > own.structures || all.names > own.names;
}

/**
 * Whether some revision's version of a table has more elements of one structure, or of one name, than this version. What only a variant knows
 * is not in it: a database may have it and still be the revision as migrated, so to plain revisions it is a stranger, graded by what it could
 * break. And a second copy of what this version has is no forerunner and no leftover of another one, unless that one has two.
 */
function someHasMore(timeline: Timeline<Table>, version: Table, what: What): boolean {
  const own = listOf(version, what.kind);
  let looked: unknown = own;
  for (const { value } of timeline) {
    if (value === null) continue;
    const list = listOf(value, what.kind);
    if (list === own || list === looked) continue;
    looked = list;
    if (hasMore(value, version, what)) return true;
  }
  return false;
}

/** What equals what is there. */
const EQUAL: Score = { blocking: 0, risky: 0, harmless: 0 };

/** What has one difference. */
const ONE: Readonly<Record<Grade, Score>> = {
  blocking: { ...EQUAL, blocking: 1 },
  risky: { ...EQUAL, risky: 1 },
  harmless: { ...EQUAL, harmless: 1 },
};
const NO_DIFFERENCES: readonly GradedDifference[] = [];

/**
 * A matcher of one chain against one snapshot.
 *
 * @param acceptance what people accepted at every revision.
 */
export function createMatcher(
  chain: Chain,
  snapshot: Snapshot,
  acceptance: Pick<Acceptance, 'everywhere' | 'hasEverywhere'>,
): Matcher {
  const held = holdTables(chain, snapshot);
  const objects = new Map(snapshot.objects.map((object) => [objectIdentity(object), object]));

  const inPlaces = strangersInPlaces(chain, snapshot);
  const gradeWhole = (difference: Disagreement, known: boolean) => ({
    grade: gradeDifference(difference, known, null),
    accepted: acceptance.everywhere(difference),
  });
  /** What was found between a version of a table and what is there, each with its grade. */
  const gradeFindings = ({ key, timeline }: HeldTable, expected: Table, actual: Table) => {
    const findings = findDifferences(key, expected, actual);
    const isKnown = (found: Finding) => someHasMore(timeline, expected, found);
    const foreignKeys =
      snapshot.foreignKeysBringIndexes === true ? strangerForeignKeys(findings, actual, isKnown) : [];
    return findings.map((found) => {
      const element = found.outcome === 'unexpected' ? found.sides[1] : null;
      const known = element !== null && isKnown(found) && !isBroughtBy(foreignKeys, found, actual, timeline);
      const place = element === null ? null : { table: actual, position: element.position };
      const grade = gradeDifference(found, known, place);
      return { found, grade, accepted: acceptance.everywhere(found) };
    });
  };
  /** Of a table that is only on one side. */
  const wholeScore = ({ key, timeline }: HeldTable, outcome: 'missing' | 'unexpected'): Score => {
    if (timeline.length > 0 && !acceptance.hasEverywhere) return ONE.blocking;
    const whole = { kind: 'table', owner: key, identity: '', name: '', outcome } as const;
    const { grade, accepted } = gradeWhole(whole, timeline.length > 0);
    return accepted === null ? ONE[grade] : EQUAL;
  };

  const versionScore = (one: HeldTable, expected: Table, there: Comparable): Score => {
    if (isLike(expected, there)) return EQUAL;
    // A database at a later revision, the most frequent case: all that is there beyond an earlier version is known to the chain.
    if (there.isVersion && !acceptance.hasEverywhere && isWithin(expected, there.table))
      return { ...EQUAL, blocking: elementCount(there.table) - elementCount(expected) };
    const counts: Counts = { blocking: 0, risky: 0, harmless: 0 };
    for (const { grade, accepted } of gradeFindings(one, expected, there.table))
      if (accepted === null) counts[grade] += 1;
    return counts;
  };
  const known = new Map<Table, readonly GradedDifference[]>();
  const versionDifferences = (one: HeldTable, expected: Table, there: Comparable) => {
    if (isLike(expected, there)) return NO_DIFFERENCES;
    const before = known.get(expected);
    if (before !== undefined) return before;
    const { table } = there;
    const differences = gradeFindings(one, expected, table).map(({ found, ...graded }) => ({
      ...withEvidence(found, expected, table),
      ...graded,
    }));
    known.set(expected, differences);
    return differences;
  };
  const tableScore = (one: HeldTable, expected: Table | null): Score => {
    const { there } = one;
    if (there === null) return expected === null ? EQUAL : wholeScore(one, 'missing');
    return expected === null ? wholeScore(one, 'unexpected') : versionScore(one, expected, there);
  };
  const tableDifferences = (one: HeldTable, expected: Table | null): readonly GradedDifference[] => {
    const { key, timeline, there } = one;
    if (expected !== null && there !== null) return versionDifferences(one, expected, there);
    if (expected === null && there === null) return NO_DIFFERENCES;
    return compareTables(key, expected, there?.actual ?? null).map((plain) => {
      const difference = withKinds(plain, { kind: 'table', key }, chain, inPlaces);
      return {
        ...difference,
        ...gradeWhole(difference, timeline.length > 0 || difference.kinds !== undefined),
      };
    });
  };
  const objectDifferences = (
    identity: string,
    expected: SchemaObject | null,
  ): readonly GradedDifference[] => {
    const actual = objects.get(identity) ?? null;
    const named = expected ?? actual;
    if (named === null) return NO_DIFFERENCES;
    return compareObjects(identity, expected, actual).map((plain) => {
      const difference = withKinds(plain, named, chain, inPlaces);
      return {
        ...difference,
        ...gradeWhole(difference, chain.objects.has(identity) || difference.kinds !== undefined),
      };
    });
  };

  const strangers = [
    ...held.strangers.flatMap((one) => tableDifferences(one, null)),
    ...[...objects.keys()].flatMap((identity) =>
      chain.objects.has(identity) ? [] : objectDifferences(identity, null),
    ),
  ];
  let expected: { readonly index: number; readonly tables: readonly (Table | null)[] } | null = null;
  const expectedAt = (index: number) => {
    if (expected?.index !== index)
      expected = { index, tables: held.known.map(({ timeline }) => valueAt(timeline, index)) };
    return expected.tables;
  };
  return {
    tables: held.known,
    expectedAt,
    tableOf: (key) => held.byKey.get(key) ?? { key, timeline: [], there: null },
    tableScore,
    tableDifferences,
    objectScore: (identity, expected) => scoreOf(objectDifferences(identity, expected)),
    objectDifferences,
    actualObject: (identity) => objects.get(identity) ?? null,
    strangers,
    defaultCollation: snapshot.defaultCollation,
  };
}
