import { judgeHistory } from './classify/standing.ts';
import type { Verdict } from './classify/verdict.ts';
import { detectIn } from './detect.ts';
import { glanceAtHistory } from './quick-look.ts';
import type { Workspace } from './workspace.ts';

/** Where a database is in the chain. Plain data: `current --json`. */
export interface Position {
  readonly format: 1;
  readonly state: Verdict['state'];
  /** What is recorded, else what the schema proves; null when neither says one. */
  readonly current: string | null;
  /** Whether `current` is what Knex has recorded. */
  readonly recorded: boolean;
  readonly head: string;
  readonly pending: readonly string[];
}

/**
 * Says where a database is and what is pending: by the history alone where there is one, in two queries and without manifests; by the schema
 * where there is none. Writes nothing.
 *
 * @throws AdoptError `CONNECT.*`, `HISTORY.*`; without history rows whatever detecting throws.
 */
export async function readPosition(workspace: Workspace): Promise<Position> {
  const { migrations } = workspace.source;
  const head = migrations.at(-1)?.revision ?? '';
  const history = await glanceAtHistory(workspace, { queries: 0 });
  if (history.rows.length === 0) {
    const { verdict } = await detectIn(workspace);
    const { state, revision, pending } = verdict;
    return { format: 1, state, current: revision, recorded: false, head, pending };
  }
  const recorded = new Set(history.rows.map((row) => row.name));
  return {
    format: 1,
    state: 'managed',
    current: migrations[judgeHistory(history, migrations).lastRecorded]?.revision ?? null,
    recorded: true,
    head,
    pending: migrations
      .filter((migration) => !recorded.has(migration.recordedName))
      .map((migration) => migration.revision),
  };
}
