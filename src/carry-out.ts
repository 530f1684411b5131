import type { Knex } from 'knex';
import { applyPlan } from './apply/apply-plan.ts';
import type { CurrentState } from './apply/context.ts';
import type { Applied } from './apply/run-step.ts';
import { differencesFrom } from './classify/classify.ts';
import { describeForeignHistory } from './classify/foreign-history.ts';
import { differenceName } from './classify/paths.ts';
import { type Findings, loadWorkspaceChain, observeDatabase, observeHistory, stateOf } from './gather.ts';
import { type Chain, indexOfRevision, knowsObject, knowsTable } from './manifest/chain.ts';
import { evidenceDigest } from './plan/digests.ts';
import type { Plan } from './plan/plan.ts';
import { askWorkspaceProbes, loadWorkspaceDecisions } from './reach-verdict.ts';
import { objectIdentity } from './schema/elements.ts';
import type { Workspace } from './workspace.ts';

/** How long another process may hold the lock before we give up, unless told otherwise. */
export const DEFAULT_LOCK_WAIT_MS = 60_000;

/** How a plan is carried out, beside the plan itself. */
export interface CarryOutOptions {
  /** How long to wait for another holder of the lock, in milliseconds. Default: a minute. */
  readonly lockWaitMs?: number | undefined;
  /** The clock. */
  readonly now?: (() => Date) | undefined;
}

/** How long to wait for another holder of the lock, in milliseconds. */
export function lockWait(options: CarryOutOptions): number {
  return options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS;
}

/** The state as the plan depends on it: what data said is asked again too, where the plan rests on that. */
async function readState(
  workspace: Workspace,
  chain: Chain | null,
  knex: Knex,
  { evidence }: Plan,
): Promise<CurrentState> {
  const counter = { queries: 0 };
  const observation = await observeDatabase(workspace, knex, counter, chain);
  const state = stateOf(observation);
  if (evidence === null) return { ...state, evidenceDigest: null };
  const revisions = new Set(evidence.probes);
  const probes = await askWorkspaceProbes(workspace, knex, counter, observation, revisions);
  const { migrations } = workspace.source;
  const foreignHistories = observation.foreignHistories.map((one) => describeForeignHistory(one, migrations));
  return { ...state, evidenceDigest: evidenceDigest({ probes: [...probes], foreignHistories }) };
}

/** The schema as it is now: its fingerprint, and the blocking differences from a revision that nobody accepted. */
async function readUnmet(workspace: Workspace, knex: Knex, revision: string) {
  const chain = await loadWorkspaceChain(workspace);
  const observation = await observeDatabase(workspace, knex, { queries: 0 }, chain);
  const decisions = await loadWorkspaceDecisions(workspace);
  const index = indexOfRevision(chain, revision);
  const unmet = differencesFrom(chain, observation.snapshot, index, decisions)
    .filter(({ grade, accepted }) => grade === 'blocking' && accepted === null)
    .map(differenceName);
  return { fingerprint: stateOf(observation).fingerprint, unmet };
}

/** Carries out a plan made in this workspace, under the lock. @throws AdoptError as `applyPlan` */
export function applyInWorkspace(
  workspace: Workspace,
  { observation, chain }: Pick<Findings, 'observation'> & { readonly chain: Chain | null },
  plan: Plan,
  options: CarryOutOptions,
): Promise<Applied> {
  const { facts, history } = observation;
  return applyPlan(
    {
      knex: workspace.knex,
      dialect: workspace.dialect,
      facts,
      source: workspace.source,
      logger: workspace.logger,
      observer: workspace.observer,
      signal: workspace.signal,
      lockWaitMs: lockWait(options),
      now: options.now ?? (() => new Date()),
      readState: (knex) => readState(workspace, chain, knex, plan),
      author: workspace.author,
      readUnmet: (knex, revision) => readUnmet(workspace, knex, revision),
      readKnown: async (knex) => {
        const known = await loadWorkspaceChain(workspace);
        const { snapshot } = await observeDatabase(workspace, knex, { queries: 0 }, known);
        return {
          tables: snapshot.tables.filter(({ key }) => knowsTable(known, key)),
          objects: snapshot.objects.filter((object) => knowsObject(known, objectIdentity(object))),
        };
      },
      readHistory: (knex) => observeHistory(workspace, knex),
    },
    plan,
    history,
  );
}
