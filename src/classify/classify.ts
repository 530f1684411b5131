import type { Ddl } from '../database/ddl.ts';
import type { ServerSetting } from '../database/server-setting.ts';
import type { IdTrouble } from '../database/tracker.ts';
import type { ForeignHistory } from '../history/foreign-histories.ts';
import type { History } from '../history/history.ts';
import type { ProbeAnswer } from '../history/probe-answer.ts';
import { type Chain, knowsObject, knowsTable, type Variant } from '../manifest/chain.ts';
import { type Decisions, NO_DECISIONS } from '../manifest/decisions.ts';
import { kindInstead } from '../manifest/in-place-of.ts';
import type { Migration } from '../migrations/migration.ts';
import { isGround, objectIdentity } from '../schema/elements.ts';
import { schemaFingerprint } from '../schema/fingerprint.ts';
import type { Snapshot } from '../schema/snapshot.ts';
import { createAcceptance } from './acceptance.ts';
import { describeDifferences } from './describe-differences.ts';
import { describeForeignHistory } from './foreign-history.ts';
import { describeProblems } from './history-problem.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import { migrationEvidence, type SchemaEvidence } from './migration-evidence.ts';
import { nearestRevisions } from './nearest.ts';
import { createNamer } from './paths.ts';
import { rulesUsed, unmanaged, unmodelled } from './remarks.ts';
import { closestAt, differencesAt, type RevisionScore, scoreRevisions } from './score-revisions.ts';
import { settingsAtWork } from './settings-at-work.ts';
import { type Settlement, settle } from './settle.ts';
import { judgeHistory, type Standing } from './standing.ts';
import { type Difference, REPORT_FORMAT, type SettledBy, type Undecided, type Verdict } from './verdict.ts';

/** Everything a verdict rests on; facts only. */
export interface Evidence {
  readonly chain: Chain;
  readonly snapshot: Snapshot;
  readonly history: History;
  /** Of the migrations source, in order; one for each revision of the chain. */
  readonly migrations: readonly Migration[];
  readonly foreignHistories: readonly ForeignHistory[];
  /** What is wrong with how the history gets its ids; nothing where it is left out. */
  readonly idTrouble?: IdTrouble | null | undefined;
  /** What people decided beforehand; nothing where it is left out. */
  readonly decisions?: Decisions | undefined;
  /** Rules that the snapshot is held to expectations without; see `withoutRules`. */
  readonly withoutRules?: readonly string[] | undefined;
  /** How the family writes changes, for the SQL of differences; they have none where it is left out. */
  readonly ddl?: Ddl | undefined;
  /** What was asked because a first verdict was ambiguous. */
  readonly probes?: readonly ProbeAnswer[] | undefined;
  /** Settings of the server that may be why columns differ; none where it is left out. */
  readonly settings?: readonly ServerSetting[] | undefined;
}

/** How many nearest revisions a verdict names. */
const MOST_NEAREST = 5;

/** What one revision comes to where it is named, as a verdict says it of its own. */
export type Held = Pick<Verdict, 'variant' | 'differences' | 'unusedAcceptances'>;

/**
 * What is there, held against one revision (by index), whether or not it is met: differences graded and attributed, the worst first. Of a
 * revision with variants: against that which comes closest.
 */
export function heldAgainst(
  {
    chain,
    snapshot,
    decisions = NO_DECISIONS,
    ddl,
  }: Pick<Evidence, 'chain' | 'snapshot' | 'decisions' | 'ddl'>,
  index: number,
): Held {
  const namer = createNamer(snapshot);
  const acceptance = createAcceptance(decisions.accepted, namer);
  const matcher = createMatcher(chain, snapshot, acceptance);
  const variant = scoreRevisions(chain, matcher, acceptance)[index]?.variant ?? null;
  const found = differencesAt(chain, matcher, acceptance, index, variant);
  return {
    variant: variant?.name ?? null,
    differences: describeDifferences({ chain, matcher, index, variant }, namer, ddl, found),
    unusedAcceptances: [...acceptance.unused(chain.revisions[index]?.name ?? '', found)],
  };
}

