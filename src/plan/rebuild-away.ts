import type { Table } from '../schema/snapshot.ts';
import type { CompletionFacts } from './complete.ts';
import { isInherited } from './inherited-changes.ts';
import type { Refusal } from './plan.ts';

/** What is gone while rows are copied, and made again. */
export interface Away {
  readonly without: readonly string[];
  readonly with: readonly string[];
}

/**
 * Foreign keys are away while rows are copied, so that no order of tables and no row that a migration made stands in the way. Those that cannot be
 * written stay where they are; those of a partition come and go with the partitioned table's.
 */
export function foreignKeysAway(tables: readonly Table[], ddl: CompletionFacts['ddl']): Away[] {
  const byKey = new Map(tables.map((table) => [table.key, table]));
  return tables.flatMap((owner) =>
    owner.foreignKeys.flatMap((foreignKey) => {
      if (isInherited(owner, foreignKey, byKey)) return [];
      const table = owner.key;
      const gone = ddl.write({ kind: 'drop-foreign-key', table, foreignKey });
      const back = ddl.write({ kind: 'add-foreign-key', table, foreignKey });
      return gone === null || back === null ? [] : [{ without: gone, with: back }];
    }),
  );
}

/** The triggers of one table, taken away while rows are copied into it; a refusal where one of them could not be made again as it is. */
export function triggersAway({ key: table, unmodelled }: Table, ddl: CompletionFacts['ddl']): Away | Refusal {
  const triggers = unmodelled.filter((words) => words.startsWith('trigger '));
  const gone = triggers.map((words) => ddl.write({ kind: 'drop-words', table, words }));
  const back = triggers.map((words) => ddl.write({ kind: 'create-words', table, words }));
  if ([...gone, ...back].includes(null)) {
    return {
      code: 'REFUSED.UNMOVABLE',
      message: `The triggers that the chain makes on ${table} would act upon every row that is copied into it, and cannot be taken away for that time.`,
      hint: 'Rebuild up to a revision without them, or complete the database.',
    };
  }
  // Made again also where a process that was killed had made it already.
  return { without: gone.flatMap((one) => one ?? []), with: [...gone, ...back].flatMap((one) => one ?? []) };
}
