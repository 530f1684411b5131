import { judgeHistory } from './classify/standing.ts';
import type { QueryCounter } from './database/session.ts';
import type { History } from './history/history.ts';
import { readHistory } from './history/read-history.ts';
import type { Workspace } from './workspace.ts';

/** Reads the history alone, as every start-up does first: two queries. */
export function glanceAtHistory(workspace: Workspace, counter: QueryCounter): Promise<History> {
  const { dialect, knex, tableName, historySchema: schemaName, receipts: receiptsName } = workspace;
  return dialect.glance(knex, counter, (session) =>
    readHistory(session, dialect, { tableName, schemaName, receiptsName, knex }),
  );
}

/**
 * Whether the history alone, without a look at the schema or a manifest, shows that there is nothing to do. Two queries. This file imports
 * little on purpose: it is all that most start-ups load.
 */
export async function isUpToDate(workspace: Workspace): Promise<boolean> {
  const history = await glanceAtHistory(workspace, { queries: 0 });
  return history.rows.length > 0 && judgeHistory(history, workspace.source.migrations).kind === 'upToDate';
}
