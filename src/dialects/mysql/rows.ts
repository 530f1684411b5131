import type { TextRow } from '../../database/session.ts';

/** One column of a row, as text; the catalog columns read this way are never null where this is used. */
function at(row: TextRow, index: number): string {
  return row[index] ?? '';
}

function number(row: TextRow, index: number): number {
  return Number(row[index] ?? 0);
}

export interface TableRow {
  readonly name: string;
  /** `BASE TABLE`, `VIEW`, `SYSTEM VERSIONED`, `SEQUENCE`, … */
  readonly type: string;
  readonly engine: string;
  readonly options: string;
}

export function tableRow(row: TextRow): TableRow {
  return { name: at(row, 0), type: at(row, 1), engine: at(row, 2), options: at(row, 3).toLowerCase() };
}

export interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly position: number;
  readonly defaultText: string | null;
  readonly nullable: boolean;
  /** The type's word alone: `int`, `varchar`. */
  readonly dataType: string;
  /** The type as declared: `int(10) unsigned`. */
  readonly type: string;
  readonly collation: string | null;
  readonly extra: string;
  readonly generation: string;
  readonly spatialReference: string | null;
}

export function columnRow(row: TextRow): ColumnRow {
  return {
    table: at(row, 0),
    name: at(row, 1),
    position: number(row, 2),
    defaultText: row[3] ?? null,
    nullable: row[4] === 'YES',
    dataType: at(row, 5).toLowerCase(),
    type: at(row, 6),
    collation: row[7] ?? null,
    extra: at(row, 8),
    generation: at(row, 9),
    spatialReference: row[10] ?? null,
  };
}

export interface IndexRow {
  readonly table: string;
  readonly index: string;
  readonly unique: boolean;
  readonly position: number;
  /** Null where the part is an expression. */
  readonly column: string | null;
  readonly descending: boolean;
  readonly length: number | null;
  readonly method: string;
  readonly expression: string | null;
  /** False when the optimiser is told to leave the index alone. */
  readonly used: boolean;
}

export function indexRow(row: TextRow, useColumn: 'is_visible' | 'ignored' | null): IndexRow {
  return {
    table: at(row, 0),
    index: at(row, 1),
    unique: row[2] === '0',
    position: number(row, 3),
    column: row[4] ?? null,
    descending: row[5] === 'D',
    length: row[6] === null || row[6] === undefined ? null : Number(row[6]),
    method: at(row, 7).toLowerCase(),
    expression: row[8] ?? null,
    used: useColumn === null || (useColumn === 'is_visible') === (row[9] === 'YES'),
  };
}

export interface ForeignKeyRow {
  readonly table: string;
  readonly name: string;
  readonly position: number;
  readonly column: string;
  readonly referencedSchema: string;
  readonly referencedTable: string;
  readonly referencedColumn: string;
}

export function foreignKeyRow(row: TextRow): ForeignKeyRow {
  return {
    table: at(row, 0),
    name: at(row, 1),
    position: number(row, 2),
    column: at(row, 3),
    referencedSchema: at(row, 4),
    referencedTable: at(row, 5),
    referencedColumn: at(row, 6),
  };
}

export interface RuleRow {
  readonly table: string;
  readonly name: string;
  readonly onUpdate: string;
  readonly onDelete: string;
}

export interface CheckRow {
  readonly table: string;
  readonly name: string;
  readonly clause: string;
  readonly enforced: boolean;
}

export interface ViewRow {
  readonly name: string;
  /** Empty for who may not see it. */
  readonly definition: string;
  readonly checkOption: string;
  readonly security: string;
}

export interface TriggerRow {
  readonly table: string;
  readonly name: string;
  readonly timing: string;
  readonly event: string;
  readonly order: number;
  readonly statement: string;
}

export interface RoutineRow {
  readonly name: string;
  readonly type: string;
  readonly returns: string;
  /** Null for who may not see it. */
  readonly body: string | null;
  readonly deterministic: string;
  readonly dataAccess: string;
  readonly security: string;
}

export interface ParameterRow {
  readonly routine: string;
  readonly routineType: string;
  readonly position: number;
  readonly mode: string;
  readonly name: string;
  readonly type: string;
}

export interface DetailRows {
  readonly rules: readonly RuleRow[];
  readonly checks: readonly CheckRow[];
  readonly views: readonly ViewRow[];
  readonly triggers: readonly TriggerRow[];
  readonly routines: readonly RoutineRow[];
  readonly parameters: readonly ParameterRow[];
}

/** Sorts rows that begin with their kind into what they are. */
export function detailRows(rows: readonly TextRow[]): DetailRows {
  const of = (kind: string) => rows.filter((row) => row[0] === kind);
  // MySQL names a check once per schema, so that its name leads to its table.
  const owners = new Map(of('check-table').map((row) => [at(row, 2), row]));
  return {
    rules: of('rule').map((row) => ({
      table: at(row, 1),
      name: at(row, 2),
      onUpdate: at(row, 3),
      onDelete: at(row, 4),
    })),
    checks: of('check').map((row) => {
      const owner = owners.get(at(row, 2));
      return {
        table: row[1] ?? (owner ? at(owner, 1) : ''),
        name: at(row, 2),
        clause: at(row, 3),
        enforced: owner === undefined || owner[3] !== 'NO',
      };
    }),
    views: of('view').map((row) => ({
      name: at(row, 1),
      definition: at(row, 2),
      checkOption: at(row, 3),
      security: at(row, 4),
    })),
    triggers: of('trigger').map((row) => ({
      table: at(row, 1),
      name: at(row, 2),
      timing: at(row, 3),
      event: at(row, 4),
      order: number(row, 5),
      statement: at(row, 6),
    })),
    routines: of('routine').map((row) => ({
      name: at(row, 1),
      type: at(row, 2),
      returns: at(row, 3),
      body: row[4] ?? null,
      deterministic: at(row, 5),
      dataAccess: at(row, 6),
      security: at(row, 7),
    })),
    parameters: of('parameter').map((row) => ({
      routine: at(row, 1),
      routineType: at(row, 2),
      position: number(row, 3),
      mode: at(row, 4),
      name: at(row, 5),
      type: at(row, 6),
    })),
  };
}

export interface PartitionRow {
  readonly table: string;
  readonly position: number;
  readonly subPosition: number;
  readonly name: string;
  readonly subName: string;
  readonly method: string;
  readonly expression: string;
  readonly subMethod: string;
  readonly subExpression: string;
  readonly description: string;
}

export function partitionRow(row: TextRow): PartitionRow {
  return {
    table: at(row, 0),
    position: number(row, 1),
    subPosition: number(row, 2),
    name: at(row, 3),
    subName: at(row, 4),
    method: at(row, 5),
    expression: at(row, 6),
    subMethod: at(row, 7),
    subExpression: at(row, 8),
    description: at(row, 9),
  };
}

/** Items by a text made from each, in their order. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}
