import type { Change } from '../database/ddl.ts';

/** A change that mends a place, and the migration (by index) in whose turn it is made. */
export interface Mend {
  /** The name of the difference. */
  readonly name: string;
  readonly change: Change;
  readonly turn: number;
}

/** Tables that a change needs, beside what is in them. */
function tablesOf(change: Change): readonly string[] {
  if (change.kind === 'create-table' || !('table' in change)) return [];
  return change.kind === 'add-foreign-key'
    ? [change.table, change.foreignKey.referencedTable]
    : [change.table];
}

/** Whether the text of a change has the name in it: enough to let it wait. */
function names(change: Change, name: string): boolean {
  return JSON.stringify(change).includes(JSON.stringify(name).slice(1, -1));
}

/** Whether one change can only be made after another. */
function needs(change: Change, other: Change): boolean {
  const tables = tablesOf(change);
  switch (other.kind) {
    case 'create-table':
      return tables.includes(other.table.key);
    case 'add-column':
      return change.kind !== 'add-column' && tables.includes(other.table) && names(change, other.column.name);
    case 'add-primary-key':
    case 'add-unique':
    case 'create-index':
      return change.kind === 'add-foreign-key' && change.foreignKey.referencedTable === other.table;
    default:
      return false;
  }
}

/** Views, triggers and their like: of what they rest on only their texts say anything. */
function isLast({ kind, ...change }: Change): boolean {
  return (
    kind === 'create-words' ||
    (kind === 'create-object' &&
      'object' in change &&
      !['enum', 'domain', 'type', 'sequence', 'function'].includes(change.object.kind))
  );
}

/**
 * Each in the turn of its own migration, or of a later one that makes what it needs: what is expected of a piece may have been made by a later
 * migration than the piece itself. Views and triggers wait for all of it.
 */
export function mendingTurns(mends: readonly Mend[]): readonly Mend[] {
  const last = Math.max(-1, ...mends.map(({ turn }) => turn));
  return mends.map((mend) => {
    if (isLast(mend.change)) return { ...mend, turn: last };
    const needed = mends.filter((other) => other !== mend && needs(mend.change, other.change));
    return { ...mend, turn: Math.max(mend.turn, ...needed.map(({ turn }) => turn)) };
  });
}
