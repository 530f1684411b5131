import { countRowsInTheWay, rowChecksOf } from './apply/count-rows.ts';
import { transactionRefusal } from './apply/one-transaction.ts';
import { heldAgainst } from './classify/classify.ts';
import type { Findings, Observation } from './gather.ts';
import { receiptOf, receiptSql } from './history/receipts.ts';
import { createHistorySql, stampSql } from './history/write-history.ts';
import { buildPlan } from './plan/build-plan.ts';
import type { Plan, PlanOptions } from './plan/plan.ts';
import type { PlanFacts } from './plan/plan-facts.ts';
import { loadWorkspaceDecisions } from './reach-verdict.ts';
import { schemaFingerprint } from './schema/fingerprint.ts';
import { seedFacts } from './seeds-for-plan.ts';
import type { Workspace } from './workspace.ts';

/** How the statements of a stamp read, with its receipt. */
export function stampTextOf(
  workspace: Workspace,
  observation: Pick<Observation, 'facts' | 'history' | 'snapshot'>,
  now: Date,
): PlanFacts['stampSql'] {
  const { knex } = workspace;
  const { facts, history, snapshot } = observation;
  const fingerprint = schemaFingerprint(snapshot);
  return (names, basis) => {
    const receipt = receiptOf(basis, { ...workspace.author, server: facts.server }, history, {
      now,
      fingerprintBefore: fingerprint,
      fingerprintAfter: fingerprint,
      stamped: names,
    });
    const statements = [stampSql(knex, history, names, now), ...receiptSql(knex, history, receipt)];
    return statements.map((statement) => `${statement};`).join('\n');
  };
}

/**
 * The plan for what was found; refused where rows stand in the way of it, or a migration that does not run in the transaction that it is. Nothing is written.
 *
 * @throws AdoptError `DETECT.BLIND` when this role may not count those rows; `SEEDS.MISSING`, `SEEDS.LOAD`; `CONNECT.*`.
 */
export async function planFor(
  workspace: Workspace,
  findings: Findings,
  options: PlanOptions,
  now: Date,
): Promise<Plan> {
  const { chain, observation, verdict } = findings;
  const { facts, history } = observation;
  const evidence = {
    chain,
    ...observation,
    migrations: workspace.source.migrations,
    decisions: await loadWorkspaceDecisions(workspace),
    probes: verdict.probes,
  };
  const plan = buildPlan(verdict, options, {
    history,
    heldAgainst: (index) => heldAgainst(evidence, index),
    completion: {
      evidence,
      ddl: workspace.dialect.ddl,
      setAside: workspace.dialect.setAside,
      stamp: now.toISOString().replaceAll(/\D/g, '').slice(0, 14),
    },
    transactionalDdl: workspace.dialect.capabilities.transactionalDdl,
    readOnlyReason: facts.readOnlyReason,
    createHistorySql: createHistorySql(workspace.knex, history),
    stampSql: stampTextOf(workspace, observation, now),
    seeds: options.seed === 'when-fresh' ? await seedFacts(workspace, findings, now) : null,
  });
  const checks = plan.steps.flatMap(rowChecksOf);
  const refused = [
    ...[await transactionRefusal(workspace, plan)].filter((one) => one !== null),
    ...(await countRowsInTheWay(workspace.dialect, workspace.knex, checks)),
  ];
  return refused.length === 0
    ? plan
    : { ...plan, strategy: 'refuse', target: null, steps: [], refused, notices: [] };
}
