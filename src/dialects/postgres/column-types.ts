import type { ColumnType, ColumnTypes, Oid, RawColumn } from './raw-catalog.ts';

/** The value of a key, made when it is asked for first. */
function known<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = make();
  map.set(key, made);
  return made;
}

/** What `relationsQuery` packs into one number: type, column number, NOT NULL. */
function unpack(packed: string): { readonly oid: Oid; readonly number: number; readonly notNull: boolean } {
  // At most 49 bits, which a number holds exactly.
  const value = Number(packed);
  return {
    oid: String(Math.floor(value / 2 ** 17)),
    number: Math.floor(value / 2) % 2 ** 16,
    notNull: value % 2 === 1,
  };
}

/**
 * The types of no column yet, and no column.
 *
 * A large schema has the same few columns in most of its tables (`id`, `created_at`), and what is kept once costs the garbage collector nothing.
 */
export function columnTypes(): ColumnTypes {
  const types = new Map<Oid, Map<string, ColumnType>>();
  const columns = new Map<string, Map<string, Map<string, RawColumn>>>();
  const of = (oid: Oid, modifier: string): ColumnType =>
    known(
      known(types, oid, () => new Map()),
      modifier,
      () => ({ oid, modifier }),
    );
  const plain = (packed: string, modifier: string, name: string): RawColumn => {
    const before = columns.get(packed)?.get(modifier)?.get(name);
    if (before !== undefined) return before;
    const { oid, number, notNull } = unpack(packed);
    const type = of(oid, modifier);
    const made = { number, name, type, collation: null, notNull, identity: '', generated: '' };
    const byModifier = known(columns, packed, () => new Map<string, Map<string, RawColumn>>());
    known(byModifier, modifier, () => new Map<string, RawColumn>()).set(name, made);
    return made;
  };
  return { of, plain, all: () => [...types.values()].flatMap((some) => [...some.values()]) };
}
