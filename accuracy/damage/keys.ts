import { type ElementKind, tableElements } from '../../src/schema/elements.ts';
import type { Table } from '../../src/schema/snapshot.ts';
import {
  distinctElements,
  gradeOfAddition,
  hasElement,
  isKnown,
  type Proposer,
  pathIn,
  pickIn,
  type Scene,
  strangerName,
} from './alteration.ts';

type Dropped = 'index' | 'unique' | 'foreign-key' | 'primary-key' | 'check';

function dropSql({ sql }: Scene, table: Table, kind: Dropped, name: string): string {
  switch (kind) {
    case 'index':
      return sql.dropIndex(table, name);
    case 'unique':
      return sql.dropUnique(table, name);
    case 'foreign-key':
      return sql.dropForeignKey(table, name);
    case 'primary-key':
      return sql.dropPrimaryKey(table, name);
    case 'check':
      return `ALTER TABLE ${sql.table(table)} DROP CONSTRAINT ${sql.name(name)}`;
  }
}

/** Removes something that the revision expects. What depends on a key goes with it. */
function drop(kind: Dropped, alone: boolean): Proposer {
  return (scene) => {
    const place = pickIn(scene, (table) => distinctElements(table, kind));
    if (place === undefined) return null;
    const { table, item } = place;
    return {
      sql: dropSql(scene, table, kind, item.name),
      expects: [{ path: pathIn(table, kind, item.name), outcome: 'missing', grade: 'blocking' }],
      alone,
    };
  };
}

export const dropIndex = drop('index', true);
export const dropUnique = drop('unique', false);
export const dropForeignKey = drop('foreign-key', true);
export const dropPrimaryKey = drop('primary-key', false);
export const dropCheck = drop('check', true);

/** How manifests name the structure of what is made of these columns. */
function structureOf(kind: ElementKind, columns: readonly string[]): string {
  return JSON.stringify(kind === 'index' ? [columns, null] : columns);
}

interface Addition {
  readonly kind: 'index' | 'unique';
  /** What is put before `(columns)`. */
  readonly head: (scene: Scene, table: Table, name: string) => string;
  readonly grade: 'risky' | 'harmless';
}

const createIndex =
  (words: string): Addition['head'] =>
  ({ sql }, table, name) =>
    `CREATE ${words} ${sql.name(name)} ON ${sql.table(table)}`;

/** Adds an index or unique constraint on one or two columns that have none of this kind. */
function addOnColumns({ kind, head, grade }: Addition): Proposer {
  return (scene) => {
    const table = scene.random.pick(scene.snapshot.tables);
    if (table === undefined) return null;
    const names = table.columns.map((column) => column.name);
    const first = scene.random.pick(names);
    const second = scene.random.below(3) === 0 ? scene.random.pick(names) : first;
    if (first === undefined || second === undefined) return null;
    const columns = [...new Set([first, second])];
    const structure = structureOf(kind, columns);
    if (hasElement(table, kind, structure)) return null;
    const name = strangerName(scene.random, 'key');
    const list = columns.map(scene.sql.name).join(', ');
    const known = isKnown(scene.chain, table, kind, structure);
    return {
      sql: `${head(scene, table, name)} (${list})`,
      expects: [
        { path: pathIn(table, kind, name), outcome: 'unexpected', grade: gradeOfAddition(known, grade) },
      ],
      alone: true,
    };
  };
}

export const addIndex = addOnColumns({ kind: 'index', head: createIndex('INDEX'), grade: 'harmless' });

export const addUnique = addOnColumns({
  kind: 'unique',
  head: ({ sql }, table, name) => `ALTER TABLE ${sql.table(table)} ADD CONSTRAINT ${sql.name(name)} UNIQUE`,
  grade: 'risky',
});

const addPostgresUniqueIndex = addOnColumns({
  kind: 'index',
  head: createIndex('UNIQUE INDEX'),
  grade: 'risky',
});

/** Where a unique index is something else than a unique constraint. */
export const addUniqueIndex: Proposer = (scene) =>
  scene.sql.dialect === 'postgres' ? addPostgresUniqueIndex(scene) : null;

