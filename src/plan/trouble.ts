import type { IdTrouble } from '../database/tracker.ts';
import type { History } from '../history/history.ts';
import type { Refusal } from './plan.ts';

/** Why nothing is run while Knex's lock table is not what Knex makes. */
export function brokenLock(history: History): Refusal {
  return {
    code: 'LOCK.KNEX_BROKEN',
    message: `The lock table ${history.lockTable.name} does not hold exactly one row with 0 or 1, which Knex takes for locked for ever.`,
    hint: 'When no migration is running anywhere, mend it with "knex-adopt repair-history".',
  };
}

/** Why nothing is run while what it records would get no id, or one that is taken. */
export function takenIds({ problem, mend }: IdTrouble): Refusal {
  return {
    code: 'HISTORY.SEQUENCE',
    message: problem,
    hint:
      mend === null
        ? 'Give the column back what makes its numbers, with ALTER TABLE; a dump of a sound database shows how.'
        : 'Mend it with "knex-adopt repair-history".',
  };
}

/** Why nothing is written on a server that does not let us. */
export function readOnly(reason: string): Refusal {
  return {
    code: 'PLAN.READ_ONLY',
    message: `Nothing can be written here: ${reason}`,
    hint: 'Connect to the primary server, as a role that may write.',
  };
}
