import type { Change, Ddl, Obstacle } from '../database/ddl.ts';
import type { Column, ObjectKey, Snapshot, Table } from '../schema/snapshot.ts';

/** What a change is made in. */
export interface Surroundings {
  /** What is there before anything is made. */
  readonly snapshot: Snapshot;
  /** What is to be there. */
  readonly expected: readonly Table[];
  readonly ddl: Ddl;
  /** Values that columns are filled with, by `table.column`. */
  readonly fill: Readonly<Record<string, string>>;
}

/** What a column that is added holds: another value in every row, the same in all, or none. */
type Held = 'distinct' | 'same' | 'nothing';

/** Times of the statement or transaction, which are the same for every row of it. */
const STATEMENT_TIME = /^(?:current_|localtime|now\b|transaction_timestamp|statement_timestamp)/i;

/** A part of a key may be the beginning of a column: `name(10)`. */
const isPart = (part: string, name: string) => part === name || part.startsWith(`${name}(`);

function holds({ nullable, default: value, identity, generated }: Column, isFilled: boolean): Held {
  if (isFilled) return 'same';
  if (identity !== null || value.kind === 'sequence' || generated !== null) return 'distinct';
  if (value.kind === 'literal' || value.kind === 'varying') return 'same';
  if (value.kind === 'expression') return STATEMENT_TIME.test(value.canonical) ? 'same' : 'distinct';
  return nullable ? 'nothing' : 'same';
}

/** The columns of a key as its table has them now: null where the table is not there. */
interface KeyNow {
  readonly present: readonly string[];
  /** What those hold that are added. */
  readonly added: readonly Held[];
}

function keyNow(
  table: ObjectKey,
  parts: readonly string[],
  { snapshot, expected, fill }: Surroundings,
): KeyNow | null {
  const actual = snapshot.tables.find(({ key }) => key === table);
  if (actual === undefined) return null;
  const present = parts.filter((part) => actual.columns.some(({ name }) => isPart(part, name)));
  const columns = expected.find(({ key }) => key === table)?.columns ?? [];
  const added = parts
    .filter((part) => !present.includes(part))
    .flatMap((part) => columns.find(({ name }) => isPart(part, name)) ?? [])
    .map((column) => holds(column, fill[`${table}.${column.name}`] !== undefined));
  return { present, added };
}

/** Rows that would have the same key, where the columns that are added hold the same in all. */
function uniqueObstacle(
  change: Change & { readonly table: ObjectKey },
  parts: readonly string[],
  around: Surroundings,
  within: (present: readonly string[]) => Change,
): Obstacle | null {
  const now = keyNow(change.table, parts, around);
  if (now === null || now.added.some((held) => held !== 'same')) return null;
  if (now.present.length > 0) return around.ddl.obstacle(within(now.present));
  const obstacle = everyRow(change.table, around);
  if (obstacle === null) return null;
  const { sql } = obstacle;
  return {
    rows: `rows that would all have the same ${parts.join(', ')}`,
    sql: `SELECT CASE WHEN (${sql}) > 1 THEN (${sql}) ELSE 0 END`,
  };
}

/** Every row of a table. */
function everyRow(table: ObjectKey, { expected, ddl }: Surroundings): Obstacle | null {
  const column = expected.find(({ key }) => key === table)?.columns[0];
  if (column === undefined) return null;
  const empty = {
    ...column,
    nullable: false,
    default: { kind: 'none' },
    identity: null,
    generated: null,
  } as const;
  return ddl.obstacle({ kind: 'add-column', table, column: empty });
}

/** Whether a text names none of the columns that are only added: enough to ask about it beforehand. */
function mentionsNone(text: string, table: ObjectKey, { snapshot, expected }: Surroundings): boolean {
  const actual = snapshot.tables.find(({ key }) => key === table)?.columns ?? [];
  const columns = expected.find(({ key }) => key === table)?.columns ?? [];
  return columns.every(({ name }) => actual.some((column) => column.name === name) || !text.includes(name));
}

function foreignKeyObstacle(
  change: Extract<Change, { readonly kind: 'add-foreign-key' }>,
  around: Surroundings,
): Obstacle | null {
  const { columns, referencedTable, referencedColumns } = change.foreignKey;
  const own = keyNow(change.table, columns, around);
  if (own === null || own.added.includes('nothing')) return null;
  // What an added column holds refers to something by chance at most.
  if (own.added.length > 0) {
    const obstacle = everyRow(change.table, around);
    return obstacle && { ...obstacle, rows: `rows that would all have the same ${columns.join(', ')}` };
  }
  const other = keyNow(referencedTable, referencedColumns, around);
  const isThere = other !== null && other.added.length === 0;
  return around.ddl.obstacle(isThere ? change : { ...change, toNothing: true });
}

/**
 * What rows could hold against a change of a plan, asked before anything of the plan is made: what the plan adds itself is taken for what it will
 * hold. Null where no row can, and where only the server could tell.
 */
export function rowsInTheWay(change: Change, around: Surroundings): Obstacle | null {
  const { ddl, snapshot } = around;
  if ('table' in change && typeof change.table === 'string') {
    if (!snapshot.tables.some(({ key }) => key === change.table)) return null;
  }
  switch (change.kind) {
    case 'add-foreign-key':
      return foreignKeyObstacle(change, around);
    case 'add-unique': {
      const { unique } = change;
      return uniqueObstacle(change, unique.columns, around, (columns) => ({
        ...change,
        unique: { ...unique, columns },
      }));
    }
    case 'add-primary-key': {
      const { primaryKey } = change;
      return uniqueObstacle(change, primaryKey.columns, around, (columns) => ({
        ...change,
        primaryKey: { ...primaryKey, columns },
      }));
    }
    case 'alter-column': {
      const { table, actual } = change;
      const there = keyNow(table, [actual.name], around);
      if (there === null || there.added.length > 0) return null;
      const isFilled = around.fill[`${table}.${actual.name}`] !== undefined;
      return ddl.obstacle(isFilled ? { ...change, actual: { ...actual, nullable: false } } : change);
    }
    case 'create-index': {
      const { index, table } = change;
      if (!index.unique) return null;
      const parts = index.parts.map(({ column }) => column);
      const texts = index.parts.map(({ expression }) => expression?.canonical ?? '');
      if (!mentionsNone([...texts, index.predicate?.canonical ?? ''].join(' '), table, around)) return null;
      const names = parts.flatMap((column) => column ?? []);
      if (names.length < parts.length) {
        return mentionsNone(names.join(' '), table, around) ? ddl.obstacle(change) : null;
      }
      return uniqueObstacle(change, names, around, (columns) => ({
        ...change,
        index: { ...index, parts: index.parts.filter(({ column }) => columns.includes(column ?? '')) },
      }));
    }
    case 'add-check':
      return mentionsNone(change.check.expression.canonical, change.table, around)
        ? ddl.obstacle(change)
        : null;
    case 'create-table':
    case 'create-object':
      return null;
    case 'add-column':
      return change.column.generated !== null &&
        !mentionsNone(change.column.generated.expression.canonical, change.table, around)
        ? null
        : ddl.obstacle(change);
    default:
      return ddl.obstacle(change);
  }
}
