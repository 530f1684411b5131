import { objectKey } from '../../schema/object-key.ts';
import type {
  CheckConstraint,
  Column,
  ForeignKey,
  Generated,
  Index,
  IndexPart,
  ObjectKey,
  PrimaryKey,
  ReferentialAction,
  Table,
  UniqueConstraint,
} from '../../schema/snapshot.ts';
import { markUnread } from '../../schema/unread.ts';
import { sortedBy } from '../../util/order.ts';
import { applies, type CatalogContext, expressionContext, expressionText } from './context.ts';
import { canonicalExpression } from './expression.ts';
import { quoteName } from './expression-tree.ts';
import { columnCollation, columnDefault, columnExtra, columnType, isGenerated } from './normalize.ts';
import {
  type CheckRow,
  type ColumnRow,
  type ForeignKeyRow,
  groupBy,
  type IndexRow,
  type RuleRow,
  type TableRow,
} from './rows.ts';

/** All that the catalog says about one table. */
export interface TableParts {
  readonly table: TableRow;
  readonly columns: readonly ColumnRow[];
  readonly indexes: readonly IndexRow[];
  readonly foreignKeys: readonly ForeignKeyRow[];
  readonly rules: readonly RuleRow[];
  readonly checks: readonly CheckRow[];
  /** Triggers, partitions and the like, already in words. */
  readonly unmodelled: readonly string[];
}

/** The key of a table; names that the server takes for one table get one key (`lower_case_table_names`, manual 11.2.3). */
export function tableKey(
  schema: string,
  name: string,
  context: Pick<CatalogContext, 'foldCase' | 'defaultSchema'>,
): ObjectKey {
  return context.foldCase
    ? objectKey(schema.toLowerCase(), name.toLowerCase(), context.defaultSchema.toLowerCase())
    : objectKey(schema, name, context.defaultSchema);
}

function byPosition<T extends { readonly position: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.position - b.position);
}

/**
 * Whether this check is the one that MariaDB adds to a JSON column: `json_valid` of the column, named as the column (KB, JSON Data Type).
 */
function isJsonCheck(check: CheckRow, column: ColumnRow, context: CatalogContext): boolean {
  return (
    applies(context, 'mariadb-json') &&
    context.flavor.jsonIsLongtext() &&
    column.dataType === 'longtext' &&
    column.collation === 'utf8mb4_bin' &&
    check.name === column.name &&
    canonicalExpression(check.clause, expressionContext(context)) === `json_valid(${quoteName(column.name)})`
  );
}

function generated(row: ColumnRow, context: CatalogContext): Generated | null {
  if (!isGenerated(row)) return null;
  const kind = /\bVIRTUAL GENERATED\b/i.test(row.extra) ? 'virtual' : 'stored';
  // The bounds of system versioning are words, not expressions (KB, System-Versioned Tables).
  const words = /^ROW (?:START|END)$/i.test(row.generation);
  const expression = words
    ? { raw: row.generation, canonical: row.generation.toLowerCase() }
    : expressionText(row.generation, context);
  return { kind, expression };
}

function buildColumn(row: ColumnRow, isJson: boolean, context: CatalogContext): Column {
  return {
    name: row.name,
    type: columnType(row, isJson, context),
    nullable: row.nullable,
    default: columnDefault(row, context),
    identity: /\bauto_increment\b/i.test(row.extra) ? 'auto-increment' : null,
    generated: generated(row, context),
    collation: columnCollation(row, isJson, context),
    extra: columnExtra(row, context),
  };
}

/** `name`, or `name(10)` for a prefix. */
function keyColumn(row: IndexRow): string {
  return row.length === null ? (row.column ?? '') : `${row.column ?? ''}(${row.length})`;
}

function indexPart(row: IndexRow, context: CatalogContext): IndexPart {
  return {
    column: row.column,
    expression: row.expression === null ? null : expressionText(row.expression, context),
    order: row.descending ? 'desc' : 'asc',
    nulls: null,
    operatorClass: null,
    collation: null,
    length: row.length,
  };
}

interface Keys {
  readonly primaryKey: PrimaryKey | null;
  readonly uniques: readonly UniqueConstraint[];
  readonly indexes: readonly Index[];
  readonly unmodelled: readonly string[];
}

/**
 * Primary key, unique constraints and indexes. A unique index that a list of columns cannot describe, because a part is an expression or
 * descends, stays an index. An index that InnoDB made for a foreign key looks like any other and is one.
 */
