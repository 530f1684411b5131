import { findRenamed } from '../classify/history-problem.ts';
import { historyProblems } from '../classify/standing.ts';
import { revisionOf } from '../migrations/migration.ts';
import { shellWord } from '../util/shell-word.ts';
import { interruptedMigration } from './interrupted.ts';
import type { Refusal } from './plan.ts';
import { NOTHING_FOUND, type RepairFacts, type RepairFindings, type RepairStep } from './repair.ts';
import type { RecordedRow } from './repair-rows.ts';

/** How it is known that a migration has run that is not recorded; null where it is not. */
function proofOfRun(facts: RepairFacts, index: number): string | null {
  const { migrations, candidates } = facts.verdict;
  const migration = migrations[index];
  if (migration === undefined) return null;
  if (migration.evidence === 'applied') return 'The schema shows all that it makes.';
  const known = facts.knownToHaveRun.get(migration.revision);
  if (migration.evidence === 'traceless') return known ?? null;
  const later = migrations.slice(index).find(({ revision }) => candidates.includes(revision));
  if (migration.evidence === 'superseded' && later !== undefined)
    return `All that it makes was changed again by later migrations, and the schema meets ${later.revision}.`;
  return null;
}

const GAP_HINTS = {
  absent: 'Nothing that it makes is there. Have Knex run it: npx knex migrate:up NAME',
  partly: 'Look at what is there with "knex-adopt detect-state", and finish or undo it by hand.',
  traceless:
    'It leaves no trace in a schema. If it has run, say so with a probe or the policy "skip" in decisions.json; if not: npx knex migrate:up NAME',
  superseded: 'Mend the schema until it meets a later revision: see "knex-adopt detect-state".',
} as const;

/** Migrations that are not recorded, though later ones are. */
export function mendGaps(facts: RepairFacts, rows: readonly RecordedRow[]): RepairFindings {
  const { migrations } = facts.verdict;
  const places = rows.map(({ name }) => revisionOf(name));
  const renamed = findRenamed(
    rows.map(({ name }) => name),
    migrations,
    migrations,
  );
  const recorded = new Set([...places, ...(renamed === null ? [] : [renamed.migration.revision])]);
  const last = migrations.findLastIndex(({ revision }) => recorded.has(revision));
  const steps: RepairStep[] = [];
  const refused: Refusal[] = [];
  for (const [index, migration] of migrations.entries()) {
    if (index > last || recorded.has(migration.revision)) continue;
    const { revision, recordedName, evidence } = migration;
    const trouble = `${revision} is not recorded, though later migrations are.`;
    const proof = proofOfRun(facts, index);
    if (proof === null) {
      const hint =
        evidence === 'applied' ? '' : GAP_HINTS[evidence].replace('NAME', () => shellWord(recordedName));
      refused.push({ code: 'HISTORY.GAP', message: `${trouble} That it has run is not proved.`, hint });
    } else {
      steps.push({
        name: `gap:${revision}`,
        code: 'HISTORY.GAP',
        trouble,
        proof: `It has run: ${proof}`,
        statements: [facts.sql.record([recordedName])],
        undo: [facts.sql.unrecord(recordedName)],
      });
    }
  }
  return { steps, refused };
}

/** A migration after the last recorded one of which the schema shows all: it ran, and was interrupted before it was recorded. */
export function mendInterrupted(facts: RepairFacts): RepairFindings {
  const { verdict, history } = facts;
  if (historyProblems(history, verdict.migrations).length > 0) return NOTHING_FOUND;
  const next = interruptedMigration(verdict);
  if (next?.evidence !== 'applied') return NOTHING_FOUND;
  const { revision, recordedName } = next;
  const trouble = `${revision} has run as far as a schema shows, and is not recorded: it was interrupted, or run by hand.`;
  const name = `unrecorded:${revision}`;
  const step: RepairStep = {
    name,
    code: 'REFUSED.INTERRUPTED',
    trouble,
    proof: 'The schema shows all that it makes; that rows which it writes are there, you say.',
    statements: [facts.sql.record([recordedName])],
    undo: [facts.sql.unrecord(recordedName)],
  };
  const hint = `If it writes rows, look whether they are there; then record it: knex-adopt repair-history --only ${shellWord(name)}`;
  return {
    steps: [],
    refused: [],
    offered: [{ step, refusal: { code: 'REFUSED.INTERRUPTED', message: trouble, hint } }],
  };
}
