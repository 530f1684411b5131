import { objectIdentity } from '../schema/elements.ts';
import type { ObjectKey, ObjectKind, SchemaObject, Table } from '../schema/snapshot.ts';
import { type Chain, knowsObject, knowsTable, type Timeline, valueAt } from './chain.ts';

/** What a name may be of. */
export type NamedKind = 'table' | ObjectKind;

/** Kinds of which a schema has only one thing under a name. */
const SHARED: readonly (readonly NamedKind[])[] = [
  ['table', 'view', 'materialized-view', 'foreign-table', 'sequence'],
  ['enum', 'domain', 'type'],
];

/** Something that is there, by kind and name. */
export interface Named {
  readonly kind: NamedKind;
  readonly key: ObjectKey;
}

const kindsBeside = (kind: NamedKind): readonly NamedKind[] =>
  SHARED.find((kinds) => kinds.includes(kind))?.filter((other) => other !== kind) ?? [];

const timelineOf = (chain: Chain, kind: NamedKind, key: ObjectKey): Timeline<Table | SchemaObject> =>
  (kind === 'table' ? chain.tables.get(key) : chain.objects.get(objectIdentity({ kind, key }))) ?? [];

/** Whether something itself was ever expected, whatever else may have been under its name. */
const isKnown = (chain: Chain, { kind, key }: Named): boolean =>
  kind === 'table' ? knowsTable(chain, key) : knowsObject(chain, objectIdentity({ kind, key }));

/**
 * The kind of what the last revision has in the place of something that no revision knows, a table in that of a view, say; null where it has
 * nothing there: what is left under the name of a thing that the chain dropped is in nobody's way.
 */
export function kindInstead(chain: Chain, stranger: Named): NamedKind | null {
  if (isKnown(chain, stranger)) return null;
  const last = chain.revisions.length - 1;
  return (
    kindsBeside(stranger.kind).find(
      (kind) => valueAt(timelineOf(chain, kind, stranger.key), last) !== null,
    ) ?? null
  );
}

/** Something that no revision knows, with the kind of what the chain has, or once had, under its name. */
export interface StrangerInPlace {
  readonly thing: Table | SchemaObject;
  readonly kind: NamedKind;
  readonly expected: NamedKind;
}

/** What no revision knows and stands in the place of something that one does. */
export function strangersInPlaces(
  chain: Chain,
  { tables, objects }: { readonly tables: readonly Table[]; readonly objects: readonly SchemaObject[] },
): readonly StrangerInPlace[] {
  return [...tables, ...objects].flatMap((thing): StrangerInPlace[] => {
    const kind = 'columns' in thing ? 'table' : thing.kind;
    const expected = kindsBeside(kind).find((other) => timelineOf(chain, other, thing.key).length > 0);
    return expected === undefined || isKnown(chain, { kind, key: thing.key })
      ? []
      : [{ thing, kind, expected }];
  });
}

/** Whether a stranger stands in the place of a thing. */
export function isInPlaceOf({ thing, kind }: StrangerInPlace, { kind: wanted, key }: Named): boolean {
  return thing.key === key && kindsBeside(wanted).includes(kind);
}

const withArticle = (kind: NamedKind): string =>
  `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind.replaceAll('-', ' ')}`;

/** Says what something is, and what it should be. */
export function isAnotherKind(actual: NamedKind, expected: NamedKind): string {
  return `is ${withArticle(actual)}; ${withArticle(expected)} is expected`;
}
