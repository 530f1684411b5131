import type { Change, KeyChange } from '../database/ddl.ts';
import { type Element, type ElementKind, tableElements } from '../schema/elements.ts';
import type { SchemaObject, Table } from '../schema/snapshot.ts';
import type { RawDifference } from './difference.ts';

/** What stands on the two sides of a difference: of a table or anything in it the tables, of another object the objects. */
export interface Sides {
  readonly expected: Table | SchemaObject | null;
  readonly actual: Table | SchemaObject | null;
}

/**
 * The element that a difference is about: by structure and name, else by structure, else by name.
 *
 * @param called what the difference's words are of, where they are of something that has a name.
 */
function elementOf(
  table: Table,
  { kind, identity, name }: RawDifference,
  called: string | undefined,
): Element | undefined {
  const alike = tableElements(table).filter((element) => element.kind === kind);
  return (
    alike.find((element) => element.identity === identity && element.name === name) ??
    alike.find((element) => element.identity === identity) ??
    alike.find((element) => element.name === name) ??
    alike.find((element) => called !== undefined && table.named?.[element.name] === called)
  );
}

/** The key that an auto-increment column comes first in, without which it cannot be added. */
function keyOf({ key: table, primaryKey, uniques, indexes }: Table, column: string): KeyChange | undefined {
  if (primaryKey?.columns[0] === column) return { kind: 'add-primary-key', table, primaryKey };
  const unique = uniques.find(({ columns }) => columns[0] === column);
  if (unique !== undefined) return { kind: 'add-unique', table, unique };
  const index = indexes.find(({ parts }) => parts[0]?.column === column);
  return index && { kind: 'create-index', table, index };
}

/** How one element comes and goes. */
const ADDITIONS: {
  readonly [Kind in ElementKind]: (table: Table, position: number) => Change | undefined;
} = {
  column: (table, position) => {
    const column = table.columns[position];
    if (column === undefined) return undefined;
    const key = column.identity === 'auto-increment' ? keyOf(table, column.name) : undefined;
    return { kind: 'add-column', table: table.key, column, ...(key && { key }) };
  },
  'primary-key': ({ key, primaryKey }) =>
    primaryKey === null ? undefined : { kind: 'add-primary-key', table: key, primaryKey },
  unique: ({ key, uniques }, position) => {
    const unique = uniques[position];
    return unique && { kind: 'add-unique', table: key, unique };
  },
  'foreign-key': ({ key, foreignKeys }, position) => {
    const foreignKey = foreignKeys[position];
    return foreignKey && { kind: 'add-foreign-key', table: key, foreignKey };
  },
  check: ({ key, checks }, position) => {
    const check = checks[position];
    return check && { kind: 'add-check', table: key, check };
  },
  index: ({ key, indexes }, position) => {
    const index = indexes[position];
    return index && { kind: 'create-index', table: key, index };
  },
  unmodelled: ({ key, unmodelled, named }, position) => {
    const words = unmodelled[position];
    return words === undefined
      ? undefined
      : { kind: 'create-words', table: key, words, name: named?.[words] };
  },
};

/** The change that takes back an addition to a table; null for any other change. */
function reversed(addition: Change, { columns }: Table): Change | null {
  switch (addition.kind) {
    case 'add-column':
      return { kind: 'drop-column', table: addition.table, column: addition.column };
    case 'add-primary-key':
      return { ...addition, kind: 'drop-primary-key' };
    case 'add-unique':
      return { ...addition, kind: 'drop-unique' };
    case 'add-foreign-key':
      return { ...addition, kind: 'drop-foreign-key' };
    case 'add-check': {
      const column = columns.find(({ name }) => name === addition.check.name);
      return { ...addition, kind: 'drop-check', ...(column && { column }) };
    }
    case 'create-index':
      return { ...addition, kind: 'drop-index' };
    case 'create-words':
      return { ...addition, kind: 'drop-words' };
    default:
      return null;
  }
}

function tableChanges(expected: Table | null, actual: Table | null): readonly Change[] {
  if (expected === null) return actual === null ? [] : [{ kind: 'drop-table', table: actual.key }];
  return [
    { kind: 'create-table', table: expected },
    ...expected.foreignKeys.map(
      (foreignKey): Change => ({ kind: 'add-foreign-key', table: expected.key, foreignKey }),
    ),
  ];
}

function objectChanges(expected: SchemaObject | null, actual: SchemaObject | null): readonly Change[] {
  return [
    ...(actual === null ? [] : [{ kind: 'drop-object', object: actual } as const]),
    ...(expected === null ? [] : [{ kind: 'create-object', object: expected } as const]),
  ];
}

function elementChanges(difference: RawDifference, expected: Table, actual: Table): readonly Change[] | null {
  const called = expected.named?.[difference.name];
  const addition = (table: Table) => {
    const element = elementOf(table, difference, called);
    return element && ADDITIONS[element.kind](table, element.position);
  };
  const wanted = difference.outcome === 'unexpected' ? undefined : addition(expected);
  const present = difference.outcome === 'missing' ? undefined : addition(actual);
  if (wanted?.kind === 'add-column' && present?.kind === 'add-column') {
    const { table, column } = wanted;
    const { checks } = actual;
    return [{ kind: 'alter-column', table, expected: column, actual: present.column, checks }];
  }
  const removal = present === undefined ? undefined : reversed(present, actual);
  if (removal === null) return null;
  return [...(removal === undefined ? [] : [removal]), ...(wanted === undefined ? [] : [wanted])];
}

/**
 * The changes that turn what is there into what is expected at one place, in order: what is missing is made, what is unexpected dropped, a
 * column that differs altered, and anything else that differs dropped and made anew. Null where nobody can tell whether there is anything to
 * change.
 *
 * @param difference as comparing the two sides found it.
 */
export function changesFor(difference: RawDifference, sides: Sides): readonly Change[] | null {
  // What may be as expected already, or is by a rule that is only switched off, is nothing to mend.
  if (difference.outcome === 'cannot-tell' || difference.rules !== undefined) return null;
  // Which of the two holds what was in the other, and who uses it, nobody knows here.
  if (difference.kinds !== undefined) return null;
  if (difference.kind === 'object') {
    return objectChanges(sides.expected as SchemaObject | null, sides.actual as SchemaObject | null);
  }
  const [expected, actual] = [sides.expected as Table | null, sides.actual as Table | null];
  if (expected === null || actual === null) return tableChanges(expected, actual);
  return elementChanges(difference, expected, actual);
}
