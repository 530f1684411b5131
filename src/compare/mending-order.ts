import type { Change } from '../database/ddl.ts';
import { parentsOf } from '../schema/parents.ts';
import type { ObjectKey } from '../schema/snapshot.ts';

/** The order in which kinds of things can be made: each needs only what stands before it, but for those that name each other. */
const RANKS: readonly (readonly [Change['kind'], (change: Change) => boolean])[] = [
  ['create-object', (change) => isObject(change, ['schema', 'extension'])],
  ['create-object', (change) => isObject(change, ['enum', 'domain', 'type', 'sequence'])],
  ['create-object', (change) => isObject(change, ['function'])],
  ['create-table', () => true],
  ['add-column', () => true],
  ['fill-column', () => true],
  ['alter-column', () => true],
  ['add-primary-key', () => true],
  ['add-unique', () => true],
  ['add-check', () => true],
  ['create-index', () => true],
  ['add-foreign-key', () => true],
  ['create-object', () => true],
  ['create-words', () => true],
];

function isObject(change: Change, kinds: readonly string[]): boolean {
  return change.kind === 'create-object' && kinds.includes(change.object.kind);
}

function rankOf(change: Change): number {
  const rank = RANKS.findIndex(([kind, fits]) => change.kind === kind && fits(change));
  return rank < 0 ? RANKS.length : rank;
}

/** Finds, of these changes, those that come before one: what it is a partition or an heir of, and what its definition has the name of. */
function precedence<Of extends Change>(changes: readonly Of[]): (change: Of) => readonly Of[] {
  const tables = new Map<ObjectKey, Of>();
  const names: [name: string, change: Of][] = [];
  for (const change of changes) {
    if (change.kind === 'create-table') tables.set(change.table.key, change);
    if ('object' in change) {
      const name = change.object.key.replace(/\(.*$/s, '').split('.').at(-1) ?? '';
      names.push([name.replaceAll('"', ''), change]);
    }
  }
  return (change) => {
    if (change.kind === 'create-table')
      return parentsOf(change.table).flatMap(({ key }) => {
        const parent = tables.get(key);
        return parent === undefined || parent === change ? [] : [parent];
      });
    if (!('object' in change)) return [];
    const { definition } = change.object;
    return names.flatMap(([name, other]) => (other !== change && definition.includes(name) ? [other] : []));
  };
}

/** Things of one rank, each after those that its definition names, or that it is a part of; in a circle, as they were given. */
export function byMention<Of extends Change>(changes: readonly Of[]): Of[] {
  const before = precedence(changes);
  const ordered = new Set<Of>();
  const open = new Set<Of>();
  const visit = (change: Of) => {
    if (ordered.has(change) || open.has(change)) return;
    open.add(change);
    for (const other of before(change)) visit(other);
    ordered.add(change);
  };
  for (const change of changes) visit(change);
  return [...ordered];
}

/** Without the keys that a column brings with it. */
function withoutBrought(changes: readonly Change[]): readonly Change[] {
  const brought = new Set(
    changes.flatMap((change) =>
      change.kind === 'add-column' && change.key !== undefined ? [JSON.stringify(change.key)] : [],
    ),
  );
  if (brought.size === 0) return changes;
  return changes.filter((change) => !brought.has(JSON.stringify(change)));
}

/**
 * Additions of one migration in an order in which they can be made: schemas, extensions, types, functions, tables, columns, keys, indexes, foreign keys, views,
 * and what hangs on tables. Stable otherwise. A key that a column is added with is not added again.
 */
export function mendingOrder(given: readonly Change[]): readonly Change[] {
  const changes = withoutBrought(given);
  const ranks = [...new Set(changes.map(rankOf))].sort((a, b) => a - b);
  return ranks.flatMap((rank) => byMention(changes.filter((change) => rankOf(change) === rank)));
}
