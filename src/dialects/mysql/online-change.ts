import type { TableUnderChange } from '../../database/introspection.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';

interface TriggerOn {
  readonly table: string;
  readonly name: string;
}

/**
 * Tables that an online schema change tool is copying, told by what it keeps beside them while it runs:
 *
 * - gh-ost: the copy `_t_gho` and its changelog `_t_ghc` (gh-ost, doc/understanding-output.md). `_t_del` alone is the table from before, kept
 *   after the end.
 * - pt-online-schema-change: its triggers on the table, `pt_osc_…_ins|upd|del` (Percona Toolkit manual). The copy `_t_new`, with more underscores
 *   where that is taken, only where the triggers cannot be seen; `_t_old` alone is from before.
 *
 * @param seesTriggers whether this role would see a trigger.
 */
export function tablesUnderChange(
  tables: readonly string[],
  triggers: readonly TriggerOn[],
  seesTriggers: boolean,
  key: (table: string) => ObjectKey,
): TableUnderChange[] {
  const names = new Set(tables);
  const found = new Map<string, string>();
  for (const name of names) {
    const ghost = /^_(.+)_gh[oc]$/s.exec(name)?.[1];
    if (ghost !== undefined && names.has(ghost)) found.set(ghost, `gh-ost's ${name} is there`);
    const copied = seesTriggers ? undefined : /^_+(.+)_new$/s.exec(name)?.[1];
    if (copied !== undefined && names.has(copied))
      found.set(copied, `pt-online-schema-change's ${name} is there`);
  }
  for (const trigger of triggers) {
    if (/^pt_osc_.*_(?:ins|upd|del)$/s.test(trigger.name)) {
      found.set(trigger.table, `it has pt-online-schema-change's trigger ${trigger.name}`);
    }
  }
  return [...found].map(([table, sign]) => ({ table: key(table), sign }));
}
