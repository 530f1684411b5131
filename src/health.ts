import { judgeHistory } from './classify/standing.ts';
import type { LockState } from './history/history.ts';
import { glanceAtHistory } from './quick-look.ts';
import { openWorkspace, type WorkspaceOptions } from './workspace.ts';

/** Whether an application may serve traffic on this database, as a readiness probe asks. */
export interface Health {
  /** Up to date: every migration of this code is recorded, and nothing else is. */
  readonly ok: boolean;
  /** The last recorded revision; null when none is. */
  readonly current: string | null;
  readonly head: string;
  readonly pending: readonly string[];
  readonly lock: LockState;
  /** What is wrong, in a sentence; null when nothing is. */
  readonly problem: string | null;
}

/**
 * Compares the history with the migrations, in two queries; the schema itself is not looked at. Writes nothing.
 *
 * @throws AdoptError `CONNECT.*`, `HISTORY.*`, `MIGRATIONS.*`
 */
export async function healthCheck(options: WorkspaceOptions): Promise<Health> {
  const workspace = await openWorkspace(options);
  const history = await glanceAtHistory(workspace, { queries: 0 });
  const { migrations } = workspace.source;
  const standing = judgeHistory(history, migrations);
  const recorded = new Set(history.rows.map((row) => row.name));
  const pending = migrations.filter((migration) => !recorded.has(migration.recordedName));
  return {
    ok: standing.kind === 'upToDate' && history.rows.length > 0,
    current: migrations[standing.lastRecorded]?.revision ?? null,
    head: migrations.at(-1)?.revision ?? '',
    pending: pending.map((migration) => migration.revision),
    lock: history.lock,
    problem:
      history.rows.length === 0
        ? 'Knex has no history in this database.'
        : (standing.problem?.message ?? null),
  };
}
