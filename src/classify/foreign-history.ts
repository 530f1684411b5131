import type { ForeignHistory } from '../history/foreign-histories.ts';
import type { Migration } from '../migrations/migration.ts';
import type { Verdict } from './verdict.ts';

/** A recorded name without the extension of the file that it was: the same chain is deployed as `.ts` here and as `.js` there. */
const stem = (name: string) => name.replace(/\.[cm]?[jt]s$/, '');

/** Another history, as a verdict names it. */
export function describeForeignHistory(
  { tool, table, versions, applied, failed }: ForeignHistory,
  migrations: readonly Migration[],
): Verdict['foreignHistories'][number] {
  const names = new Set(migrations.map(({ recordedName }) => stem(recordedName)));
  return {
    tool,
    table: `${table.schema}.${table.name}`,
    versions: [...versions],
    failed,
    ofThisChain: tool === 'knex' && applied.some((name) => names.has(stem(name))),
  };
}
