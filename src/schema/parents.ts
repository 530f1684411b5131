import { objectKey, qualifiedKey } from './object-key.ts';
import type { ObjectKey, Table } from './snapshot.ts';

const NAME = '"(?:[^"]|"")*"|[^\\s".]+';
const PARENT = new RegExp(`^(partition of|inherits) (?:(${NAME})\\.)?(${NAME})(?= |$)`, 's');

const unquoted = (name: string) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);

/** A table whose rows are its children's too. */
export interface Parent {
  readonly key: ObjectKey;
  /** As a partition it has all that the parent has; as a table that inherits, columns and checks (PostgreSQL manual, Inheritance, Caveats). */
  readonly as: 'partition' | 'heir';
}

/** The tables of which this one is a partition, or from which it inherits: PostgreSQL's words for it, see `Table.unmodelled`. */
export function parentsOf({ unmodelled }: Table): readonly Parent[] {
  return unmodelled.flatMap((words): Parent[] => {
    const [, how, schema, name] = PARENT.exec(words) ?? [];
    if (name === undefined) return [];
    const key =
      schema === undefined
        ? objectKey('', unquoted(name), '')
        : qualifiedKey(unquoted(schema), unquoted(name));
    return [{ key, as: how === 'inherits' ? 'heir' : 'partition' }];
  });
}

/** Whether the rows of a table are those of its partitions alone. */
export function isPartitioned({ unmodelled }: Table): boolean {
  return unmodelled.some((words) => words.startsWith('partitioned by '));
}
