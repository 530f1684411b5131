import { lockProblem } from '../classify/history-problem.ts';
import type { History } from '../history/history.ts';
import type { Refusal } from './plan.ts';
import { NOTHING_FOUND, type RepairChoices, type RepairFacts, type RepairFindings } from './repair.ts';
import { takenIds } from './trouble.ts';

/** Who may hold a lock, in a sentence for each. */
function heldLock({ lockTable, lockDoubts }: History): Refusal {
  return {
    code: 'LOCK.KNEX_HELD',
    message: `Knex's own migration lock (${lockTable.name}) is taken, and that nobody holds it is not proved: ${lockDoubts.join('; ')}.`,
    hint: 'Let a migration that is running finish. If none is, close those sessions and run this again, or free it whoever is there with --force-unlock.',
  };
}

/**
 * Why a lock that is taken is freed only by name: nothing is recorded, and something of the chain is there. Once it is free, nothing tells that
 * a first migration was killed in the middle from a database that is to be adopted.
 */
function interruptedInstall({ history, verdict }: RepairFacts): Refusal | null {
  const { state, candidates } = verdict;
  if (history.rows.length > 0 || (state !== 'legacy' && state !== 'partial')) return null;
  const there =
    state === 'legacy' ? `the schema meets ${candidates[0]}` : 'some of what the chain makes is there';
  return {
    code: 'REFUSED.INTERRUPTED',
    message: `Knex's lock (${history.lockTable.name}) is taken, nothing is recorded, and ${there}: its first migrations were interrupted, and rows that they write may be missing.`,
    hint: 'Undo by hand what they did, or do by hand what they did not; then free it: knex-adopt repair-history --only lock',
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
    const refusal = interruptedInstall(facts);
    return refusal === null
      ? { steps: [step], refused: [] }
      : { steps: [], refused: [], offered: [{ step, refusal }] };
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
