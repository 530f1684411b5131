import type { AdoptOptions, AdoptReport } from './adopt.ts';
import type { Report } from './classify/verdict.ts';
import { detectState } from './detect.ts';
import { adopt } from './library.ts';
import { silentLogger } from './logger.ts';
import { DEFAULT_WAIT_MS, waitForDatabase } from './wait.ts';
import { openWorkspace } from './workspace.ts';

export interface StartupOptions extends AdoptOptions {
  /** How long to wait for the database. */
  readonly timeoutMs?: number | undefined;
  /** Why nothing may be written, as a phrase for the log; null to do what is to be done. */
  readonly reportOnly: string | null;
}

/** What a start-up did, or only saw. */
export type StartupResult =
  | { readonly kind: 'adopted'; readonly report: AdoptReport }
  | { readonly kind: 'reported'; readonly report: Report };

/**
 * What an entrypoint does before the application is started: waits for the database, then brings it under Knex and up to date, or only says
 * where it stands. Migrations are found before anything is waited for.
 *
 * @throws AdoptError as `waitForDatabase` and `adopt`; a refusal is in the report.
 */
export async function startup(options: StartupOptions): Promise<StartupResult> {
  await openWorkspace(options);
  const { knex, logger = silentLogger, signal, reportOnly } = options;
  await waitForDatabase({ knex, logger, signal, timeoutMs: options.timeoutMs ?? DEFAULT_WAIT_MS });
  if (reportOnly === null) return { kind: 'adopted', report: await adopt(options) };
  const report = await detectState(options);
  const { state, revision, pending } = report;
  logger.info(
    { event: 'reported', state, revision, pending, reason: reportOnly },
    `reported: ${state}${revision === null ? '' : ` at ${revision}`}, ${pending.length} pending; nothing was written, because ${reportOnly}`,
  );
  return { kind: 'reported', report };
}