/** Every difference between one revision (by index) and what is there; see {@link heldAgainst}. */
export function differencesFrom(
  chain: Chain,
  snapshot: Snapshot,
  index: number,
  decisions: Decisions = NO_DECISIONS,
): readonly Difference[] {
  return heldAgainst({ chain, snapshot, decisions }, index).differences;
}

/** What is there of what some revision, or a variant of one, knows: something, only what such things stand on, or nothing. */
function presence(chain: Chain, { tables, objects }: Snapshot): 'something' | 'ground' | 'nothing' {
  const known = objects.filter((object) => knowsObject(chain, objectIdentity(object)));
  if (tables.some((table) => knowsTable(chain, table.key)) || !known.every(isGround)) return 'something';
  const named = [...tables.map(({ key }) => ({ kind: 'table' as const, key })), ...objects];
  if (named.some((one) => kindInstead(chain, one) !== null)) return 'something';
  return known.length > 0 ? 'ground' : 'nothing';
}

function evidenceFor(
  state: Verdict['state'],
  chain: Chain,
  matcher: Matcher,
  variant: Variant | null,
): readonly SchemaEvidence[] {
  const evidence = migrationEvidence(chain, matcher, variant);
  if (state !== 'fresh') return evidence;
  // Where nothing is there, what a migration removes is absent too, and proves nothing.
  return evidence.map((one) => (one.evidence === 'traceless' ? one : { ...one, evidence: 'absent', met: 0 }));
}

interface Stand {
  readonly state: Verdict['state'];
  readonly revision: number | null;
  readonly candidates: readonly number[];
  readonly pending: readonly string[];
  readonly standing: Standing | null;
  readonly settledBy: SettledBy | null;
  readonly undecided: Undecided | null;
}

const UNSETTLED = { standing: null, settledBy: null, undecided: null } as const;

function decideManaged({ history, migrations }: Evidence, candidates: readonly number[]): Stand {
  const standing = judgeHistory(history, migrations);
  const recorded = new Set(history.rows.map((row) => row.name));
  const pending = migrations.filter((migration) => !recorded.has(migration.recordedName));
  return {
    ...UNSETTLED,
    state: 'managed',
    revision: standing.lastRecorded < 0 ? null : standing.lastRecorded,
    candidates,
    pending: pending.map((migration) => migration.revision),
    standing,
  };
}

function decideLegacy(evidence: Evidence, names: readonly string[], candidates: readonly number[]): Stand {
  const [only = 0, ...more] = candidates;
  const stand = { ...UNSETTLED, state: 'legacy', candidates } as const;
  if (more.length === 0) return { ...stand, revision: only, pending: names.slice(only + 1) };
  const settlement: Settlement = settle(candidates, {
    revisions: names,
    probes: evidence.probes ?? [],
    foreignHistories: evidence.foreignHistories,
    decisions: evidence.decisions ?? NO_DECISIONS,
  });
  if (settlement.index !== null) {
    const { index, settledBy } = settlement;
    return { ...stand, revision: index, settledBy, pending: names.slice(index + 1) };
  }
  // What is pending for certain is what comes after the last candidate.
  const last = candidates.at(-1) ?? only;
  return { ...stand, revision: null, undecided: settlement.undecided, pending: names.slice(last + 1) };
}

function decide(evidence: Evidence, scores: readonly RevisionScore[]): Stand {
  const { chain, snapshot, history, migrations } = evidence;
  const met = scores.flatMap(({ score }, index) => (score.blocking === 0 ? [index] : []));
  if (history.rows.length > 0) return decideManaged(evidence, met);
  const names = migrations.map((migration) => migration.revision);
  const nothing = { ...UNSETTLED, revision: null, candidates: [], pending: names };
  const present = presence(chain, snapshot);
  // An empty schema or an extension that was made ahead is no obstacle for the first migration, unless it is just what some revisions come to.
  if (present === 'nothing' || (present === 'ground' && met.length === 0))
    return { ...nothing, state: 'fresh' };
  if (met.length === 0) return { ...nothing, state: 'partial' };
  return decideLegacy(evidence, names, met);
}

