import type { Change } from '../database/ddl.ts';
import { isGround } from '../schema/elements.ts';
import type { ObjectKey, SchemaObject, Table } from '../schema/snapshot.ts';
import { byMention, mendingOrder } from './mending-order.ts';

type OfKind<Kind extends Change['kind']> = Extract<Change, { readonly kind: Kind }>;

const ofKind = <Kind extends Change['kind']>(changes: readonly Change[], kind: Kind): OfKind<Kind>[] =>
  changes.filter((change): change is OfKind<Kind> => change.kind === kind);

/** What others may stand on; all else stands on them. */
const FOUNDATIONS: readonly SchemaObject['kind'][] = [
  'schema',
  'extension',
  'enum',
  'domain',
  'type',
  'sequence',
  'function',
];

/** Dropped tables, each before those that it refers to; a foreign key within a circle goes before its table. */
function tableDrops(drops: readonly OfKind<'drop-table'>[], actual: readonly Table[]): Change[] {
  const byKey = new Map(actual.map((table) => [table.key, table]));
  const open = new Map(drops.map((drop) => [drop.table, drop]));
  const ordered: Change[] = [];
  const referring = (to: ObjectKey) =>
    [...open.keys()].flatMap((key) =>
      key === to
        ? []
        : (byKey.get(key)?.foreignKeys ?? [])
            .filter(({ referencedTable }) => referencedTable === to)
            .map((foreignKey): Change => ({ kind: 'drop-foreign-key', table: key, foreignKey })),
    );
  while (open.size > 0) {
    const free = [...open.values()].find(({ table }) => referring(table).length === 0);
    const [first] = open.values();
    const next = free ?? first;
    if (next === undefined) break;
    // What is dropped here is not to be dropped again with its own table.
    for (const cut of free === undefined ? referring(next.table) : []) {
      ordered.push(cut);
      if (cut.kind !== 'drop-foreign-key') continue;
      const table = byKey.get(cut.table);
      if (table !== undefined)
        byKey.set(cut.table, {
          ...table,
          foreignKeys: table.foreignKeys.filter((one) => one !== cut.foreignKey),
        });
    }
    ordered.push(next);
    open.delete(next.table);
  }
  return ordered;
}

/** The columns of a key or an index, as far as they have names. */
function columnsOf(change: OfKind<'drop-unique' | 'drop-index'>): readonly (string | null)[] {
  return change.kind === 'drop-unique'
    ? change.unique.columns
    : change.index.parts.map(({ column }) => column);
}

const nameOf = (change: OfKind<'drop-unique' | 'drop-index' | 'add-unique' | 'create-index'>) =>
  'unique' in change ? change.unique.name : change.index.name;

/** Whether a key has to be gone before anything is made: its name is given to another, or one of its columns is altered. */
function goesFirst(drop: OfKind<'drop-unique' | 'drop-index'>, changes: readonly Change[]): boolean {
  const made = [...ofKind(changes, 'add-unique'), ...ofKind(changes, 'create-index')].map(nameOf);
  const created = ofKind(changes, 'create-table').flatMap(({ table }) =>
    [...table.indexes, ...table.uniques].map(({ name }) => name),
  );
  return (
    [...made, ...created].includes(nameOf(drop)) ||
    ofKind(changes, 'alter-column').some(
      ({ table, actual }) => table === drop.table && columnsOf(drop).includes(actual.name),
    )
  );
}

/** An auto-increment column cannot be without its key (MySQL family): one that is dropped loses the attribute before the key goes. */
function plainBefore(changes: readonly Change[], actual: readonly Table[]): readonly Change[] {
  return ofKind(changes, 'drop-column').flatMap(({ table, column }): Change[] => {
    if (column.identity !== 'auto-increment') return [];
    const checks = actual.find(({ key }) => key === table)?.checks ?? [];
    return [{ kind: 'alter-column', table, expected: { ...column, identity: null }, actual: column, checks }];
  });
}

const isGeneratedFirst = (a: OfKind<'drop-column'>, b: OfKind<'drop-column'>) =>
  Number(a.column.generated === null) - Number(b.column.generated === null);

/**
 * Changes of any kind in an order in which a server takes them: first goes what stands on other things (triggers, views, foreign keys, checks,
 * primary keys, and the keys and tables whose names may be needed), then everything is made as {@link mendingOrder} says, and then goes what
 * other things stood on: keys, which a foreign key may need until there is another, columns, functions, types. Of objects that are replaced
 * the old one goes first.
 *
 * @param actual the tables as they are before.
 */
export function changeOrder(changes: readonly Change[], actual: readonly Table[]): readonly Change[] {
  const replaced = new Set(ofKind(changes, 'create-object').map(({ object }) => object.key));
  const objects = byMention(ofKind(changes, 'drop-object')).reverse();
  const stays = ({ object }: OfKind<'drop-object'>) =>
    FOUNDATIONS.includes(object.kind) && !replaced.has(object.key);
  const isOfGround = ({ object }: OfKind<'drop-object'>) => isGround(object);
  const keys = [...ofKind(changes, 'drop-unique'), ...ofKind(changes, 'drop-index')];
  const loses = (change: OfKind<'alter-column'>) =>
    change.actual.identity === 'auto-increment' && change.expected.identity === null;
  const losing = ofKind(changes, 'alter-column').filter(loses);
  const made = changes.filter(
    (change) => !change.kind.startsWith('drop-') && !losing.includes(change as OfKind<'alter-column'>),
  );
  return [
    ...ofKind(changes, 'drop-words'),
    ...objects.filter((drop) => !stays(drop) && !FOUNDATIONS.includes(drop.object.kind)),
    ...ofKind(changes, 'drop-foreign-key'),
    ...ofKind(changes, 'drop-check'),
    ...losing,
    ...plainBefore(changes, actual),
    ...ofKind(changes, 'drop-primary-key'),
    ...keys.filter((drop) => goesFirst(drop, changes)),
    ...tableDrops(ofKind(changes, 'drop-table'), actual),
    ...objects.filter((drop) => FOUNDATIONS.includes(drop.object.kind) && !stays(drop)),
    ...mendingOrder(made),
    ...keys.filter((drop) => !goesFirst(drop, changes)),
    ...ofKind(changes, 'drop-column').sort(isGeneratedFirst),
    ...objects.filter((drop) => stays(drop) && !isOfGround(drop)),
    ...objects.filter((drop) => stays(drop) && isOfGround(drop)),
  ];
}
