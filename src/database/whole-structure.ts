import type { SchemaObject, Table } from '../schema/snapshot.ts';
import type { Change } from './ddl.ts';

/** Tables and whatever else has a name of its own. */
export interface Structure {
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
}

/** How far a table is from the leaves of its partitions: a foreign key of a parent takes those of its partitions for its own. */
function height({ unmodelled }: Table): number {
  const has = (start: string) => unmodelled.some((words) => words.startsWith(start));
  return (has('partitioned by ') ? 1 : 0) + (has('partition of ') ? 0 : 1);
}

/**
 * The changes that make a structure in an empty database: first every object and table, in any order in which each finds what it needs, then
 * the foreign keys, those of a partition before its parent's.
 */
export function creationOf({ tables, objects }: Structure): readonly (readonly Change[])[] {
  const foreignKeys = [...tables]
    .sort((a, b) => height(a) - height(b))
    .flatMap((table) =>
      table.foreignKeys.map(
        (foreignKey): Change => ({ kind: 'add-foreign-key', table: table.key, foreignKey }),
      ),
    );
  return [
    [
      ...objects.map((object): Change => ({ kind: 'create-object', object })),
      ...tables.map((table): Change => ({ kind: 'create-table', table })),
    ],
    foreignKeys,
  ];
}