/**
 * Says where a database stands. Pure and total: the same evidence always gives the same verdict, and every evidence gives one.
 *
 * History rows decide `managed`. Without them the schema alone decides: nothing of the chain is there: `fresh`; at least one revision, or an
 * accepted variant of one, is met without a blocking difference that was not accepted: `legacy`, with every such revision as candidate;
 * otherwise `partial`. Which of several candidates it is, only evidence settles; see {@link settle}.
 */
export function classify(evidence: Evidence): Verdict {
  const { chain, snapshot, history, migrations, foreignHistories, decisions = NO_DECISIONS } = evidence;
  const namer = createNamer(snapshot);
  const acceptance = createAcceptance(decisions.accepted, namer);
  const matcher = createMatcher(chain, snapshot, acceptance);
  const scores = scoreRevisions(chain, matcher, acceptance);
  const stand = decide(evidence, scores);
  const nearest = stand.state === 'fresh' ? [] : nearestRevisions(chain, matcher, scores, MOST_NEAREST);
  const name = (index: number) => chain.revisions[index]?.name ?? '';
  const against = stand.revision ?? (stand.state === 'fresh' ? -1 : (nearest[0] ?? -1));
  const own = scores[against];
  const closest =
    own === undefined || stand.state !== 'managed'
      ? own
      : closestAt(chain, matcher, acceptance, against, own);
  const variant = closest?.variant ?? null;
  const found = differencesAt(chain, matcher, acceptance, against, variant);
  const standpoint = { chain, matcher, index: against, variant };
  const differences = describeDifferences(standpoint, namer, evidence.ddl, found);
  const drift = differences.some(({ grade, accepted }) => grade !== 'harmless' && accepted === null);
  const recorded = new Map(history.rows.map((row) => [row.name, row]));
  const schemaEvidence = evidenceFor(stand.state, chain, matcher, variant);
  return {
    format: REPORT_FORMAT,
    state: stand.state,
    revision: stand.revision === null ? null : name(stand.revision),
    variant: stand.revision === null ? null : (variant?.name ?? null),
    candidates: stand.candidates.map(name),
    ambiguous: stand.undecided !== null,
    settledBy: stand.settledBy,
    undecided: stand.undecided,
    probes: (evidence.probes ?? []).map((probe) => ({ ...probe })),
    standing: stand.standing?.kind ?? null,
    drift: stand.state === 'managed' ? drift : null,
    head: migrations.at(-1)?.revision ?? '',
    pending: [...stand.pending],
    nearest: nearest.flatMap((index) => {
      const score = scores[index]?.score;
      return score === undefined ? [] : [{ revision: name(index), ...score }];
    }),
    differences,
    unusedAcceptances: stand.state === 'fresh' ? [] : [...acceptance.unused(name(against), found)],
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
    unmanaged: unmanaged(chain, matcher, namer),
    foreignHistories: foreignHistories.map((one) => describeForeignHistory(one, migrations)),
    history: {
      present: history.present,
      rows: history.rows.length,
      lock: history.lock,
      problem: describeProblems(history, migrations, schemaEvidence, evidence.idTrouble ?? null),
    },
    rulesUsed: rulesUsed(snapshot, matcher, against, variant),
    withoutRules: [...(evidence.withoutRules ?? [])],
    unmodelled: unmodelled(evidence, matcher, namer, against, variant),
    server: { ...snapshot.server },
    settings: settingsAtWork(evidence.settings ?? [], chain, matcher, against, variant, found, namer),
    schemas: [...snapshot.schemas],
    fingerprint: schemaFingerprint(snapshot),
  };
}
