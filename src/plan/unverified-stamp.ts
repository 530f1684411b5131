import type { ReceiptBasis } from '../history/receipts.ts';
import type { Migration } from '../migrations/migration.ts';
import { historyDigest } from './digests.ts';
import type { Plan, Refusal } from './plan.ts';
import type { PlanFacts } from './plan-facts.ts';
import { brokenLock, readOnly } from './trouble.ts';

/**
 * The plan to record a revision, and all before it, because a human says so. Nothing of the schema is proved; that it does not change while
 * the plan waits for the lock is still asked for.
 */
export function planUnverifiedStamp(
  migrations: readonly Migration[],
  revision: string,
  facts: Omit<PlanFacts, 'heldAgainst'> & { readonly fingerprint: string },
): Plan {
  const until = migrations.findIndex((migration) => migration.revision === revision) + 1;
  const recordedNames = migrations.slice(0, until).map((migration) => migration.recordedName);
  const receipt: ReceiptBasis = {
    strategy: 'unverified',
    revision,
    verdict: null,
    accepted: [],
    rules: [],
    made: [],
    ran: [],
  };
  const refused: readonly Refusal[] = [
    ...(facts.history.lock === 'broken' ? [brokenLock(facts.history)] : []),
    ...(facts.readOnlyReason === null ? [] : [readOnly(facts.readOnlyReason)]),
  ];
  return {
    format: 1,
    strategy: refused.length > 0 ? 'refuse' : 'stamp',
    target: refused.length > 0 ? null : revision,
    fingerprint: facts.fingerprint,
    historyDigest: historyDigest(facts.history),
    evidence: null,
    steps:
      refused.length > 0
        ? []
        : [
            ...(facts.createHistorySql.length === 0
              ? []
              : [
                  {
                    kind: 'create-history' as const,
                    sql: facts.createHistorySql.map((statement) => `${statement};`).join('\n'),
                  },
                ]),
            {
              kind: 'stamp',
              revisions: migrations.slice(0, until).map((migration) => migration.revision),
              recordedNames,
              receipt,
              sql: facts.stampSql(recordedNames, receipt),
            },
          ],
    refused,
    notices: ['Nothing of the schema was proved.'],
  };
}
