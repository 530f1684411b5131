import type { AdoptOptions, AdoptReport } from './adopt.ts';
import type { Report } from './classify/verdict.ts';
import { isUpToDate } from './quick-look.ts';
import type { RepairOptions, RepairReport } from './repair-history.ts';
import { openWorkspace, type WorkspaceOptions } from './workspace.ts';

/*
 * What the library offers. An application imports it at every start and nearly always finds nothing to do, so what looks at schemas and
 * manifests is loaded when it is first called for (measured: 130 ms for all of it, 20 for this).
 */

/** Nothing had to be done, as the history alone showed. */
const upToDate = (): AdoptReport => ({
  format: 1,
  outcome: 'up-to-date',
  before: null,
  plan: null,
  after: null,
  stamped: [],
  ran: [],
  seeded: [],
  receipt: null,
});

/**
 * Brings a database under Knex and up to head: installs a fresh one, stamps a legacy one at exactly the revision its schema proves and runs
 * the rest, runs what is pending on a managed one, and refuses what cannot be proved. Safe for any number of processes at once: one does the
 * work, the others wait for it and find nothing left to do.
 *
 * A refusal is an answer, not an exception: see the report's `outcome`, or pass it to {@link assertAdopted}. An up-to-date database costs two
 * queries (three where seeds are asked for) and loads a fraction of this library. The Knex instance is left open and as found.
 *
 * @throws AdoptError everything that detecting throws; `LOCK.*`; `MIGRATIONS.FAILED`; `SEEDS.*`; `PLAN.STALE` when others kept changing the database.
 */
export async function adopt(options: AdoptOptions): Promise<AdoptReport> {
  const workspace = await openWorkspace(options);
  if (await isUpToDate(workspace, options.seed === 'when-fresh')) {
    const revision = workspace.source.migrations.at(-1)?.revision;
    workspace.logger.info({ event: 'up-to-date', revision }, 'up to date');
    return upToDate();
  }
  const { adoptIn } = await import('./adopt.ts');
  return adoptIn(workspace, options);
}

/**
 * Says what {@link adopt} would do, with its SQL, and does nothing: works for a role that may only read.
 *
 * @returns the report of an adoption with outcome `planned`, `up-to-date` or `refused`; its `plan` is never null.
 * @throws AdoptError everything that detecting throws; `USAGE.UNKNOWN_REVISION`.
 */
export async function planAdoption(options: AdoptOptions): Promise<AdoptReport> {
  const loaded = await import('./plan-adoption.ts');
  return loaded.planAdoption(options);
}

/**
 * Says where a database stands, with the evidence. Writes nothing: it works for a role that may only read.
 *
 * @throws AdoptError `CONNECT.*` when the database cannot be reached; `DETECT.*` when it cannot be judged; `HISTORY.*` when its history cannot
 * be read; `MIGRATIONS.*` and `MANIFEST.*` when the chain cannot; `DECISIONS.*` when what was decided cannot.
 */
export async function detectState(options: WorkspaceOptions): Promise<Report> {
  const loaded = await import('./detect.ts');
  return loaded.detectState(options);
}

/**
 * Mends Knex's history and lock where it is proved what is right, in one transaction; what undoes it is in the report. What is not proved is
 * refused, and then nothing is done.
 *
 * @throws AdoptError everything that detecting throws; `USAGE.INVALID` when `only` names what there is not; `LOCK.*`; `PLAN.STALE`,
 * `PLAN.FORBIDDEN` with nothing written.
 */
export async function repairHistory(options: RepairOptions): Promise<RepairReport> {
  const loaded = await import('./repair-history.ts');
  return loaded.repairHistory(options);
}
