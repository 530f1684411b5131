import { unlikeElements } from '../compare/unlike-elements.ts';
import type { Change } from '../database/ddl.ts';
import type { CopiedColumn } from '../database/set-aside.ts';
import type { Table } from '../schema/snapshot.ts';
import type { PlanOptions, RowCheck } from './plan.ts';
import type { Move, Planned, RebuildFacts } from './rebuild-facts.ts';
import { rowsInTheWay } from './rows-in-the-way.ts';

/** A table that is to be, in the names that its rows have now: of the table, and of every column that is copied. */
interface AsNow {
  readonly actual: Table;
  readonly table: Table;
  /** Columns whose names are others now. */
  readonly renamed: readonly string[];
}

function asNow(
  { actual, expected }: { readonly actual: Table; readonly expected: Table },
  columns: readonly CopiedColumn[],
  homes: ReadonlyMap<string, { readonly actual: Table; readonly columns: readonly CopiedColumn[] }>,
): AsNow {
  const inNames = (copied: readonly CopiedColumn[], here: Table) => (name: string) => {
    const from = copied.find(({ to }) => to === name)?.from;
    if (from !== undefined) return from;
    // Not what is there under that name and goes elsewhere.
    return here.columns.some((column) => column.name === name) ? `${name} (new)` : name;
  };
  const now = inNames(columns, actual);
  const table: Table = {
    ...expected,
    key: actual.key,
    columns: expected.columns.map((column) => ({ ...column, name: now(column.name) })),
    primaryKey: expected.primaryKey && {
      ...expected.primaryKey,
      columns: expected.primaryKey.columns.map(now),
    },
    uniques: expected.uniques.map((unique) => ({ ...unique, columns: unique.columns.map(now) })),
    foreignKeys: expected.foreignKeys.map((key) => {
      const other = homes.get(key.referencedTable);
      const there = other === undefined ? (name: string) => name : inNames(other.columns, other.actual);
      return {
        ...key,
        columns: key.columns.map(now),
        // A table that nothing goes into is made empty, whatever is there under its name now.
        referencedTable: other?.actual.key ?? `${key.referencedTable} (new)`,
        referencedColumns: key.referencedColumns.map(there),
      };
    }),
    indexes: expected.indexes.map((index) => ({
      ...index,
      parts: index.parts.map((part) => ({ ...part, column: part.column === null ? null : now(part.column) })),
    })),
  };
  return {
    actual,
    table,
    renamed: expected.columns.map(({ name }) => name).filter((name) => now(name) !== name),
  };
}

/** Whether a text that cannot be put into other names has one of those. */
const namesAny = (text: string, names: readonly string[]) => names.some((name) => text.includes(name));

function changesOf({ actual, table, renamed }: AsNow): { readonly name: string; readonly change: Change }[] {
  // What the table has already, its rows have held to.
  const [missing] = unlikeElements(table, actual);
  const isMissing = (kind: string, position: number) =>
    missing.some((element) => element.kind === kind && element.position === position);
  const { key } = table;
  const { primaryKey, uniques, indexes, foreignKeys, checks } = table;
  return [
    ...(primaryKey !== null && isMissing('primary-key', 0)
      ? [{ name: 'primaryKey', change: { kind: 'add-primary-key', table: key, primaryKey } as const }]
      : []),
    ...uniques.flatMap((unique, at) =>
      isMissing('unique', at)
        ? [{ name: `uniques.${unique.name}`, change: { kind: 'add-unique', table: key, unique } as const }]
        : [],
    ),
    ...indexes.flatMap((index, at) => {
      const texts = [
        index.predicate?.canonical,
        ...index.parts.map(({ expression }) => expression?.canonical),
      ];
      return index.unique && isMissing('index', at) && !namesAny(texts.join(' '), renamed)
        ? [{ name: `indexes.${index.name}`, change: { kind: 'create-index', table: key, index } as const }]
        : [];
    }),
    ...checks.flatMap((check, at) =>
      isMissing('check', at) && !namesAny(check.expression.canonical, renamed)
        ? [{ name: `checks.${check.name}`, change: { kind: 'add-check', table: key, check } as const }]
        : [],
    ),
    ...foreignKeys.flatMap((foreignKey, at) =>
      isMissing('foreign-key', at)
        ? [
            {
              name: `foreignKeys.${foreignKey.name}`,
              change: { kind: 'add-foreign-key', table: key, foreignKey } as const,
            },
          ]
        : [],
    ),
  ];
}

/**
 * What rows could hold against the constraints that the rebuilt tables have and these have not: asked of the tables as they are, in the names that
 * they have.
 */
export function constraintChecks(
  moves: readonly Move[],
  planned: readonly Planned[],
  { mapping }: PlanOptions,
  { evidence: { snapshot }, ddl }: RebuildFacts,
): readonly RowCheck[] {
  const copied = moves.flatMap(({ actual, expected }) => {
    const copy = planned.find((one) => one.table === actual.key)?.copy;
    return expected === null || copy === undefined ? [] : [{ actual, expected, columns: copy.columns }];
  });
  const homes = new Map(copied.map((one) => [one.expected.key, one]));
  return copied.flatMap(({ actual, expected, columns }) => {
    const now = asNow({ actual, expected }, columns, homes);
    const fill = Object.fromEntries(
      now.table.columns.flatMap(({ name }, at) => {
        const value = mapping?.fill?.[`${expected.key}.${expected.columns[at]?.name}`];
        return value === undefined ? [] : [[`${actual.key}.${name}`, value] as const];
      }),
    );
    const around = { snapshot, expected: [now.table], ddl, fill };
    return changesOf(now).flatMap(({ name, change }): RowCheck[] => {
      const obstacle = rowsInTheWay(change, around);
      return obstacle === null ? [] : [{ name: `${actual.schema}.${actual.name}.${name}`, ...obstacle }];
    });
  });
}
