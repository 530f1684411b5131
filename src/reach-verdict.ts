import type { Knex } from 'knex';
import type { Verdict } from './classify/verdict.ts';
import type { QueryCounter } from './database/session.ts';
import { type Findings, judge, type Observation } from './gather.ts';
import { askProbes, DEFAULT_PROBE_LIMIT_MS } from './history/ask-probes.ts';
import { FOREIGN_TOOLS } from './history/foreign-histories.ts';
import type { ProbeAnswer } from './history/probe-answer.ts';
import type { Chain } from './manifest/chain.ts';
import type { Decisions } from './manifest/decisions.ts';
import { loadDecisions } from './manifest/load-decisions.ts';
import { loadProbes } from './manifest/load-probes.ts';
import { parseProbe } from './manifest/probe.ts';
import type { PlanOptions } from './plan/plan.ts';
import { untoldByCompletion } from './plan/untold.ts';
import type { Workspace } from './workspace.ts';

const revisionsOf = (workspace: Workspace) =>
  workspace.source.migrations.map((migration) => migration.revision);

/** What people decided about databases of this workspace's chain. @throws AdoptError `DECISIONS.INVALID` */
export function loadWorkspaceDecisions(workspace: Workspace): Promise<Decisions> {
  return loadDecisions(workspace.manifests, { revisions: revisionsOf(workspace), tools: FOREIGN_TOOLS });
}

/**
 * Asks the probes of these migrations, as far as there are any.
 *
 * @param knex the instance, or the transaction that holds the lock.
 * @throws AdoptError `PROBE.INVALID`, `PROBE.FAILED`, `CONNECT.*`
 */
export async function askWorkspaceProbes(
  workspace: Workspace,
  knex: Knex,
  counter: QueryCounter,
  { facts, snapshot }: Pick<Observation, 'facts' | 'snapshot'>,
  revisions: ReadonlySet<string>,
): Promise<readonly ProbeAnswer[]> {
  const { dialect, manifests, probeLimitMs = DEFAULT_PROBE_LIMIT_MS } = workspace;
  const files = await loadProbes(manifests, dialect.name, revisionsOf(workspace));
  const probes = files
    .filter(({ revision }) => revisions.has(revision))
    .map((file) => parseProbe(file, dialect.syntaxes));
  return askProbes(dialect, knex, counter, facts, probes, {
    schema: snapshot.schemas[0] ?? facts.defaultSchema,
    limitMs: probeLimitMs,
  });
}

/** The migrations of which it is open whether they have run. */
function betweenCandidates({ candidates, migrations }: Verdict): ReadonlySet<string> {
  const revisions = migrations.map(({ revision }) => revision);
  const first = revisions.indexOf(candidates[0] ?? '');
  const last = revisions.indexOf(candidates.at(-1) ?? '');
  return new Set(revisions.slice(first + 1, last + 1));
}

/**
 * The verdict on what was observed, with everything that is decided in files beside the manifests. Only where the schema is met by several
 * revisions are the probes between them asked.
 *
 * @throws AdoptError `DETECT.BLIND`, `DETECT.UNSTABLE`, `DECISIONS.INVALID`, `PROBE.INVALID`, `PROBE.FAILED`, `CONNECT.*`
 */
export async function reachVerdict(
  workspace: Workspace,
  chain: Chain,
  observation: Observation,
  counter: QueryCounter = { queries: 0 },
): Promise<Verdict> {
  const decisions = await loadWorkspaceDecisions(workspace);
  const verdict = judge(workspace, chain, observation, { decisions });
  if (verdict.state !== 'legacy' || verdict.candidates.length < 2) return verdict;
  const open = betweenCandidates(verdict);
  const probes = await askWorkspaceProbes(workspace, workspace.knex, counter, observation, open);
  return probes.length === 0 ? verdict : judge(workspace, chain, observation, { decisions, probes });
}

/**
 * What was found, with what probes say of migrations that a partial database which is to be completed or rebuilt does not tell of; of any other as it was.
 *
 * @throws AdoptError `PROBE.INVALID`, `PROBE.FAILED`, `CONNECT.*`
 */
export async function askForCompletion(
  workspace: Workspace,
  findings: Findings,
  options: Pick<PlanOptions, 'onPartial' | 'at' | 'to'>,
): Promise<Findings> {
  const { chain, observation, verdict } = findings;
  if (verdict.state !== 'partial' || options.onPartial === 'refuse') return findings;
  const decisions = await loadWorkspaceDecisions(workspace);
  const { migrations } = workspace.source;
  const open = untoldByCompletion(verdict, { chain, ...observation, migrations, decisions }, options);
  const probes = await askWorkspaceProbes(workspace, workspace.knex, { queries: 0 }, observation, open);
  if (probes.length === 0) return findings;
  return { ...findings, verdict: judge(workspace, chain, observation, { decisions, probes }) };
}
