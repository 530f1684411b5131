import { type Chain, type Variant, valueAt } from '../manifest/chain.ts';
import { type Element, tableElements } from '../schema/elements.ts';
import type { Table } from '../schema/snapshot.ts';
import { markUnread } from '../schema/unread.ts';

/** The elements of one kind, by identity and, of several alike, by order. */
function elementsOf(table: Table, kind: Element['kind']): Map<string, Element> {
  const found = new Map<string, Element>();
  for (const element of tableElements(table)) {
    if (element.kind !== kind) continue;
    let id = element.identity;
    while (found.has(id)) id += '\n';
    found.set(id, element);
  }
  return found;
}

/** A list of the variant with what happened to that list of the revision since: what both changed is as migrations made it. */
function mergeList<T>(
  kind: Element['kind'],
  listOf: (table: Table) => readonly T[],
  [base, own, target]: readonly [Table, Table, Table],
): T[] {
  const [was, is, becomes] = [base, own, target].map((table) => elementsOf(table, kind)) as [
    Map<string, Element>,
    Map<string, Element>,
    Map<string, Element>,
  ];
  return [...new Set([...is.keys(), ...becomes.keys()])].flatMap((id) => {
    const untouched = was.get(id)?.value === becomes.get(id)?.value;
    const [table, element] = untouched ? [own, is.get(id)] : [target, becomes.get(id)];
    const item = element === undefined ? undefined : listOf(table)[element.position];
    return item === undefined ? [] : [item];
  });
}

function mergeTable(base: Table, own: Table, target: Table): Table {
  const tables = [base, own, target] as const;
  const primaryKeys = mergeList(
    'primary-key',
    ({ primaryKey }) => (primaryKey === null ? [] : [primaryKey]),
    tables,
  );
  const merged: Table = {
    ...target,
    columns: mergeList('column', (table) => table.columns, tables),
    primaryKey: primaryKeys[0] ?? null,
    uniques: mergeList('unique', (table) => table.uniques, tables),
    foreignKeys: mergeList('foreign-key', (table) => table.foreignKeys, tables),
    checks: mergeList('check', (table) => table.checks, tables),
    indexes: mergeList('index', (table) => table.indexes, tables),
    unmodelled: mergeList('unmodelled', (table) => table.unmodelled, tables),
  };
  return markUnread(merged, new Set([...(own.unread ?? []), ...(target.unread ?? [])]));
}

function carryTable(base: Table | null, own: Table | null, target: Table | null): Table | null {
  if (base === target) return own;
  // What the chain drops is gone, and what it makes anew is as it makes it.
  if (target === null || base === null) return target;
  return own === null ? null : mergeTable(base, own, target);
}

/**
 * A variant of a revision as the migrations after it leave it: a database that was adopted as the variant and migrated since is no revision as
 * migrated, and yet as it should be. What the chain changed since is as the chain has it, the rest is as the variant has it.
 *
 * @param index of a revision that is not before the variant's.
 */
export function carryVariant(chain: Chain, variant: Variant, index: number): Variant {
  const tables = [...variant.tables].map(([key, own]): [string, Table | null] => {
    const timeline = chain.tables.get(key);
    return [key, carryTable(valueAt(timeline, variant.of), own, valueAt(timeline, index))];
  });
  const objects = [...variant.objects].map(([identity, own]) => {
    const timeline = chain.objects.get(identity);
    const target = valueAt(timeline, index);
    return [identity, valueAt(timeline, variant.of) === target ? own : target] as const;
  });
  return { ...variant, of: index, tables: new Map(tables), objects: new Map(objects) };
}
