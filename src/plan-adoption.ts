import { type AdoptOptions, type AdoptReport, adoptIn } from './adopt.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Says what {@link adopt} would do, with its SQL, and does nothing: works for a role that may only read.
 *
 * @returns the report of an adoption with outcome `planned`, `up-to-date` or `refused`; its `plan` is never null.
 * @throws AdoptError everything that detecting throws; `USAGE.UNKNOWN_REVISION`.
 */
export async function planAdoption(options: AdoptOptions): Promise<AdoptReport> {
  return adoptIn(await openWorkspace(options), { ...options, dryRun: true });
}
