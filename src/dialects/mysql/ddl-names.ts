import { parseObjectKey } from '../../schema/object-key.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { quoteName } from './expression-tree.ts';

/** A key as SQL: quoted, and qualified unless it stands in the default schema. */
export function sqlName(key: ObjectKey): string {
  const { schema, name } = parseObjectKey(key);
  return schema === null ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}

/** A name for people: `"name"`. */
export function shownName(name: string): string {
  return `"${name}"`;
}

/** All of them, or null where one is. */
export function allOf<T>(items: readonly (T | null)[]): readonly T[] | null {
  return items.includes(null) ? null : (items as readonly T[]);
}

/** `alter table …` with one or more actions. */
export function alterTable(table: ObjectKey, ...actions: readonly string[]): string {
  return `alter table ${sqlName(table)} ${actions.join(', ')}`;
}
