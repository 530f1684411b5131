import type { Column, Table } from '../schema/snapshot.ts';
import type { Disagreement, Grade } from './difference.ts';

/** A column that an INSERT which does not know it cannot satisfy. */
function rejectsInserts(column: Column): boolean {
  return (
    !column.nullable &&
    column.default.kind === 'none' &&
    column.identity === null &&
    column.generated === null
  );
}

/**
 * Grades one difference. Comparing is total; this table alone says what matters:
 *
 * | difference | grade |
 * |---|---|
 * | expected and missing, or expected and different | blocking |
 * | unexpected, but some revision knows it: a forerunner or a leftover | blocking |
 * | unknown to the chain: primary key, unique, foreign key, check, unique or invalid index, NOT NULL column that nothing fills, anything unmodelled on a table of the chain | risky |
 * | unknown to the chain: table, other column, other index, view, type, function, sequence, extended statistics | harmless |
 *
 * @param knownToChain whether any revision of the chain knows the unexpected thing.
 * @param actual the table that has it, and where in that table's list of its kind; null for a whole table or object.
 */
export function gradeDifference(
  { outcome, kind }: Disagreement,
  knownToChain: boolean,
  actual: { readonly table: Table; readonly position: number } | null,
): Grade {
  if (outcome !== 'unexpected' || knownToChain) return 'blocking';
  switch (kind) {
    case 'table':
    case 'object':
      return 'harmless';
    case 'column': {
      const column = actual?.table.columns[actual.position];
      return column !== undefined && rejectsInserts(column) ? 'risky' : 'harmless';
    }
    case 'index': {
      const index = actual?.table.indexes[actual.position];
      return index !== undefined && (index.unique || !index.valid) ? 'risky' : 'harmless';
    }
    case 'primary-key':
    case 'unique':
    case 'foreign-key':
    case 'check':
    case 'unmodelled':
      return 'risky';
  }
}
