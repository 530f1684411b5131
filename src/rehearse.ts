import { applyInWorkspace, type CarryOutOptions } from './carry-out.ts';
import { differenceName } from './classify/paths.ts';
import type { Difference } from './classify/verdict.ts';
import { type Cloned, cloneStructure } from './clone-structure.ts';
import type { ScratchDatabase } from './database/dialect.ts';
import { isAdoptError } from './errors.ts';
import { type Findings, judge, type Observation, observeDatabase } from './gather.ts';
import { guardScratch, othersOf } from './guard-scratch.ts';
import { copyHistory } from './history/write-history.ts';
import { silentLogger } from './logger.ts';
import type { Plan, PlanOptions, Refusal } from './plan/plan.ts';
import { planFor } from './plan-for.ts';
import { loadWorkspaceDecisions } from './reach-verdict.ts';
import { schemaFingerprint } from './schema/fingerprint.ts';
import { qualifiedKey } from './schema/object-key.ts';
import type { Workspace } from './workspace.ts';

/** What came of carrying out a plan in a copy of the database's structure. */
export interface Rehearsal {
  /** What was made of the structure, and what could not be. */
  readonly copied: Cloned;
  /** Whether the copy had the structure of the database to the last element. */
  readonly exact: boolean;
  /** Revisions that were recorded without being run, in the copy. */
  readonly stamped: readonly string[];
  /** Recorded names of the migrations that were run, in the copy. */
  readonly ran: readonly string[];
  /** The revision that the copy ended at; null where it did not come to its end. */
  readonly reached: string | null;
  /** What the copy then was unlike that revision in. */
  readonly differences: readonly Difference[];
  /** Why the plan is not to be carried out; null when it went well. */
  readonly failure: Refusal | null;
}

const NOTHING_WRITTEN = 'Nothing was written to the database itself.';

const failed = (message: string): Refusal => ({
  code: 'REHEARSAL.FAILED',
  message,
  hint: `Mend what it names, and rehearse again. ${NOTHING_WRITTEN}`,
});

const impossible = (message: string, hint: string): Refusal => ({
  code: 'REHEARSAL.IMPOSSIBLE',
  message,
  hint: `${hint} ${NOTHING_WRITTEN}`,
});

const CARRY_OUT_HINT = 'Read the plan with --dry-run, and carry it out without --rehearse.';

/** The same workspace on the copy: what the default schema was called is what it is called there. */
function workspaceOn(
  workspace: Workspace,
  { facts, snapshot }: Observation,
  knex: Workspace['knex'],
  there: string,
): Workspace {
  const { defaultSchema: here } = facts;
  const place = (schema: string) => (schema === here ? there : schema);
  const { historySchema } = workspace;
  return {
    ...workspace,
    knex,
    schemas: snapshot.schemas.map(place),
    historySchema: historySchema === null ? null : place(historySchema),
    logger: silentLogger,
    observer: undefined,
  };
}

/** A qualified name, or what begins with one, as it is where the default schema has another name. */
function renamed(name: string, schema: string, otherSchema: string): string {
  const prefix = (one: string) => qualifiedKey(one, 'x').slice(0, -1);
  return name.startsWith(prefix(schema)) ? prefix(otherSchema) + name.slice(prefix(schema).length) : name;
}

/** Looks at the copy as the database was looked at: what rows said of that is taken over, because the copy has none. */
async function judgeCopy(workspace: Workspace, { chain, observation: live, verdict }: Findings) {
  const seen = await observeDatabase(workspace, workspace.knex, { queries: 0 }, chain);
  const observation = { ...seen, foreignHistories: live.foreignHistories };
  const decisions = await loadWorkspaceDecisions(workspace);
  const probes = verdict.probes;
  return { chain, observation, verdict: judge(workspace, chain, observation, { decisions, probes }) };
}

/** Where a verdict puts a database, as one text. */
function standOf({ verdict: { state, revision, variant, candidates, nearest } }: Findings): string {
  const [first] = nearest;
  return JSON.stringify([state, revision, variant, candidates, first?.revision, first?.blocking]);
}

function wordsOf({ verdict: { state, revision } }: Findings): string {
  return revision === null ? state : `${state} at ${revision}`;
}

function unlike(live: Findings, copy: Findings, { leftOut }: Cloned): Refusal {
  const some = leftOut.slice(0, 3).map(({ what, why }) => `${what} (${why})`);
  const because = some.length === 0 ? '' : ` The copy lacks ${some.join('; ')}.`;
  return impossible(
    `The database is ${wordsOf(live)}, and a copy of its structure is ${wordsOf(copy)}, so nothing can be vouched for.${because}`,
    CARRY_OUT_HINT,
  );
}

/** The failure in another's words; what says nothing of the plan is thrown on. */
function failureOf(error: unknown, { dialect, signal }: Workspace): Refusal {
  if (signal?.aborted === true) throw error;
  const known = isAdoptError(error) ? error : dialect.translateError(error);
  if (known?.code.startsWith('CONNECT.') === true) throw known;
  if (known?.code === 'MIGRATIONS.OUTSIDE') return impossible(known.message, known.hint ?? '');
  if (known !== null) return failed(`In a copy of the structure: ${known.message}`);
  throw error;
}

