import { adoptIn } from './adopt.ts';
import { assertAdopted } from './assert-adopted.ts';
import { applyInWorkspace } from './carry-out.ts';
import { differencesFrom } from './classify/classify.ts';
import { differenceName } from './classify/paths.ts';
import type { Difference } from './classify/verdict.ts';
import { detectIn } from './detect.ts';
import { AdoptError } from './errors.ts';
import { observeDatabase, stateOf } from './gather.ts';
import type { History } from './history/history.ts';
import { createHistorySql } from './history/write-history.ts';
import { silentLogger } from './logger.ts';
import { indexOfRevision } from './manifest/chain.ts';
import { planUnverifiedStamp } from './plan/unverified-stamp.ts';
import { stampTextOf } from './plan-for.ts';
import { loadWorkspaceDecisions } from './reach-verdict.ts';
import type { Workspace } from './workspace.ts';

export interface StampOptions {
  /** Names of risky differences that are accepted. */
  readonly accept: readonly string[];
  /** Record without looking at the schema. */
  readonly unverified: boolean;
  readonly lockWaitMs?: number | undefined;
}

/** What was recorded. Plain data: `stamp --json`. */
export interface StampReport {
  readonly format: 1;
  readonly outcome: 'up-to-date' | 'stamped';
  readonly revision: string;
  /** Revisions recorded. */
  readonly stamped: readonly string[];
  readonly verified: boolean;
}

/** @throws AdoptError `HISTORY.CONFLICT` when anything else than this revision is recorded; says whether it is. */
function isStampedAlready(workspace: Workspace, history: History, revision: string): boolean {
  if (history.rows.length === 0) return false;
  const { migrations } = workspace.source;
  const index = migrations.findIndex((migration) => migration.revision === revision);
  const wanted = migrations.slice(0, index + 1).map((migration) => migration.recordedName);
  const recorded = new Set(history.rows.map((row) => row.name));
  if (history.rows.length === wanted.length && wanted.every((name) => recorded.has(name))) return true;
  throw new AdoptError(
    'HISTORY.CONFLICT',
    `Knex has a history here already (${history.rows.length} row(s)), and it does not say ${revision}.`,
    { hint: 'A history is never rewritten: move it with "knex-adopt upgrade" or "knex-adopt downgrade".' },
  );
}

function unmet(revision: string, differences: readonly Difference[]): AdoptError {
  const blocking = differences.filter(({ grade, accepted }) => grade === 'blocking' && accepted === null);
  const first = blocking
    .slice(0, 3)
    .map((difference) => `${differenceName(difference)} (${difference.outcome})`)
    .join(', ');
  return new AdoptError(
    'REFUSED.UNMET',
    `The schema does not meet ${revision}: ${blocking.length} blocking difference(s), first ${first}.`,
    {
      hint: 'See where it stands with "knex-adopt detect-state".',
      details: { differences: blocking.slice(0, 10) },
    },
  );
}

async function stampVerified(
  workspace: Workspace,
  revision: string,
  options: StampOptions,
): Promise<readonly string[]> {
  // What the adoption below finds is logged there.
  const { chain, observation, verdict } = await detectIn({ ...workspace, logger: silentLogger });
  if (isStampedAlready(workspace, observation.history, revision)) return [];
  if (!verdict.candidates.includes(revision)) {
    const decisions = await loadWorkspaceDecisions(workspace);
    const index = indexOfRevision(chain, revision);
    throw unmet(revision, differencesFrom(chain, observation.snapshot, index, decisions));
  }
  const report = await adoptIn(workspace, {
    knex: workspace.knex,
    at: revision,
    to: revision,
    accept: options.accept,
    lockWaitMs: options.lockWaitMs,
  });
  assertAdopted(report);
  return report.stamped;
}

async function stampUnverified(
  workspace: Workspace,
  revision: string,
  options: StampOptions,
): Promise<readonly string[]> {
  const { knex, source } = workspace;
  const observation = await observeDatabase(workspace, knex, { queries: 0 }, null);
  const { history, facts } = observation;
  if (isStampedAlready(workspace, history, revision)) return [];
  const plan = planUnverifiedStamp(source.migrations, revision, {
    ...stateOf(observation),
    readOnlyReason: facts.readOnlyReason,
    createHistorySql: createHistorySql(knex, history),
    stampSql: stampTextOf(workspace, observation, new Date()),
  });
  const [refusal] = plan.refused;
  if (refusal !== undefined) throw new AdoptError(refusal.code, refusal.message, { hint: refusal.hint });
  return (await applyInWorkspace(workspace, { observation, chain: null }, plan, options)).stamped;
}

/**
 * Records a revision, and all before it, as done, without running anything: when the schema meets it, or when told not to look.
 *
 * Only a database without history rows is stamped; one that records exactly this revision is left as it is.
 *
 * @param revision one of the chain, see `requireRevision`.
 * @throws AdoptError `REFUSED.UNMET`, `REFUSED.RISKY`, `HISTORY.CONFLICT`, `LOCK.*`, `PLAN.*`, and whatever detecting throws.
 */
export async function stampRevision(
  workspace: Workspace,
  revision: string,
  options: StampOptions,
): Promise<StampReport> {
  const stamped = options.unverified
    ? await stampUnverified(workspace, revision, options)
    : await stampVerified(workspace, revision, options);
  return {
    format: 1,
    outcome: stamped.length === 0 ? 'up-to-date' : 'stamped',
    revision,
    stamped,
    verified: !options.unverified,
  };
}
