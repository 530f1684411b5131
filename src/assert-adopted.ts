import type { AdoptReport } from './adopt.ts';
import { AdoptError } from './errors.ts';

/**
 * Fails fast at start-up.
 *
 * @throws AdoptError the first refusal of the report, with its code and hint; nothing when the database is ready.
 */
export function assertAdopted(report: AdoptReport): void {
  const refusal = report.plan?.refused[0];
  if (refusal !== undefined) throw new AdoptError(refusal.code, refusal.message, { hint: refusal.hint });
  if (report.outcome === 'planned' || report.outcome === 'declined') {
    throw new AdoptError(
      'REFUSED.NOT_ADOPTED',
      `The database was not brought up to date: the plan was only ${report.outcome}.`,
      {
        hint: 'Run the adoption without dryRun, and confirm it.',
      },
    );
  }
}
