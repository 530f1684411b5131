import type { ErrorCode } from '../errors.ts';
import type { Refusal } from './plan.ts';
import type { RepairChoices, RepairFacts, RepairFindings, RepairPlan, RepairStep } from './repair.ts';
import { mendGaps, mendInterrupted } from './repair-gaps.ts';
import { mendIds, mendLock } from './repair-lock.ts';
import { mendDuplicates, mendExtensions, mendUnknown, recordedRows, repeatedRows } from './repair-rows.ts';
import { readOnly } from './trouble.ts';

/** What nobody may choose to pass over: somebody may be at work, or nothing can be written. */
const STOPS: readonly ErrorCode[] = ['LOCK.KNEX_HELD', 'PLAN.READ_ONLY'];

/**
 * Decides what to do about a history in trouble. Pure. A step is planned only where it is proved, or was asked for by name; what cannot be
 * proved is a refusal with what to do instead.
 */
export function planRepair(facts: RepairFacts, choices: RepairChoices): RepairPlan {
  const all = recordedRows(facts.contents);
  const repeated = new Set(repeatedRows(all));
  const rows = all.filter((row) => !repeated.has(row));
  const found: readonly RepairFindings[] = [
    mendDuplicates(facts, all),
    mendExtensions(facts, rows),
    mendUnknown(facts, rows),
    mendGaps(facts, rows),
    mendInterrupted(facts),
    mendLock(facts, choices),
    mendIds(facts),
  ];
  const { only } = choices;
  const chosen = (step: RepairStep) => only.length === 0 || only.includes(step.name);
  const offered = found.flatMap((one) => one.offered ?? []);
  const asked = offered.filter(({ step }) => only.includes(step.name));
  const proved = found.flatMap((one) => one.steps);
  const steps = [...proved, ...asked.map(({ step }) => step)].filter(chosen);
  const troubles = [
    ...found.flatMap((one) => one.refused),
    ...offered.filter((one) => !asked.includes(one)).map(({ refusal }) => refusal),
    ...(steps.length > 0 && facts.readOnlyReason !== null ? [readOnly(facts.readOnlyReason)] : []),
  ];
  const refused = only.length === 0 ? troubles : troubles.filter(({ code }) => STOPS.includes(code));
  return {
    format: 1,
    fingerprint: facts.verdict.fingerprint,
    available: [...proved, ...offered.map(({ step }) => step)].map(({ name }) => name),
    steps: refused.length > 0 ? [] : steps,
    refused,
    notices: noticesOf(
      steps,
      troubles.filter((one) => !refused.includes(one)),
    ),
  };
}

function noticesOf(steps: readonly RepairStep[], left: readonly Refusal[]): string[] {
  const names = new Set(steps.map(({ code }) => code));
  return [
    ...(names.has('HISTORY.EXTENSION')
      ? [
          'A process that still runs the migrations with the other extension will take this history for corrupt.',
        ]
      : []),
    ...left.map(({ message }) => `Left as it is: ${message}`),
  ];
}
