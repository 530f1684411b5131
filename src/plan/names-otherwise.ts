import { type Element, type ElementKind, tableElements } from '../schema/elements.ts';
import { parseObjectKey } from '../schema/object-key.ts';
import type { Table } from '../schema/snapshot.ts';
import type { NameUse } from './names-used.ts';

/** A constraint or index of the chain that has not the name here that the chain gives it. */
export interface NamedOtherwise {
  readonly table: Table;
  readonly actualTable: Table;
  readonly expected: Element;
  /** The same structure under its name here; null where there is none. */
  readonly actual: Element | null;
}

const NAMED: ReadonlySet<ElementKind> = new Set(['primary-key', 'unique', 'foreign-key', 'check', 'index']);

function piecesOf(table: Table): readonly Element[] {
  const { named = {} } = table;
  return tableElements(table.strict?.canonical ?? table).flatMap((piece) => {
    if (piece.kind !== 'unmodelled') return NAMED.has(piece.kind) ? [piece] : [];
    const name = named[piece.name];
    return name === undefined ? [] : [{ ...piece, name }];
  });
}

/** A key of the MySQL family that has no name of its own cannot be called by it. */
const hasName = (table: Table, { kind }: Element) =>
  kind !== 'primary-key' || table.primaryKey?.name !== null;

/**
 * The constraints and indexes of what is expected that the actual tables do not have by their names.
 *
 * @param same whether two names are one for the server.
 */
export function namedOtherwise(
  expected: readonly Table[],
  actual: readonly Table[],
  same: (a: string, b: string) => boolean,
): readonly NamedOtherwise[] {
  const there = new Map(actual.map((table) => [table.key, table]));
  return expected.flatMap((table) => {
    const actualTable = there.get(table.key);
    if (actualTable === undefined) return [];
    const pieces = piecesOf(actualTable);
    return piecesOf(table).flatMap((piece): NamedOtherwise[] => {
      if (!hasName(table, piece)) return [];
      const alike = pieces.filter(({ kind, identity }) => kind === piece.kind && identity === piece.identity);
      if (alike.some(({ name }) => same(name, piece.name))) return [];
      return [{ table, actualTable, expected: piece, actual: alike[0] ?? null }];
    });
  });
}

/** Of those, the ones that a statement means: of the table that it names, or where that is none of the chain's any more, of whichever has the name. */
export function meant(
  use: NameUse,
  expected: readonly Table[],
  otherwise: readonly NamedOtherwise[],
  same: (a: string, b: string) => boolean,
): readonly NamedOtherwise[] {
  const { table } = use;
  const isNamed = ({ key }: Table): boolean => {
    const { schema, name } = parseObjectKey(key);
    return (
      table !== null &&
      name === table.name &&
      (table.schema === null || schema === null || schema === table.schema)
    );
  };
  const known = expected.some(isNamed);
  return otherwise.filter(
    (one) =>
      use.kinds.includes(one.expected.kind) &&
      same(one.expected.name, use.name) &&
      (!known || isNamed(one.table)),
  );
}
