import type { ColumnFormat, IndexFormat } from '../manifest/table-format.ts';
import type { Grade, RawDifference } from './difference.ts';

/** A column that an INSERT which does not know it cannot satisfy. */
function rejectsInserts(column: ColumnFormat): boolean {
  return (
    !column.nullable &&
    column.default === undefined &&
    column.identity === undefined &&
    column.generated === undefined
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
 * | unknown to the chain: table, other column, other index, view, type, function, sequence | harmless |
 *
 * @param knownToChain whether any revision of the chain knows the unexpected thing.
 */
export function gradeDifference(difference: RawDifference, knownToChain: boolean): Grade {
  if (difference.outcome !== 'unexpected' || knownToChain) return 'blocking';
  switch (difference.kind) {
    case 'table':
    case 'object':
      return 'harmless';
    case 'column':
      return rejectsInserts(difference.actual as ColumnFormat) ? 'risky' : 'harmless';
    case 'index': {
      const index = difference.actual as IndexFormat;
      return index.unique === true || index.valid === false ? 'risky' : 'harmless';
    }
    case 'primary-key':
    case 'unique':
    case 'foreign-key':
    case 'check':
    case 'unmodelled':
      return 'risky';
  }
}