export const addCheck: Proposer = (scene) => {
  const place = pickIn(scene, (table) => table.columns);
  if (place === undefined) return null;
  const { table, item } = place;
  const name = strangerName(scene.random, 'check');
  const column = scene.sql.name(item.name);
  const numeric = /int|^numeric|^decimal|^real|^double/.test(item.type.canonical);
  const predicate = numeric ? `${column} > -${4000 + scene.random.below(1000)}` : `${column} IS NOT NULL`;
  return {
    sql: `ALTER TABLE ${scene.sql.table(table)} ADD CONSTRAINT ${scene.sql.name(name)} CHECK (${predicate})`,
    expects: [{ path: pathIn(table, 'check', name), outcome: 'unexpected', grade: 'risky' }],
    alone: true,
  };
};

/** A table's only key column; its type has to be that of the column that refers to it. */
function keyColumnOf(table: Table) {
  const [name, ...more] = table.primaryKey?.columns ?? [];
  return more.length > 0 ? undefined : table.columns.find((column) => column.name === name);
}

export const addForeignKey: Proposer = (scene) => {
  const { random, snapshot, sql, chain } = scene;
  const target = random.pick(snapshot.tables.filter((table) => keyColumnOf(table) !== undefined));
  const key = target && keyColumnOf(target);
  if (target === undefined || key === undefined) return null;
  const place = pickIn(scene, (table) =>
    table.columns.filter(
      (column) => column.type.canonical === key.type.canonical && column.name !== key.name,
    ),
  );
  if (place === undefined) return null;
  const { table, item } = place;
  const structure = JSON.stringify([[item.name], target.key, [key.name]]);
  if (hasElement(table, 'foreign-key', structure)) return null;
  const name = strangerName(random, 'reference');
  const known = isKnown(chain, table, 'foreign-key', structure);
  return {
    sql: `ALTER TABLE ${sql.table(table)} ADD CONSTRAINT ${sql.name(name)} FOREIGN KEY (${sql.name(item.name)}) REFERENCES ${sql.table(target)} (${sql.name(key.name)})`,
    expects: [
      {
        path: pathIn(table, 'foreign-key', name),
        outcome: 'unexpected',
        grade: gradeOfAddition(known, 'risky'),
      },
    ],
    // The MySQL family makes an index for it, which some revision may know.
    alone: sql.dialect === 'postgres',
  };
};

/** The same foreign key with another rule. */
export const changeForeignKey: Proposer = (scene) => {
  const { snapshot, sql, random } = scene;
  const place = pickIn(scene, (table) => {
    const distinct = new Set(distinctElements(table, 'foreign-key').map(({ name }) => name));
    return table.foreignKeys.filter(({ name }) => distinct.has(name));
  });
  const target = snapshot.tables.find(({ key }) => key === place?.item.referencedTable);
  if (place === undefined || target === undefined) return null;
  const { table, item } = place;
  const by = {
    name: strangerName(random, 'reference'),
    columns: item.columns,
    target,
    targetColumns: item.referencedColumns,
    onDelete: item.onDelete === 'cascade' ? 'NO ACTION' : 'CASCADE',
  } as const;
  return {
    sql: sql.replaceForeignKey(table, item, by),
    expects: [{ path: pathIn(table, 'foreign-key', item.name), outcome: 'different', grade: 'blocking' }],
    alone: true,
  };
};

/** How many elements of a structure a table has. */
function countOf(table: Table, kind: ElementKind, identity: string): number {
  return tableElements(table).filter((one) => one.kind === kind && one.identity === identity).length;
}

/** A plain index a second time, under another name: nobody's, unless some revision has two as well. */
export const copyIndex: Proposer = (scene) => {
  const place = pickIn(scene, (table) =>
    table.indexes.filter(
      (index) =>
        !index.unique &&
        index.method === 'btree' &&
        index.predicate === null &&
        index.include.length === 0 &&
        index.parts.every((part) => part.column !== null && part.length === null && part.order === 'asc'),
    ),
  );
  if (place === undefined) return null;
  const { table, item } = place;
  const columns = item.parts.flatMap(({ column }) => column ?? []);
  const structure = structureOf('index', columns);
  const here = countOf(table, 'index', structure);
  const versions = scene.chain.tables.get(table.key) ?? [];
  const known = versions.some(({ value }) => value !== null && countOf(value, 'index', structure) > here);
  const name = strangerName(scene.random, 'copy');
  const list = columns.map(scene.sql.name).join(', ');
  return {
    sql: `CREATE INDEX ${scene.sql.name(name)} ON ${scene.sql.table(table)} (${list})`,
    expects: [
      {
        path: pathIn(table, 'index', name),
        outcome: 'unexpected',
        grade: gradeOfAddition(known, 'harmless'),
      },
    ],
    alone: true,
  };
};
