import { changesFor, type Sides } from '../compare/changes.ts';
import { inDatabaseCollation } from '../compare/database-collation.ts';
import { mendingSql } from '../compare/mending-sql.ts';
import type { Ddl } from '../database/ddl.ts';
import { type Chain, objectAt, tableAt, type Variant } from '../manifest/chain.ts';
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

/** The statements that would do away with a difference; null where they cannot be said, and where nobody needs them. */
function sqlOf(standpoint: Standpoint, difference: GradedDifference, ddl: Ddl | undefined): string | null {
  // What is inert is reported and no more: a statement that drops a stranger's table is nothing to have lying about.
  if (ddl === undefined || difference.grade === 'harmless') return null;
  const changes = changesFor(difference, sidesOf(standpoint, difference));
  return mendingSql(changes?.map(inDatabaseCollation(standpoint.matcher)) ?? null, ddl);
}

const GRADE_ORDER = { blocking: 0, risky: 1, harmless: 2 } as const;

/** Differences as a verdict tells them: named, attributed, with the SQL that would mend them, the worst first. */
export function describeDifferences(
  standpoint: Standpoint,
  namer: Namer,
  ddl: Ddl | undefined,
  differences: readonly GradedDifference[],
): Difference[] {
  return differences
    .map((difference) => ({
      path: namer.path(difference),
      outcome: difference.outcome,
      grade: difference.grade,
      expected: difference.expected ?? null,
      actual: difference.actual ?? null,
      rule: difference.rules === undefined ? null : difference.rules.join(', '),
      introducedBy: introducedBy(standpoint.chain, standpoint.index, difference),
      sql: sqlOf(standpoint, difference, ddl),
      accepted: difference.accepted,
    }))
    .sort((a, b) => GRADE_ORDER[a.grade] - GRADE_ORDER[b.grade]);
}
