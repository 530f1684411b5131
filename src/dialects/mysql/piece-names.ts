import type { PieceNames } from '../../database/dialect.ts';
import type { ElementKind } from '../../schema/elements.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { alterTable } from './ddl-names.ts';
import { quoteName } from './expression-tree.ts';

/** In any case, quoted or not (8.0 manual, 11.2.3). A unique constraint is an index. */
export const mysqlPieceNames: PieceNames = {
  nameOf: (text) => text.toLowerCase(),
  indexKinds: ['index', 'unique'],
};

/** See `Dialect.renamePiece`: of indexes (8.0 manual, 15.1.9; MariaDB from 10.5.2); a foreign key or check must be made anew. */
export function renamePiece(
  table: ObjectKey,
  kind: ElementKind,
  actual: string,
  expected: string,
): string | null {
  if (kind !== 'index' && kind !== 'unique') return null;
  return alterTable(table, `rename index ${quoteName(actual)} to ${quoteName(expected)}`);
}
