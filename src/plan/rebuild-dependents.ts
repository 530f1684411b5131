import { parseObjectKey } from '../schema/object-key.ts';
import { parentsOf } from '../schema/parents.ts';
import type { ObjectKey, Snapshot, Table } from '../schema/snapshot.ts';
import type { Refusal } from './plan.ts';

/** Refuses, each by its name, what no revision knows and hangs on something that will be moved. @param moved what will be moved. */
export function dependents(snapshot: Snapshot, moved: ReadonlySet<ObjectKey>): Refusal[] {
  const refused = (name: string, on: string): Refusal => ({
    code: 'REFUSED.DEPENDENT',
    message: `${name} depends on ${on}, which would be set aside, and would go on to use it there.`,
    hint: 'Drop what depends on it and make it again afterwards.',
  });
  const named = (text: string, keys: Iterable<ObjectKey>) =>
    [...keys].find((key) => mentions(text, parseObjectKey(key).name.replace(/\(.*$/s, '')));
  const objects = snapshot.objects.map(({ key }) => key).filter((key) => moved.has(key));
  const tables = snapshot.tables
    .filter(({ key }) => !moved.has(key))
    .flatMap((table) => {
      const key =
        table.foreignKeys.find(({ referencedTable }) => moved.has(referencedTable))?.referencedTable ??
        parentsOf(table).find((parent) => moved.has(parent.key))?.key ??
        named(wordsOf(table), objects);
      return key === undefined ? [] : [refused(`${table.schema}.${table.name}`, key)];
    });
  const views = snapshot.objects
    .filter(({ kind, key }) => kind.endsWith('view') && !moved.has(key))
    .flatMap((view) => {
      const on = named(view.definition, moved);
      return on === undefined ? [] : [refused(`${view.schema}.${view.name}`, on)];
    });
  return [...tables, ...views];
}

/** Everything of a table that may name a type, a sequence or a function. */
function wordsOf({ columns, checks, indexes, unmodelled }: Table): string {
  return [
    ...columns.flatMap(({ type, default: value, generated }) => [
      type.canonical,
      'raw' in value ? value.raw : '',
      generated?.expression.raw ?? '',
    ]),
    ...checks.map(({ expression }) => expression.raw),
    ...indexes.flatMap(({ parts, predicate }) => [
      ...parts.map(({ expression }) => expression?.raw ?? ''),
      predicate?.raw ?? '',
    ]),
    ...unmodelled,
  ].join('\n');
}

function mentions(definition: string, name: string): boolean {
  const found = definition.indexOf(name);
  if (found < 0) return false;
  const around = `${definition[found - 1] ?? ' '}${definition[found + name.length] ?? ' '}`;
  return !/[\w$]/.test(around) || mentions(definition.slice(found + name.length), name);
}
