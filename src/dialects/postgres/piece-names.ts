import type { PieceNames } from '../../database/dialect.ts';
import type { ElementKind } from '../../schema/elements.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { LONGEST_NAME, nameBeside, sqlName } from './ddl-names.ts';
import { quoteIdentifier } from './quote.ts';

/** A name cut off where the server cuts it, between characters (manual, 4.1.1). */
function cut(name: string): string {
  let short = name;
  while (Buffer.byteLength(short) > LONGEST_NAME) short = [...short].slice(0, -1).join('');
  return short;
}

/** Folded to lower case unless quoted, and cut off. What stands for a constraint is no index that could be dropped. */
export const postgresPieceNames: PieceNames = {
  nameOf: (text, quoted) => cut(quoted ? text : text.toLowerCase()),
  indexKinds: ['index'],
};

/** See `Dialect.renamePiece`. */
export function renamePiece(
  table: ObjectKey,
  kind: ElementKind,
  actual: string,
  expected: string,
): string | null {
  const [before, after] = [quoteIdentifier(actual), quoteIdentifier(expected)];
  if (kind === 'index') return `ALTER INDEX ${nameBeside(table, actual)} RENAME TO ${after}`;
  if (kind === 'column') return null;
  return `ALTER TABLE ${sqlName(table)} RENAME CONSTRAINT ${before} TO ${after}`;
}
