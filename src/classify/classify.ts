import { rulesBetween } from '../compare/compare-table.ts';
import type { ForeignHistory } from '../history/foreign-histories.ts';
import type { History } from '../history/history.ts';
import { type Chain, expectedAt, valueAt } from '../manifest/chain.ts';
import type { Migration } from '../migrations/migration.ts';
import { objectIdentity } from '../schema/elements.ts';
import { schemaFingerprint } from '../schema/fingerprint.ts';
import type { Snapshot } from '../schema/snapshot.ts';
import { uniqueSorted } from '../util/order.ts';
import { introducedBy } from './attribute.ts';
import { createMatcher, type GradedDifference, type Matcher, type Score } from './matcher.ts';
import { migrationEvidence, type SchemaEvidence } from './migration-evidence.ts';
import { createNamer, type Namer } from './paths.ts';
import { differencesAt, nearestRevisions, scoreRevisions } from './score-revisions.ts';
import { judgeHistory, type Standing } from './standing.ts';
import { type Difference, REPORT_FORMAT, type Verdict } from './verdict.ts';

/** Everything a verdict rests on; facts only. */
export interface Evidence {
  readonly chain: Chain;
  readonly snapshot: Snapshot;
  readonly history: History;
  /** Of the migrations source, in order; one for each revision of the chain. */
  readonly migrations: readonly Migration[];
  readonly foreignHistories: readonly ForeignHistory[];
}

/** How many nearest revisions a verdict names. */
const MOST_NEAREST = 5;

const GRADE_ORDER = { blocking: 0, risky: 1, harmless: 2 } as const;

function report(
  chain: Chain,
  namer: Namer,
  index: number,
  differences: readonly GradedDifference[],
): Difference[] {
  return differences
    .map((difference) => ({
      path: namer.path(difference),
      outcome: difference.outcome,
      grade: difference.grade,
      expected: difference.expected ?? null,
      actual: difference.actual ?? null,
      introducedBy: introducedBy(chain, index, difference),
      sql: null,
    }))
    .sort((a, b) => GRADE_ORDER[a.grade] - GRADE_ORDER[b.grade]);
}

/** Every difference between one revision (by index) and what is there, graded and attributed, the worst first. */
export function differencesFrom(chain: Chain, snapshot: Snapshot, index: number): readonly Difference[] {
  const matcher = createMatcher(chain, snapshot);
  return report(chain, createNamer(snapshot), index, differencesAt(chain, matcher, index));
}

/** Whether anything at all is there that some revision knows. */
function knowsAnything(chain: Chain, snapshot: Snapshot): boolean {
  return (
    snapshot.tables.some((table) => chain.tables.has(table.key)) ||
    snapshot.objects.some((object) => chain.objects.has(objectIdentity(object)))
  );
}

function evidenceFor(state: Verdict['state'], chain: Chain, matcher: Matcher): readonly SchemaEvidence[] {
  const evidence = migrationEvidence(chain, matcher);
  if (state !== 'fresh') return evidence;
  // Where nothing is there, what a migration removes is absent too, and proves nothing.
  return evidence.map((one) => (one.evidence === 'traceless' ? one : { ...one, evidence: 'absent', met: 0 }));
}

/** The equivalences that this verdict rests on: those of reading, and those of comparing with the revision at `index`. */
function rulesUsed({ chain, snapshot }: Evidence, index: number): string[] {
  const compared = snapshot.tables.flatMap((actual) => {
    const expected = valueAt(chain.tables.get(actual.key), index);
    return expected === null ? [] : rulesBetween(expected, actual);
  });
  return uniqueSorted([...snapshot.rules, ...compared]);
}

/** Of what the chain expects at `index` or the database holds in its place: what was seen and is compared only as words. */
function unmodelled({ chain, snapshot }: Evidence, namer: Namer, index: number): string[] {
  const expected = index < 0 ? [] : expectedAt(chain, index).tables;
  const actual = snapshot.tables.filter((table) => chain.tables.has(table.key));
  return uniqueSorted(
    [...expected, ...actual].flatMap((table) =>
      table.unmodelled.map((words) => `${namer.table(table.key)}: ${words}`),
    ),
  );
}

function lockProblem(history: History): string | null {
  return history.lock === 'broken'
    ? `The lock table ${history.lockTable.name} does not hold exactly one row with 0 or 1: Knex takes it for locked for ever.`
    : null;
}

