import type { Verdict } from './classify/verdict.ts';
import { judge, type Observation } from './gather.ts';
import { FOREIGN_TOOLS } from './history/foreign-histories.ts';
import type { Chain } from './manifest/chain.ts';
import type { Decisions } from './manifest/decisions.ts';
import { loadDecisions } from './manifest/load-decisions.ts';
import type { Workspace } from './workspace.ts';

/** What people decided about databases of this workspace's chain. @throws AdoptError `DECISIONS.INVALID` */
export function loadWorkspaceDecisions(workspace: Workspace): Promise<Decisions> {
  const revisions = workspace.source.migrations.map((migration) => migration.revision);
  return loadDecisions(workspace.manifests, { revisions, tools: FOREIGN_TOOLS });
}

/**
 * The verdict on what was observed, with everything that is decided in files beside the manifests.
 *
 * @throws AdoptError `DETECT.BLIND`, `DETECT.UNSTABLE`, `DECISIONS.INVALID`
 */
export async function reachVerdict(
  workspace: Workspace,
  chain: Chain,
  observation: Observation,
): Promise<Verdict> {
  const decisions = await loadWorkspaceDecisions(workspace);
  const verdict = judge(workspace, chain, observation, { decisions });
  if (verdict.unusedAcceptances.length > 0) {
    workspace.logger.info(
      { event: 'unused-acceptances', names: verdict.unusedAcceptances },
      `accepted, and not there: ${verdict.unusedAcceptances.join(', ')}`,
    );
  }
  return verdict;
}
