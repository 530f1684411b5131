import { parentsOf } from '../../src/schema/parents.ts';
import type { Table } from '../../src/schema/snapshot.ts';
import type { PrintedDifference } from '../measure.ts';
import type { Alteration, Expectation } from './alteration.ts';

/** What was answered about a damaged database. */
export interface Answer {
  readonly candidates: readonly string[];
  /** Against the true revision, without those that were there before the damage. */
  readonly differences: readonly PrintedDifference[];
}

function meets({ path, outcome, grade }: PrintedDifference, expectation: Expectation): boolean {
  const prefix = expectation.path.slice(0, -1);
  const there = expectation.path.endsWith('.*') ? path.startsWith(prefix) : path === expectation.path;
  return there && outcome === expectation.outcome && grade === expectation.grade;
}

/** Without what is said of a partition, or of a table that inherits, in the same words as of its parent: one alteration makes both. */
export function withoutRepeats(
  differences: readonly PrintedDifference[],
  tables: readonly Table[],
): readonly PrintedDifference[] {
  const heirs = tables.flatMap((table) =>
    parentsOf(table).map(({ key }) => ({ own: `tables.${table.key}.`, parents: `tables.${key}.` })),
  );
  const saidOf = ({ outcome, grade }: PrintedDifference, path: string) =>
    differences.some((one) => one.path === path && one.outcome === outcome && one.grade === grade);
  return differences.filter(
    (one) =>
      !heirs.some(
        ({ own, parents }) => one.path.startsWith(own) && saidOf(one, parents + one.path.slice(own.length)),
      ),
  );
}

/**
 * Why an answer is wrong; null where it is right. Right is: each expected difference at its path and with its grade; the true revisions no
 * longer candidates where something blocks, and candidates still where nothing does; and, of an alteration that touches nothing else, nothing
 * else said that is more than harmless.
 */
export function faultIn(
  { expects, alone }: Alteration,
  truth: readonly string[],
  { candidates, differences }: Answer,
): string | null {
  for (const expectation of expects) {
    if (!differences.some((difference) => meets(difference, expectation))) {
      return `not said: ${expectation.outcome} ${expectation.path}, ${expectation.grade}`;
    }
  }
  const blocked = expects.some(({ grade }) => grade === 'blocking');
  const still = truth.filter((revision) => candidates.includes(revision));
  if (blocked && still.length > 0) return `still a candidate: ${still.join(', ')}`;
  if (!blocked && still.length < truth.length) return 'no longer a candidate, though nothing blocks';
  const more = differences.filter(
    (difference) => difference.grade !== 'harmless' && !expects.some((one) => meets(difference, one)),
  );
  return alone && more.length > 0 ? `said besides: ${more[0]?.outcome} ${more[0]?.path}` : null;
}
