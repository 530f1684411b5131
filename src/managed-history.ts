import type { Knex } from 'knex';
import { waitForKnexLock } from './apply/knex-lock.ts';
import { type LockContext, lockRequest } from './apply/lock-request.ts';
import { judgeHistory } from './classify/standing.ts';
import type { LockedScope } from './database/dialect.ts';
import type { ServerFacts } from './database/server-facts.ts';
import { AdoptError } from './errors.ts';
import { observeHistory } from './gather.ts';
import type { History } from './history/history.ts';
import { historyDigest } from './plan/digests.ts';
import type { Refusal } from './plan/plan.ts';
import { brokenLock, readOnly, takenIds } from './plan/trouble.ts';
import type { Workspace } from './workspace.ts';

/** A history that can be gone on with, and what is known of its server. */
export interface ManagedHistory {
  readonly history: History;
  readonly facts: ServerFacts;
  /** Index of the last recorded migration; -1 for none. */
  readonly current: number;
}

/** What is held while migrations run. */
export interface HeldHistory extends LockedScope {
  readonly history: History;
}

/** @throws AdoptError `HISTORY.*` when the rows are not the first migrations of the chain. */
function requireConsistent(workspace: Workspace, history: History): number {
  const { problem, lastRecorded } = judgeHistory(history, workspace.source.migrations);
  if (problem === null) return lastRecorded;
  throw new AdoptError(problem.code, problem.message, {
    hint: 'Deploy the code that made this history, or see what can be mended with "knex-adopt repair-history --dry-run".',
  });
}

function refuse({ code, message, hint }: Refusal): never {
  throw new AdoptError(code, message, { hint });
}

/** @throws AdoptError `PLAN.READ_ONLY`, `DETECT.NO_SCHEMA`, `LOCK.KNEX_BROKEN` */
function requireWritable(workspace: Workspace, facts: ServerFacts, history: History): void {
  if (facts.readOnlyReason !== null) refuse(readOnly(facts.readOnlyReason));
  if (history.lock === 'broken') refuse(brokenLock(history));
  const [wanted] = workspace.schemas;
  if (wanted === undefined || wanted === facts.defaultSchema) return;
  throw new AdoptError(
    'DETECT.NO_SCHEMA',
    `Schema ${wanted} was named, but this connection puts new tables into ${facts.defaultSchema}.`,
    { hint: `Create schema ${wanted}, or set Knex's searchPath to ["${wanted}"] for this connection.` },
  );
}

/**
 * Reads the history of a managed database that is to be written to.
 *
 * @throws AdoptError `HISTORY.*`, `PLAN.READ_ONLY`, `LOCK.KNEX_BROKEN`, `CONNECT.*`
 */
export async function readManagedHistory(workspace: Workspace): Promise<ManagedHistory> {
  const { dialect, knex } = workspace;
  const facts = await dialect.read(knex, { queries: 0 }, (session) => dialect.readServer(session));
  const history = await observeHistory(workspace, knex);
  const current = requireConsistent(workspace, history);
  requireWritable(workspace, facts, history);
  return { history, facts, current };
}

/**
 * Sees that what Knex will record gets ids, and free ones: where a migration has committed, a row that fails leaves it run and unrecorded.
 *
 * @throws AdoptError `HISTORY.SEQUENCE`
 */
export async function requireFreeIds({ dialect, knex }: Workspace, history: History): Promise<void> {
  const trouble = await dialect.read(knex, { queries: 0 }, (session) =>
    dialect.tracker.findIdTrouble(session, history.table),
  );
  if (trouble !== null) refuse(takenIds(trouble));
}

/** Whether two looks saw the same; a plan made for the first is void otherwise. */
export function isSameHistory(a: History, b: History): boolean {
  return historyDigest(a) === historyDigest(b);
}

/**
 * Works under the lock, with the history as it is there, once Knex's own lock is free.
 *
 * @param recordedNames the migrations that may be run.
 * @throws AdoptError `LOCK.*`, `MIGRATIONS.LOAD`, `HISTORY.*`
 */
export async function withHistoryLock<T>(
  workspace: Workspace,
  { history, facts }: ManagedHistory,
  recordedNames: readonly string[],
  lockWaitMs: number,
  work: (held: HeldHistory) => Promise<T>,
): Promise<T> {
  const context: LockContext & { readHistory(knex: Knex): Promise<History> } = {
    ...workspace,
    facts,
    lockWaitMs,
    readHistory: (knex) => observeHistory(workspace, knex),
  };
  const request = await lockRequest(context, history, recordedNames);
  return workspace.dialect.withLock(workspace.knex, facts, request, async (scope) => {
    const now = await observeHistory(workspace, scope.knex);
    requireConsistent(workspace, now);
    await waitForKnexLock(context, scope.knex, now);
    return work({ knex: scope.knex, assertHeld: () => scope.assertHeld(), history: now });
  });
}