interface Stand {
  readonly state: Verdict['state'];
  readonly revision: number | null;
  readonly candidates: readonly number[];
  readonly pending: readonly string[];
  readonly standing: Standing | null;
}

function decide(evidence: Evidence, scores: readonly Score[]): Stand {
  const { chain, snapshot, history, migrations } = evidence;
  const met = scores.flatMap((score, index) => (score.blocking === 0 ? [index] : []));
  const names = migrations.map((migration) => migration.revision);
  if (history.rows.length > 0) {
    const standing = judgeHistory(history, migrations);
    const recorded = new Set(history.rows.map((row) => row.name));
    const pending = migrations.filter((migration) => !recorded.has(migration.recordedName));
    return {
      state: 'managed',
      revision: standing.lastRecorded < 0 ? null : standing.lastRecorded,
      candidates: met,
      pending: pending.map((migration) => migration.revision),
      standing,
    };
  }
  const nothing = { revision: null, candidates: [], pending: names, standing: null };
  if (!knowsAnything(chain, snapshot)) return { ...nothing, state: 'fresh' };
  const [first, ...more] = met;
  if (first === undefined) return { ...nothing, state: 'partial' };
  // What is pending for certain is what comes after the last candidate.
  const last = more.at(-1) ?? first;
  return {
    state: 'legacy',
    revision: more.length === 0 ? first : null,
    candidates: met,
    pending: names.slice(last + 1),
    standing: null,
  };
}

/**
 * Says where a database stands. Pure and total: the same evidence always gives the same verdict, and every evidence gives one.
 *
 * History rows decide `managed`. Without them the schema alone decides: nothing of the chain is there: `fresh`; at least one revision is met
 * without a blocking difference: `legacy`, with every such revision as candidate; otherwise `partial`.
 */
export function classify(evidence: Evidence): Verdict {
  const { chain, snapshot, history, migrations, foreignHistories } = evidence;
  const namer = createNamer(snapshot);
  const matcher = createMatcher(chain, snapshot);
  const scores = scoreRevisions(chain, matcher);
  const stand = decide(evidence, scores);
  const nearest = stand.state === 'fresh' ? [] : nearestRevisions(scores, MOST_NEAREST);
  const name = (index: number) => chain.revisions[index]?.name ?? '';
  const against = stand.revision ?? (stand.state === 'fresh' ? -1 : (nearest[0] ?? -1));
  const differences = report(chain, namer, against, differencesAt(chain, matcher, against));
  const drift = differences.some((difference) => difference.grade !== 'harmless');
  const recorded = new Map(history.rows.map((row) => [row.name, row]));
  const schemaEvidence = evidenceFor(stand.state, chain, matcher);
  return {
    format: REPORT_FORMAT,
    state: stand.state,
    revision: stand.revision === null ? null : name(stand.revision),
    candidates: stand.candidates.map(name),
    ambiguous: stand.state === 'legacy' && stand.candidates.length > 1,
    standing: stand.standing?.kind ?? null,
    drift: stand.state === 'managed' ? drift : null,
    head: migrations.at(-1)?.revision ?? '',
    pending: [...stand.pending],
    nearest: nearest.map((index) => ({ revision: name(index), ...(scores[index] as Score) })),
    differences,
    migrations: migrations.map((migration, index) => {
      const row = recorded.get(migration.recordedName);
      return {
        revision: migration.revision,
        recordedName: migration.recordedName,
        ...(schemaEvidence[index] ?? { evidence: 'traceless', met: 0, expected: 0 }),
        recorded: row !== undefined,
        adopted: row !== undefined && row.batch === null,
      };
    }),
    unmanaged: uniqueSorted(
      matcher.strangers.differences.flatMap((difference) =>
        difference.kind === 'table' || difference.kind === 'object' ? [namer.path(difference)[1] ?? ''] : [],
      ),
    ),
    foreignHistories: foreignHistories.map((foreign) => ({
      tool: foreign.tool,
      table: `${foreign.table.schema}.${foreign.table.name}`,
      versions: [...foreign.versions],
    })),
    history: {
      present: history.present,
      rows: history.rows.length,
      lock: history.lock,
      problem: stand.standing?.problem?.message ?? lockProblem(history),
    },
    rulesUsed: rulesUsed(evidence, against),
    unmodelled: unmodelled(evidence, namer, against),
    server: { ...snapshot.server },
    schemas: [...snapshot.schemas],
    fingerprint: schemaFingerprint(snapshot),
  };
}
