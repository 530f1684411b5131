import type { Knex } from 'knex';
import { lockName } from './apply/lock-request.ts';
import type { LockRequest } from './database/dialect.ts';
import { AdoptError } from './errors.ts';
import { type Findings, type Observation, observeDatabase, stateOf } from './gather.ts';
import { historyDigest } from './plan/digests.ts';
import type { Plan } from './plan/plan.ts';
import { glanceAtHistory } from './quick-look.ts';
import type { Workspace } from './workspace.ts';

/**
 * Runs `work` when no other adoption of this history is at work. A transaction holds the lock wherever there can be one: it needs no connection
 * beside the pool's, and means something behind a pooler too.
 */
async function withoutOthers(
  workspace: Workspace,
  { facts, history }: Pick<Observation, 'facts' | 'history'>,
  lockWaitMs: number,
  work: (knex: Knex, waited: boolean) => Promise<void>,
): Promise<void> {
  const { dialect, knex, signal, logger } = workspace;
  let waited = false;
  const request: LockRequest = {
    name: lockName(history),
    mode: dialect.capabilities.transactionalDdl ? 'transaction' : 'session',
    waitMs: lockWaitMs,
    signal,
    onWait: () => {
      waited = true;
      logger.info({ event: 'waiting', for: 'lock' }, 'waiting for another process to finish');
    },
  };
  await dialect.withLock(knex, facts, request, (scope) => work(scope.knex, waited));
}

/**
 * A refusal is final only while nobody else is at work: where DDL commits by itself, a database in the middle of a migration looks like one that
 * was left there.
 *
 * @throws AdoptError `PLAN.STALE` when the database is another than was refused; `LOCK.TIMEOUT`
 */
export async function confirmRefusal(
  workspace: Workspace,
  { observation, chain }: Findings,
  plan: Plan,
  lockWaitMs: number,
): Promise<void> {
  // Nobody is at work where nothing can be written, and to be told so nobody should have to wait.
  if (observation.facts.readOnlyReason !== null) return;
  await withoutOthers(workspace, observation, lockWaitMs, async (knex) => {
    const now = stateOf(await observeDatabase(workspace, knex, { queries: 0 }, chain));
    if (now.fingerprint === plan.fingerprint && historyDigest(now.history) === plan.historyDigest) return;
    throw new AdoptError('PLAN.STALE', 'The database changed while it was judged.', {
      hint: 'Run the command again.',
    });
  });
}

/** Waits for another adoption to finish; says whether there was one. @throws AdoptError `LOCK.TIMEOUT` */
export async function outwaitOthers(workspace: Workspace, lockWaitMs: number): Promise<boolean> {
  const { dialect, knex } = workspace;
  const history = await glanceAtHistory(workspace, { queries: 0 });
  const facts = await dialect.glance(knex, { queries: 0 }, (session) => dialect.readServer(session));
  let others = false;
  await withoutOthers(workspace, { facts, history }, lockWaitMs, async (_knex, waited) => {
    others = waited;
  });
  return others;
}