function buildKeys(rows: readonly IndexRow[], context: CatalogContext): Keys {
  let primaryKey: PrimaryKey | null = null;
  const uniques: UniqueConstraint[] = [];
  const indexes: Index[] = [];
  const unmodelled: string[] = [];
  for (const [name, unordered] of groupBy(rows, (row) => row.index)) {
    const parts = byPosition(unordered);
    const [first] = parts;
    if (!first) continue;
    const plain = parts.every((part) => part.column !== null && !part.descending);
    if (!first.used) unmodelled.push(`index ${quoteName(name)}: not used by the optimiser`);
    if (name === 'PRIMARY') {
      primaryKey = { name: 'PRIMARY', columns: parts.map(keyColumn) };
      if (!plain)
        unmodelled.push(
          `primary key order: ${parts.map((part) => `${keyColumn(part)} ${part.descending ? 'desc' : 'asc'}`).join(', ')}`,
        );
    } else if (first.unique && plain) {
      uniques.push({ name, columns: parts.map(keyColumn), deferrable: 'no', nullsNotDistinct: false });
    } else {
      indexes.push({
        name,
        unique: first.unique,
        method: first.method,
        parts: parts.map((part) => indexPart(part, context)),
        include: [],
        predicate: null,
        nullsNotDistinct: false,
        valid: true,
      });
    }
  }
  return { primaryKey, uniques, indexes, unmodelled };
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  CASCADE: 'cascade',
  'SET NULL': 'set-null',
  'SET DEFAULT': 'set-default',
};

/** InnoDB checks NO ACTION at once, so that it is RESTRICT (MySQL 8.0 manual, 15.1.20.5); MariaDB prints one, MySQL 8 the other. */
function action(text: string, context: CatalogContext): ReferentialAction {
  if (text === 'RESTRICT') {
    if (!applies(context, 'no-action-restrict')) return 'restrict';
    context.rules.add('no-action-restrict');
  }
  return ACTIONS[text] ?? 'no-action';
}

function buildForeignKeys(parts: TableParts, context: CatalogContext): ForeignKey[] {
  const rules = new Map(parts.rules.map((rule) => [rule.name, rule]));
  return [...groupBy(parts.foreignKeys, (row) => row.name)].flatMap(([name, unordered]) => {
    const rows = byPosition(unordered);
    const [first] = rows;
    if (!first) return [];
    const rule = rules.get(name);
    return [
      {
        name,
        columns: rows.map((row) => row.column),
        referencedTable: tableKey(first.referencedSchema, first.referencedTable, context),
        referencedColumns: rows.map((row) => row.referencedColumn),
        onUpdate: action(rule?.onUpdate ?? '', context),
        onDelete: action(rule?.onDelete ?? '', context),
        match: 'simple',
        deferrable: 'no',
        validated: true,
      } satisfies ForeignKey,
    ];
  });
}

/** Options of storage: they change where bytes lie, not what a table holds or refuses (`versions.md` B2 rule 12). */
const PHYSICAL_OPTIONS =
  /^(?:row_format|key_block_size|stats_\w+|max_rows|min_rows|avg_row_length|pack_keys|checksum|page_checksum|delay_key_write|transactional|encrypted|encryption|encryption_key_id|page_compress\w*|compression|partitioned)$/;

function tableNotes(table: TableRow): string[] {
  const notes: string[] = [];
  if (table.type === 'SYSTEM VERSIONED') notes.push('system versioned');
  else if (table.type !== 'BASE TABLE') notes.push(`table type ${table.type}`);
  if (table.engine !== '' && table.engine !== 'InnoDB') notes.push(`engine ${table.engine}`);
  for (const option of table.options.match(/[\w`"]+(?:=(?:'[^']*'|"[^"]*"|\S+))?/g) ?? []) {
    const name = option.replace(/=.*$/s, '').replace(/[`"]/g, '');
    if (!PHYSICAL_OPTIONS.test(name)) notes.push(`option ${option}`);
  }
  return notes;
}

/** A table of the snapshot out of its catalog rows. */
export function buildTable(parts: TableParts, context: CatalogContext): Table {
  const columnsByName = new Map(parts.columns.map((column) => [column.name, column]));
  const jsonColumns = new Set<string>();
  const checks: CheckConstraint[] = [];
  for (const check of parts.checks) {
    const column = columnsByName.get(check.name);
    if (column && isJsonCheck(check, column, context)) jsonColumns.add(column.name);
    else
      checks.push({
        name: check.name,
        expression: expressionText(check.clause, context),
        validated: check.enforced,
      });
  }
  const keys = buildKeys(parts.indexes, context);
  const { name } = parts.table;
  const table: Table = {
    key: tableKey(context.schema, name, context),
    schema: context.schema,
    name,
    columns: byPosition(parts.columns).map((row) => buildColumn(row, jsonColumns.has(row.name), context)),
    primaryKey: keys.primaryKey,
    uniques: sortedBy(keys.uniques, (unique) => unique.name),
    foreignKeys: sortedBy(buildForeignKeys(parts, context), (key) => key.name),
    checks: sortedBy(checks, (check) => check.name),
    indexes: sortedBy(keys.indexes, (index) => index.name),
    unmodelled: sortedBy(
      [...tableNotes(parts.table), ...keys.unmodelled, ...parts.unmodelled],
      (note) => note,
    ),
  };
  return markUnread(table, context.unread);
}
