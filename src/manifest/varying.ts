import { AdoptError } from '../errors.ts';
import { objectIdentity } from '../schema/elements.ts';
import { tableHash } from '../schema/fingerprint.ts';
import type { Column, Snapshot, Table } from '../schema/snapshot.ts';

/*
 * Migrations that are not deterministic. `defaultTo(uuid())` makes another constant on every run, and so do a clock and a random number: three
 * of 31 real chains do (`versions.md` A2.9). What one run made is not what another database has, so a chain is replayed twice, the
 * second time by another clock, and what differs between the runs is expected by kind and not by value.
 */

/** The columns whose default varies: `table key`, a line end, the column's name. */
export type VaryingColumns = ReadonlySet<string>;

/** How a column is named in a set of them. */
export const columnId = (table: Pick<Table, 'key'>, column: Pick<Column, 'name'>) =>
  `${table.key}\n${column.name}`;

/** A default that could have been made up while migrating, as text; null where it could not. */
function constant({ default: value }: Column): string | null {
  return value.kind === 'literal' || value.kind === 'expression' ? `${value.kind} ${value.canonical}` : null;
}

function constantsOf(snapshot: Snapshot): Map<string, string> {
  return new Map(
    snapshot.tables.flatMap((table) =>
      table.columns.flatMap((column): [string, string][] => {
        const text = constant(column);
        return text === null ? [] : [[columnId(table, column), text]];
      }),
    ),
  );
}

/**
 * Whether a default that a second run could have made differently is gone from one state to the next, or replaced, so that the second run must be
 * looked at in between. What a later look shows holds for every revision since the default was made.
 */
export function losesConstant(state: Snapshot, next: Snapshot): boolean {
  const later = new Map(next.tables.map((table) => [table.key, table]));
  return state.tables.some((table) => tableLosesConstant(table, later.get(table.key)));
}

function tableLosesConstant(table: Table, later: Table | undefined): boolean {
  // Most tables of a long chain are not touched by most of its migrations, and are the same value then.
  if (table === later) return false;
  const kept = new Map(later?.columns.map((column) => [column.name, constant(column)]));
  return table.columns.some((column) => {
    const text = constant(column);
    return text !== null && kept.get(column.name) !== text;
  });
}

/** Expects these columns' defaults by kind. */
export function withVarying(snapshot: Snapshot, varying: VaryingColumns): Snapshot {
  if (varying.size === 0) return snapshot;
  const mark =
    (table: Table) =>
    (column: Column): Column => {
      const { kind } = column.default;
      const marked = varying.has(columnId(table, column)) && (kind === 'literal' || kind === 'expression');
      return marked ? { ...column, default: { kind: 'varying', of: kind } } : column;
    };
  const tables = snapshot.tables.map((table) =>
    table.columns.some((column) => varying.has(columnId(table, column)))
      ? { ...table, columns: table.columns.map(mark(table)) }
      : table,
  );
  return { ...snapshot, tables };
}

function changed(first: Snapshot, second: Snapshot): string | undefined {
  const tables = new Map(second.tables.map((table) => [table.key, tableHash(table)]));
  const objects = new Map(second.objects.map((object) => [objectIdentity(object), object.definition]));
  return (
    first.tables.find((table) => tables.get(table.key) !== tableHash(table))?.key ??
    first.objects.find((object) => objects.get(objectIdentity(object)) !== object.definition)?.key ??
    second.tables.find((table) => !first.tables.some(({ key }) => key === table.key))?.key
  );
}

/**
 * Which columns' defaults differ between two runs of one chain up to one revision.
 *
 * @throws AdoptError `MIGRATIONS.VARYING` when anything else differs: there is no expectation that another database could meet.
 */
export function varyingBetween(revision: string, first: Snapshot, second: Snapshot): VaryingColumns {
  const other = constantsOf(second);
  const varying = new Set(
    [...constantsOf(first)].flatMap(([id, text]) => (other.get(id) === text ? [] : [id])),
  );
  const left = changed(withVarying(first, varying), withVarying(second, varying));
  if (left === undefined) return varying;
  throw new AdoptError(
    'MIGRATIONS.VARYING',
    `Replaying the migrations up to ${revision} twice made two different schemas: see ${left}.`,
    {
      hint: 'A migration depends on the clock (the second run has one that is more than a year ahead), on chance or on something outside; only the constant of a column default may. Write the date or the value that it had in your database into the migration: Knex does not mind.',
    },
  );
}
