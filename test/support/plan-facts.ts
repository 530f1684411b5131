import type { PlanFacts } from '../../src/plan/plan-facts.ts';
import { noHistory } from './histories.ts';

/** Facts for a plan on a writable database without history, unless told otherwise; of which no other revision than the verdict's is asked. */
export function planFacts(changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    history: noHistory,
    readOnlyReason: null,
    createHistorySql: [],
    stampSql: () => '',
    heldAgainst: () => ({ variant: null, differences: [], unusedAcceptances: [] }),
    ...changes,
  };
}
