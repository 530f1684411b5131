import { countRowsInTheWay } from './apply/count-rows.ts';
import type { Findings } from './gather.ts';
import { createHistorySql, stampSql } from './history/write-history.ts';
import { buildPlan } from './plan/build-plan.ts';
import type { Plan, PlanOptions } from './plan/plan.ts';
import { loadWorkspaceDecisions } from './reach-verdict.ts';
import type { Workspace } from './workspace.ts';

/**
 * The plan for what was found; refused where rows stand in the way of it. Nothing is written.
 *
 * @throws AdoptError `DETECT.BLIND` when this role may not count those rows; `CONNECT.*`.
 */
export async function planFor(
  workspace: Workspace,
  findings: Findings,
  options: PlanOptions,
  now: Date,
): Promise<Plan> {
  const { chain, observation, verdict } = findings;
  const { facts, history } = observation;
  const plan = buildPlan(verdict, options, {
    history,
    completion: {
      evidence: {
        chain,
        ...observation,
        migrations: workspace.source.migrations,
        decisions: await loadWorkspaceDecisions(workspace),
      },
      ddl: workspace.dialect.ddl,
    },
    readOnlyReason: facts.readOnlyReason,
    createHistorySql: createHistorySql(workspace.knex, history),
    stampSql: (names) => stampSql(workspace.knex, history, names, now),
  });
  const checks = plan.steps.flatMap((step) => (step.kind === 'mend' ? step.checks : []));
  const refused = await countRowsInTheWay(workspace.dialect, workspace.knex, checks);
  return refused.length === 0 ? plan : { ...plan, strategy: 'refuse', target: null, steps: [], refused };
}
