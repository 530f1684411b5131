import { judgeHistory } from './classify/standing.ts';
import type { QueryCounter } from './database/session.ts';
import type { History } from './history/history.ts';
import { readHistory } from './history/read-history.ts';
import { readSeeding } from './history/seeding.ts';
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
 *
 * @param seeds whether seeds that are due are something to do: one query more, where there is a table of receipts.
 */
export async function isUpToDate(workspace: Workspace, seeds: boolean): Promise<boolean> {
  const { dialect, knex } = workspace;
  const history = await glanceAtHistory(workspace, { queries: 0 });
  if (history.rows.length === 0) return false;
  if (judgeHistory(history, workspace.source.migrations).kind !== 'upToDate') return false;
  if (!seeds) return true;
  const due = await dialect.glance(knex, { queries: 0 }, (session) => readSeeding(session, dialect, history));
  return due === null;
}
