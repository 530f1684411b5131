import type { History } from './history/history.ts';
import { readRecordedTimes } from './history/read-times.ts';
import type { StoredReceipt } from './history/receipts.ts';
import { knownReceipts } from './known-receipts.ts';
import { type Migration, revisionOf } from './migrations/migration.ts';
import { glanceAtHistory } from './quick-look.ts';
import type { Workspace } from './workspace.ts';

/** One line of the history: a migration of the chain, or a recorded name that the chain does not have. */
export interface HistoryEntry {
  readonly revision: string;
  readonly recordedName: string;
  /**
   * `adopted`: recorded without being run (ADR 1: batch NULL). `ran`: Knex ran it. `pending`: in the chain and not recorded. `unknown`: recorded,
   * and no migration of the chain has this name.
   */
  readonly status: 'adopted' | 'ran' | 'pending' | 'unknown';
  /** Knex's batch number; null when adopted or pending. */
  readonly batch: number | null;
  /** When it was recorded, ISO 8601 in UTC; null when pending or when the row does not say. */
  readonly at: string | null;
}

/** Plain data: `history --json`. */
export interface HistoryReport {
  readonly format: 1;
  readonly entries: readonly HistoryEntry[];
  /** Of each adoption, those taken back included; oldest first. */
  readonly receipts: readonly StoredReceipt[];
}

/** The chain in order, each migration marked, then the recorded names that no migration has. Pure. */
export function entriesOf(
  history: History,
  migrations: readonly Migration[],
  times: ReadonlyMap<string, string | null>,
): readonly HistoryEntry[] {
  const rows = new Map(history.rows.map((row) => [row.name, row]));
  const known = new Set(migrations.map((migration) => migration.recordedName));
  const entry = (name: string, recorded: HistoryEntry['status']): HistoryEntry => {
    const row = rows.get(name);
    return {
      revision: revisionOf(name),
      recordedName: name,
      status: row === undefined ? 'pending' : recorded,
      batch: row?.batch ?? null,
      at: times.get(name) ?? null,
    };
  };
  return [
    ...migrations.map(({ recordedName }) =>
      entry(recordedName, rows.get(recordedName)?.batch === null ? 'adopted' : 'ran'),
    ),
    ...history.rows.filter((row) => !known.has(row.name)).map((row) => entry(row.name, 'unknown')),
  ];
}

/**
 * Marks every migration of the chain as adopted, ran or pending, from the history alone. Writes nothing, and needs no manifests.
 *
 * @throws AdoptError `CONNECT.*`, `HISTORY.*`
 */
export async function readHistoryEntries(workspace: Workspace): Promise<HistoryReport> {
  const history = await glanceAtHistory(workspace, { queries: 0 });
  const times = await readRecordedTimes(workspace.knex, history);
  return {
    format: 1,
    entries: entriesOf(history, workspace.source.migrations, times),
    receipts: await knownReceipts(workspace, history),
  };
}
