import type { Report } from './classify/verdict.ts';
import { type Findings, loadWorkspaceChain, observeDatabase } from './gather.ts';
import { reachVerdict } from './reach-verdict.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

/** Findings with what they cost, in milliseconds and queries. */
export interface TimedFindings extends Findings {
  readonly report: Report;
}

/** Reads and judges; the report carries the cost. */
export async function detectIn(workspace: Workspace): Promise<TimedFindings> {
  const chain = await loadWorkspaceChain(workspace);
  const counter = { queries: 0 };
  const start = performance.now();
  let connected = start;
  // Connecting is told from reading by a first, empty session, which leaves its connection in the pool.
  await workspace.dialect.glance(workspace.knex, { queries: 0 }, async () => {
    connected = performance.now();
  });
  const observation = await observeDatabase(workspace, workspace.knex, counter, chain);
  const introspected = performance.now();
  const verdict = await reachVerdict(workspace, chain, observation, counter);
  const round = (milliseconds: number) => Math.round(milliseconds * 10) / 10;
  const report: Report = {
    ...verdict,
    timing: {
      connectMs: round(connected - start),
      introspectMs: round(introspected - connected),
      classifyMs: round(performance.now() - introspected),
      queries: counter.queries,
    },
  };
  workspace.logger.info(
    { event: 'detected', state: verdict.state, revision: verdict.revision, candidates: verdict.candidates },
    `detected: ${verdict.state}${verdict.revision === null ? '' : ` at ${verdict.revision}`}`,
  );
  return { chain, observation, verdict, report };
}

/**
 * Says where a database stands, with the evidence. Writes nothing: it works for a role that may only read.
 *
 * @throws AdoptError `CONNECT.*` when the database cannot be reached; `DETECT.*` when it cannot be judged; `HISTORY.*` when its history cannot
 * be read; `MIGRATIONS.*` and `MANIFEST.*` when the chain cannot; `DECISIONS.*` and `PROBE.*` when what was
 * decided or asked beside it cannot.
 */
export async function detectState(options: WorkspaceOptions): Promise<Report> {
  return (await detectIn(await openWorkspace(options))).report;
}
