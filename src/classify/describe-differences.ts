import { runningOrder } from '../compare/change-order.ts';
import { changesFor, type Sides } from '../compare/changes.ts';
import { inDatabaseCollation } from '../compare/database-collation.ts';
import { mendingSql } from '../compare/mending-sql.ts';
import type { Change, Ddl } from '../database/ddl.ts';
import { type Chain, objectAt, tableAt, type Variant } from '../manifest/chain.ts';
import type { Table } from '../schema/snapshot.ts';
import { introducedBy } from './attribute.ts';
import type { GradedDifference, Matcher } from './matcher.ts';
import type { Namer } from './paths.ts';
import type { Difference } from './verdict.ts';

/** What differences are seen from: a revision (by index), or a variant of it, held against what is there. */
export interface Standpoint {
  readonly chain: Chain;
  readonly matcher: Pick<Matcher, 'tableOf' | 'actualObject' | 'defaultCollation'>;
  readonly index: number;
  readonly variant: Variant | null;
}

/** What stands on the two sides of a difference. */
export function sidesOf(
  { chain, matcher, index, variant }: Standpoint,
  { kind, owner }: Pick<GradedDifference, 'kind' | 'owner'>,
): Sides {
  return kind === 'object'
    ? { expected: objectAt(chain, owner, index, variant), actual: matcher.actualObject(owner) }
    : {
        expected: tableAt(chain, owner, index, variant),
        actual: matcher.tableOf(owner).there?.actual ?? null,
      };
}

/** What would do away with a difference; nothing where that cannot be said, and where nobody needs it. */
function changesOf(standpoint: Standpoint, difference: GradedDifference): readonly Change[] {
  // What is inert is reported and no more: a statement that drops a stranger's table is nothing to have lying about.
  if (difference.grade === 'harmless') return [];
  return changesFor(difference, sidesOf(standpoint, difference)) ?? [];
}

/** The tables that are there of those that differ. */
function actualTables(standpoint: Standpoint, differences: readonly GradedDifference[]): readonly Table[] {
  const owners = new Set(differences.flatMap(({ kind, owner }) => (kind === 'object' ? [] : [owner])));
  return [...owners].flatMap((owner) => standpoint.matcher.tableOf(owner).there?.actual ?? []);
}

const GRADE_ORDER = { blocking: 0, risky: 1, harmless: 2 } as const;

/**
 * Differences as a verdict tells them: named, attributed, with the SQL that would mend them, the worst first. Of one grade what has SQL comes
 * first, in an order in which that can be run.
 */
export function describeDifferences(
  standpoint: Standpoint,
  namer: Namer,
  ddl: Ddl | undefined,
  differences: readonly GradedDifference[],
): Difference[] {
  const changes = differences.map((difference) =>
    ddl === undefined ? [] : changesOf(standpoint, difference),
  );
  const order = runningOrder(changes, actualTables(standpoint, differences));
  const inCollation = inDatabaseCollation(standpoint.matcher);
  return differences
    .map((difference, at) => {
      const place = order[at] ?? null;
      const sql =
        ddl === undefined || place === null ? null : mendingSql((changes[at] ?? []).map(inCollation), ddl);
      return {
        place: sql === null || place === null ? Number.MAX_SAFE_INTEGER : place,
        told: {
          path: namer.path(difference),
          outcome: difference.outcome,
          grade: difference.grade,
          expected: difference.expected ?? null,
          actual: difference.actual ?? null,
          rule: difference.rules === undefined ? null : difference.rules.join(', '),
          introducedBy: introducedBy(standpoint.chain, standpoint.index, difference),
          sql,
          accepted: difference.accepted,
        },
      };
    })
    .sort((a, b) => GRADE_ORDER[a.told.grade] - GRADE_ORDER[b.told.grade] || a.place - b.place)
    .map(({ told }) => told);
}
