import type { Chain, Timeline } from '../manifest/chain.ts';
import { objectIdentity, tableElements } from '../schema/elements.ts';
import type { SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import { createNamer, differenceName } from './paths.ts';

/** What is accepted by these is no difference. */
const NO_DIFFERENCE = /^(?:interrupted|history):/;

/** Everything that a revision or a variant expects. */
function versions<T>(
  chain: ReadonlyMap<string, Timeline<T>>,
  variants: readonly ReadonlyMap<string, T | null>[],
): T[] {
  const values = [
    ...[...chain.values()].flatMap((timeline) => timeline.map(({ value }) => value)),
    ...variants.flatMap((own) => [...own.values()]),
  ];
  return values.filter((value) => value !== null);
}

/**
 * Which of these names no difference could have: neither anything in the database is called so, nor anything that a revision or a variant of one
 * expects. A name that could be a difference's, and is none here, is not among them.
 */
export function unknownNames(names: readonly string[], chain: Chain, snapshot: Snapshot): readonly string[] {
  const open = new Set(names.filter((name) => !NO_DIFFERENCE.test(name)));
  if (open.size === 0) return [];
  const namer = createNamer(snapshot);
  const strike = (place: Parameters<typeof namer.path>[0]) =>
    open.delete(differenceName({ path: namer.path(place) }));
  const strikeTable = (table: Table) => {
    strike({ kind: 'table', owner: table.key, name: '' });
    for (const { kind, name } of tableElements(table)) strike({ kind, owner: table.key, name });
  };
  const strikeObject = (object: SchemaObject) =>
    strike({ kind: 'object', owner: objectIdentity(object), name: '' });
  for (const table of snapshot.tables) strikeTable(table);
  for (const object of snapshot.objects) strikeObject(object);
  for (const table of versions(
    chain.tables,
    chain.variants.map((one) => one.tables),
  ))
    strikeTable(table);
  for (const object of versions(
    chain.objects,
    chain.variants.map((one) => one.objects),
  ))
    strikeObject(object);
  return [...open];
}

/** The same, a sentence for each: a slip of the pen, mostly. */
export function describeUnknownNames(
  names: readonly string[],
  chain: Chain,
  snapshot: Snapshot,
): readonly string[] {
  return unknownNames(names, chain, snapshot).map(
    (name) =>
      `"${name}" is accepted by name, and neither the database nor the chain has anything of that name.`,
  );
}