/** What the copy then is, held against the revision that it was to become. */
function compareWithTarget(
  copy: Findings,
  target: string | null,
  nameHere: (name: string) => string,
): Pick<Rehearsal, 'reached' | 'differences' | 'failure'> {
  const { revision, state, differences } = copy.verdict;
  const reached = state === 'managed' ? revision : null;
  const grave = differences.filter(({ grade, accepted }) => grade === 'blocking' && accepted === null);
  const ended = { reached, differences };
  const [first] = grave;
  if (reached === target && first === undefined) return { ...ended, failure: null };
  const message =
    reached === target && first !== undefined
      ? `In a copy of the structure the plan ended at ${target}, and the schema differs from it in ${grave.length} blocking place(s), first ${nameHere(differenceName(first))}.`
      : `In a copy of the structure the plan ended ${wordsOf(copy)}, and not at ${target}.`;
  const code = 'REHEARSAL.DIFFERS';
  return { ...ended, failure: { ...failed(message), code } };
}

async function rehearseIn(
  scratch: ScratchDatabase,
  workspace: Workspace,
  live: Findings,
  options: PlanOptions,
  carry: CarryOutOptions,
): Promise<Rehearsal> {
  const { dialect, knex, signal } = workspace;
  const { facts, history, snapshot } = live.observation;
  guardScratch(dialect, scratch, live.observation);
  const counter = { queries: 0 };
  const { defaultSchema: there } = await dialect.glance(scratch.knex, counter, dialect.readServer);
  const copyWorkspace = workspaceOn(workspace, live.observation, scratch.knex, there);
  const foundations = await dialect.read(knex, counter, (session) =>
    dialect.readFoundations(session, copyWorkspace.schemas),
  );
  const copied = await cloneStructure(
    dialect,
    scratch.knex,
    snapshot,
    foundations,
    othersOf(live.observation),
    signal,
  );
  const now = carry.now ?? (() => new Date());
  if (history.present) {
    const schema = history.table.schema === facts.defaultSchema ? there : history.table.schema;
    await copyHistory(scratch.knex, history, schema, now());
  }
  const before = await judgeCopy(copyWorkspace, live);
  const exact = schemaFingerprint(before.observation.snapshot) === schemaFingerprint(snapshot);
  const nothing = { copied, exact, stamped: [], ran: [], reached: null, differences: [] };
  if (standOf(before) !== standOf(live)) return { ...nothing, failure: unlike(live, before, copied) };
  const here = facts.defaultSchema;
  const accept = options.accept.map((name) => renamed(name, here, there));
  const plan = await planFor(copyWorkspace, before, { ...options, accept, seed: 'never' }, now());
  const [refusal] = plan.refused;
  if (refusal !== undefined) {
    const why = `A copy of the structure gets no plan: ${refusal.message}`;
    return { ...nothing, failure: impossible(why, refusal.hint) };
  }
  const applied = await applyInWorkspace(copyWorkspace, before, { ...plan, evidence: null }, carry).catch(
    (error: unknown) => failureOf(error, workspace),
  );
  if ('code' in applied) return { ...nothing, failure: applied };
  const { stamped, ran } = applied;
  const after = await judgeCopy(copyWorkspace, live);
  const { differences, ...ended } = compareWithTarget(after, plan.target, (name) =>
    renamed(name, there, here),
  );
  return {
    ...{ copied, exact, stamped, ran, ...ended },
    differences: differences.map((difference) => ({
      ...difference,
      path: difference.path.map((part, index) => (index === 1 ? renamed(part, there, here) : part)),
    })),
  };
}

/**
 * Carries out a plan in a copy of the database's structure, without its rows, in a scratch database that is removed afterwards, and holds the
 * result against the revision that the plan promises. To the database itself nothing is written.
 *
 * What only rows decide is not rehearsed: constraints that they do not meet, migrations that read them, seeds. A statement that would reach
 * outside of the scratch database is not sent, and ends the rehearsal.
 *
 * @param plan what was planned for the database, refused nothing.
 * @param options what that plan was made with; null where that is not known any more.
 * @throws AdoptError `CONFIG.NO_DATABASE`, `CONNECT.*` where no scratch database is to be had; `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID`
 */
export async function rehearse(
  workspace: Workspace,
  live: Findings,
  plan: Plan,
  options: PlanOptions | null,
  carry: CarryOutOptions,
): Promise<Rehearsal> {
  const none = { tables: 0, objects: 0, leftOut: [] };
  const nothing = { copied: none, exact: false, stamped: [], ran: [], reached: null, differences: [] };
  if (options === null) {
    const why = 'A plan that was made before is carried out as it is, and not rehearsed.';
    return { ...nothing, failure: impossible(why, 'Rehearse when the plan is made.') };
  }
  if (live.observation.history.receipts.journal !== null) {
    const why = 'What an interrupted rebuild has left to do depends on rows that were set aside.';
    return { ...nothing, failure: impossible(why, 'Go on with it without --rehearse.') };
  }
  workspace.logger.info({ event: 'rehearsing', target: plan.target }, 'rehearsing in a copy without rows');
  const scratch = await workspace.dialect.createScratch(workspace.knex);
  let rehearsal: Rehearsal;
  try {
    rehearsal = await rehearseIn(scratch, workspace, live, options, carry);
  } catch (error) {
    await scratch.remove().catch(() => undefined);
    throw error;
  }
  await scratch.remove();
  const { failure, exact, copied, ran } = rehearsal;
  if (failure === null) {
    workspace.logger.info(
      { event: 'rehearsed', exact, leftOut: copied.leftOut.length, ran },
      'the rehearsal went well',
    );
  }
  return rehearsal;
}
