import type { Verdict } from '../classify/verdict.ts';
import { shellWord } from '../util/shell-word.ts';
import type { PlanOptions, Refusal } from './plan.ts';

/**
 * Why no history is begun beside another one (`hazards.md` (l)); null where nothing speaks against it.
 *
 * - Knex keeps this chain's history in another table: with two of them, the application would run again what is stamped or run here.
 * - Another migrator says that it failed half-way: what it was about may stand in part, and the schema says nothing of rows. Of a database that
 *   has nothing of the chain it says nothing.
 *
 * Who knows better accepts either by name, `history:TABLE`: a copy that nobody uses any more, a failure that was mended.
 */
export function otherHistoryRefusal(
  { state, foreignHistories, migrations }: Verdict,
  { accept }: Pick<PlanOptions, 'accept'>,
): Refusal | null {
  const nameOf = ({ table }: (typeof foreignHistories)[number]) => `history:${table}`;
  const open = foreignHistories.filter((one) => !accept.includes(nameOf(one)));
  const own = open.find(({ ofThisChain }) => ofThisChain);
  if (own !== undefined) {
    const last = own.versions.at(-1) ?? '';
    const name = own.table.slice(own.table.indexOf('.') + 1);
    return {
      code: 'REFUSED.OTHER_HISTORY',
      message: `Knex keeps the history of this chain in ${own.table}, up to ${last}; with a second one, ${migrations.length === 1 ? 'it' : 'migrations'} would run twice.`,
      hint: `Name it with --table ${shellWord(name)}, or as tableName and schemaName in the knexfile; or rename it, and its lock table, to the name that is configured. If it is a copy that nobody uses any more: --accept ${shellWord(nameOf(own))}`,
    };
  }
  if (state === 'fresh') return null;
  const failed = foreignHistories.find(
    (one) => one.failed !== null && !accept.includes(`history:${one.table}`),
  );
  if (failed === undefined) return null;
  return {
    code: 'REFUSED.OTHER_HISTORY',
    message: `${failed.tool} says in ${failed.table} that ${failed.failed} failed half-way, or is under way.`,
    hint: `Finish or repair it with ${failed.tool} first. If you know that all of it, rows included, is as it should be: --accept ${shellWord(nameOf(failed))}`,
  };
}
