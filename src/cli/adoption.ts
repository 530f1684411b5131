import type { AdoptOptions, AdoptReport } from '../adopt.ts';
import { ERROR_EXIT_CODES } from '../errors.ts';
import type { Context } from './context.ts';
import { ask } from './prompt.ts';
import { renderPlan } from './render/plan.ts';
import type { Style } from './render/style.ts';
import { declined } from './usage.ts';

/**
 * Shows a plan and asks whether it shall be carried out.
 *
 * @throws AdoptError (from what it gives) `USAGE.DECLINED` when the answer is no, or when there is nobody to ask.
 */
export function confirmPlan(
  context: Context,
  yes: boolean,
  style: Style,
): NonNullable<AdoptOptions['confirm']> {
  return async (plan, verdict) => {
    if (yes) return true;
    await ask(context, renderPlan(plan, verdict, style), 'Carry out this plan?');
    return true;
  };
}

/** The exit status that a report of an adoption ends with. */
export function exitCodeOfReport(report: AdoptReport): number {
  const refusal = report.plan?.refused[0];
  if (refusal !== undefined) return ERROR_EXIT_CODES[refusal.code];
  if (report.outcome === 'declined')
    throw declined('The plan was declined, and nothing was done.', 'Run it again and say yes.');
  return 0;
}
