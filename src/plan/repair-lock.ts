import { lockProblem } from '../classify/history-problem.ts';
import type { History } from '../history/history.ts';
import { takenIds } from './build-plan.ts';
import type { Refusal } from './plan.ts';
import { NOTHING_FOUND, type RepairChoices, type RepairFacts, type RepairFindings } from './repair.ts';

/** Who may hold a lock, in a sentence for each. */
function heldLock({ lockTable, lockDoubts }: History): Refusal {
  return {
    code: 'LOCK.KNEX_HELD',
    message: `Knex's own migration lock (${lockTable.name}) is taken, and that nobody holds it is not proved: ${lockDoubts.join('; ')}.`,
    hint: 'Let a migration that is running finish. If none is, close those sessions and run this again, or free it whoever is there with --force-unlock.',
  };
}

/** Knex's lock, where it is taken or could never be. */
export function mendLock(facts: RepairFacts, { forceUnlock }: RepairChoices): RepairFindings {
  const { history, contents, sql } = facts;
  const forced = history.lockDoubts.length > 0;
  if (forced && !forceUnlock) return { steps: [], refused: [heldLock(history)] };
  const proof = forced ? 'You say that nobody holds it.' : 'It is proved that nobody holds it.';
  const trouble = lockProblem(history) ?? `Knex's lock (${history.lockTable.name}) is taken.`;
  if (history.lock === 'held' || history.lock === 'stale') {
    const code = history.lock === 'held' ? 'LOCK.KNEX_HELD' : 'LOCK.KNEX_STALE';
    const step = {
      name: 'lock',
      code,
      trouble,
      proof,
      statements: [sql.setLock(0)],
      undo: [sql.setLock(1)],
    } as const;
    return { steps: [step], refused: [] };
  }
  if (contents.lock === null || history.lock === 'free') return NOTHING_FOUND;
  return {
    steps: [
      {
        name: 'lock',
        code: 'LOCK.KNEX_BROKEN',
        trouble,
        proof: history.lockRows.some((value) => value !== '0')
          ? proof
          : 'No row of it says that somebody holds it.',
        statements: [...(contents.lock.rows.length === 0 ? [] : [sql.clearLock()]), sql.insertLock()],
        undo: [sql.clearLock(), ...sql.insertRows(contents.lock, contents.lock.rows, 'lock')],
      },
    ],
    refused: [],
  };
}

/** What gives the history its ids, where it would give one that is taken, or none. */
export function mendIds({ idTrouble }: RepairFacts): RepairFindings {
  if (idTrouble === null) return NOTHING_FOUND;
  const { problem, mend } = idTrouble;
  if (mend === null) return { steps: [], refused: [takenIds(idTrouble)] };
  const step = {
    name: 'ids',
    code: 'HISTORY.SEQUENCE',
    trouble: problem,
    proof: 'Ids go on after the highest that is taken.',
    statements: [mend.sql],
    undo: [mend.undo],
  } as const;
  return { steps: [step], refused: [] };
}
