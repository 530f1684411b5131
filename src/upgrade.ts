import { type AdoptOptions, adoptIn } from './adopt.ts';
import { assertAdopted } from './assert-adopted.ts';
import { DEFAULT_LOCK_WAIT_MS } from './carry-out.ts';
import { judgeHistory } from './classify/standing.ts';
import { detectIn } from './detect.ts';
import { AdoptError } from './errors.ts';
import { createHistory } from './history/write-history.ts';
import { type Logger, silentLogger } from './logger.ts';
import { readManagedHistory, requireFreeIds, withHistoryLock } from './managed-history.ts';
import { migrateUp } from './migrations/knex-migrator.ts';
import { upgradeTarget } from './plan/chain-target.ts';
import { glanceAtHistory } from './quick-look.ts';
import type { Workspace } from './workspace.ts';

/** What an upgrade did. Plain data: `upgrade --json`. */
export interface UpgradeReport {
  readonly format: 1;
  readonly outcome: 'up-to-date' | 'installed' | 'upgraded';
  /** The revision before and after; null for none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Recorded names of the migrations that were run. */
  readonly ran: readonly string[];
}

/** What the adoption refuses is thrown here, and told once by whoever catches it. */
function withoutRefusals(logger: Logger): Logger {
  return {
    debug: (facts, message) => logger.debug(facts, message),
    info: (facts, message) => logger.info(facts, message),
    warn: (facts, message) => logger.warn(facts, message),
    error: (facts, message) => {
      if (Reflect.get(facts, 'event') !== 'refused') logger.error(facts, message);
    },
  };
}

async function install(workspace: Workspace, to: string, options: AdoptOptions): Promise<UpgradeReport> {
  // What the adoption below finds is logged there.
  const { verdict } = await detectIn({ ...workspace, logger: silentLogger });
  if (verdict.state === 'legacy' || verdict.state === 'partial') {
    throw new AdoptError(
      'REFUSED.NOT_ADOPTED',
      `Knex has no history here, and the database is not empty of this chain: it is ${verdict.state}${verdict.revision === null ? '' : ` at ${verdict.revision}`}.`,
      { hint: 'Bring it under Knex first, with "knex-adopt handle-legacy".' },
    );
  }
  const told = { ...workspace, logger: withoutRefusals(workspace.logger) };
  const report = await adoptIn(told, { ...options, to });
  assertAdopted(report);
  return {
    format: 1,
    outcome: report.outcome === 'up-to-date' ? 'up-to-date' : 'installed',
    before: null,
    after: report.after?.revision ?? null,
    ran: report.ran,
  };
}

/**
 * Has Knex run what is pending, up to a target, under our lock. A managed database is judged by its history alone and needs no manifests; one
 * without history rows is looked at first, and only a fresh one is installed.
 *
 * @param word `head`, a revision, or `+N`.
 * @param options of an adoption, for a fresh database; `lockWaitMs` for either.
 * @throws AdoptError `USAGE.UNKNOWN_REVISION`, `REFUSED.TARGET`, `REFUSED.NOT_ADOPTED`, `REFUSED.SHARED`, `HISTORY.*`, `LOCK.*`, `MIGRATIONS.*`
 */
export async function upgrade(
  workspace: Workspace,
  word: string,
  options: AdoptOptions,
): Promise<UpgradeReport> {
  const { migrations } = workspace.source;
  const glance = await glanceAtHistory(workspace, { queries: 0 });
  const { lastRecorded } = judgeHistory(glance, migrations);
  const nameAt = (index: number) => migrations[index]?.revision ?? null;
  if (glance.rows.length === 0) {
    const target = upgradeTarget(word, migrations, -1);
    return install(workspace, nameAt(target) ?? word, options);
  }
  const managed = await readManagedHistory(workspace);
  // Counted from the first look: of two "+1" at once, one is done when both return.
  const target = upgradeTarget(word, migrations, lastRecorded);
  const report = { format: 1, before: nameAt(managed.current) } as const;
  const chain = migrations.slice(0, target + 1).map((migration) => migration.recordedName);
  if (target <= managed.current) {
    workspace.logger.info({ event: 'up-to-date', revision: nameAt(managed.current) }, 'up to date');
    return { ...report, outcome: 'up-to-date', after: nameAt(managed.current), ran: [] };
  }
  await requireFreeIds(workspace, managed.history);
  const ran = await withHistoryLock(
    workspace,
    managed,
    chain.slice(managed.current + 1),
    options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS,
    async ({ knex, history, assertHeld }) => {
      const now = judgeHistory(history, migrations).lastRecorded;
      // Another process may have gone further meanwhile; showing Knex less than is recorded would be a corrupt directory to it.
      if (now >= target) return [];
      await createHistory(knex, history);
      await assertHeld();
      const { source, observer, dialect } = workspace;
      const { translateError } = dialect;
      return migrateUp(knex, { source, observer, historyTable: history.table, translateError }, chain);
    },
  );
  return { ...report, outcome: ran.length === 0 ? 'up-to-date' : 'upgraded', after: nameAt(target), ran };
}
