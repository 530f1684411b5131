import type { Change } from '../database/ddl.ts';
import { isGround } from '../schema/elements.ts';
import type { ForeignKey, ObjectKey, SchemaObject, Table } from '../schema/snapshot.ts';
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

/** Foreign keys of tables that are dropped to others that are, by the table that is referred to and by their own. */
function foreignKeysBetween(
  drops: ReadonlyMap<ObjectKey, unknown>,
  actual: readonly Table[],
): ReadonlyMap<ObjectKey, Map<ObjectKey, ForeignKey[]>> {
  const referring = new Map([...drops.keys()].map((key) => [key, new Map<ObjectKey, ForeignKey[]>()]));
  for (const { key, foreignKeys } of actual) {
    if (!drops.has(key)) continue;
    for (const foreignKey of foreignKeys) {
      const to = foreignKey.referencedTable === key ? undefined : referring.get(foreignKey.referencedTable);
      to?.set(key, [...(to.get(key) ?? []), foreignKey]);
    }
  }
  return referring;
}

/** Dropped tables, each before those that it refers to; a foreign key within a circle goes before its table. */
function tableDrops(drops: readonly OfKind<'drop-table'>[], actual: readonly Table[]): Change[] {
  const open = new Map(drops.map((drop) => [drop.table, drop]));
  const referring = foreignKeysBetween(open, actual);
  const foreignKeysOf = new Map(actual.map(({ key, foreignKeys }) => [key, foreignKeys]));
  const ordered: Change[] = [];
  const firstFree = () => {
    for (const drop of open.values()) if (referring.get(drop.table)?.size === 0) return drop;
    return undefined;
  };
  while (open.size > 0) {
    const [first] = open.values();
    const next = firstFree() ?? first;
    if (next === undefined) break;
    for (const [table, foreignKeys] of referring.get(next.table) ?? [])
      ordered.push(
        ...foreignKeys.map((foreignKey): Change => ({ kind: 'drop-foreign-key', table, foreignKey })),
      );
    // What was dropped with it, or before it, is not to be dropped again.
    referring.get(next.table)?.clear();
    for (const { referencedTable } of foreignKeysOf.get(next.table) ?? [])
      referring.get(referencedTable)?.delete(next.table);
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

/** Tells whether a key has to be gone before anything is made: its name is given to another, or one of its columns is altered. */
function goingFirst(changes: readonly Change[]): (drop: OfKind<'drop-unique' | 'drop-index'>) => boolean {
  const made = [...ofKind(changes, 'add-unique'), ...ofKind(changes, 'create-index')].map(nameOf);
  const created = ofKind(changes, 'create-table').flatMap(({ table }) =>
    [...table.indexes, ...table.uniques].map(({ name }) => name),
  );
  const names = new Set([...made, ...created]);
  const altered = ofKind(changes, 'alter-column');
  return (drop) =>
    names.has(nameOf(drop)) ||
    altered.some(({ table, actual }) => table === drop.table && columnsOf(drop).includes(actual.name));
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
  const goesFirst = goingFirst(changes);
  const isOfGround = ({ object }: OfKind<'drop-object'>) => isGround(object);
  const keys = [...ofKind(changes, 'drop-unique'), ...ofKind(changes, 'drop-index')];
  const loses = (change: OfKind<'alter-column'>) =>
    change.actual.identity === 'auto-increment' && change.expected.identity === null;
  const losing = ofKind(changes, 'alter-column').filter(loses);
  const made = changes.filter(
    (change) =>
      !change.kind.startsWith('drop-') && !(change.kind === 'alter-column' && losing.includes(change)),
  );
  return [
    ...ofKind(changes, 'drop-words'),
    ...objects.filter((drop) => !stays(drop) && !FOUNDATIONS.includes(drop.object.kind)),
    ...ofKind(changes, 'drop-foreign-key'),
    ...ofKind(changes, 'drop-check'),
    ...losing,
    ...plainBefore(changes, actual),
    ...ofKind(changes, 'drop-primary-key'),
    ...keys.filter(goesFirst),
    ...tableDrops(ofKind(changes, 'drop-table'), actual),
    ...objects.filter((drop) => FOUNDATIONS.includes(drop.object.kind) && !stays(drop)),
    ...mendingOrder(made),
    ...keys.filter((drop) => !goesFirst(drop)),
    ...ofKind(changes, 'drop-column').sort(isGeneratedFirst),
    ...objects.filter((drop) => stays(drop) && !isOfGround(drop)),
    ...objects.filter((drop) => stays(drop) && isOfGround(drop)),
  ];
}

/**
 * When what each of several things takes can be run, as a place in the order of {@link changeOrder}: null for what takes nothing, and what comes
 * with another one. Where an old thing has to go for a new one, it is the new one that has to wait.
 */
export function runningOrder(
  things: readonly (readonly Change[])[],
  actual: readonly Table[],
): readonly (number | null)[] {
  const places = new Map(changeOrder(things.flat(), actual).map((change, place) => [change, place]));
  return things.map((changes) => {
    const own = changes.flatMap((change) => places.get(change) ?? []);
    return own.length === 0 ? null : Math.max(...own);
  });
}
