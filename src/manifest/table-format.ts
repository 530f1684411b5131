import { z } from 'zod';
import type { Element } from '../schema/elements.ts';
import type {
  CanonicalText,
  CheckConstraint,
  Collation,
  Column,
  ColumnDefault,
  ForeignKey,
  Index,
  PrimaryKey,
  Table,
  UniqueConstraint,
} from '../schema/snapshot.ts';

/*
 * How a table stands in a manifest: made to be read in a pull request. What is the common case is left out (no default, no identity, not
 * deferrable, valid, ascending btree), so a line says what is particular.
 */

const actions = ['no-action', 'restrict', 'cascade', 'set-null', 'set-default'] as const;
const deferrables = ['initially-immediate', 'initially-deferred'] as const;

const defaultFormat = z.union([
  z.strictObject({ literal: z.string() }),
  z.strictObject({ expression: z.string() }),
  z.strictObject({ sequence: z.literal(true) }),
  z.strictObject({ varying: z.enum(['literal', 'expression']) }),
]);

const collationFormat = z.union([
  z.string(),
  z.strictObject({ name: z.string(), default: z.enum(['database', 'charset']) }),
]);

const columnFormat = z.strictObject({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  default: defaultFormat.optional(),
  identity: z.enum(['always', 'by-default', 'auto-increment']).optional(),
  generated: z.strictObject({ kind: z.enum(['stored', 'virtual']), expression: z.string() }).optional(),
  collation: collationFormat.optional(),
  extra: z.string().optional(),
});

const indexPartFormat = z.union([
  z.string(),
  z.strictObject({
    column: z.string().optional(),
    expression: z.string().optional(),
    order: z.literal('desc').optional(),
    nulls: z.enum(['first', 'last']).optional(),
    operatorClass: z.string().optional(),
    collation: z.string().optional(),
    length: z.number().int().positive().optional(),
  }),
]);

/** The zod schema of one table in a manifest. */
export const tableFormat = z.strictObject({
  columns: z.array(columnFormat),
  primaryKey: z.strictObject({ name: z.string().optional(), columns: z.array(z.string()) }).optional(),
  uniques: z
    .array(
      z.strictObject({
        name: z.string(),
        columns: z.array(z.string()),
        deferrable: z.enum(deferrables).optional(),
        nullsNotDistinct: z.literal(true).optional(),
      }),
    )
    .optional(),
  foreignKeys: z
    .array(
      z.strictObject({
        name: z.string(),
        columns: z.array(z.string()),
        references: z.strictObject({ table: z.string(), columns: z.array(z.string()) }),
        onUpdate: z.enum(actions).optional(),
        onDelete: z.enum(actions).optional(),
        match: z.enum(['full', 'partial']).optional(),
        deferrable: z.enum(deferrables).optional(),
        validated: z.literal(false).optional(),
      }),
    )
    .optional(),
  checks: z
    .array(
      z.strictObject({ name: z.string(), expression: z.string(), validated: z.literal(false).optional() }),
    )
    .optional(),
  indexes: z
    .array(
      z.strictObject({
        name: z.string(),
        parts: z.array(indexPartFormat),
        unique: z.literal(true).optional(),
        method: z.string().optional(),
        include: z.array(z.string()).optional(),
        predicate: z.string().optional(),
        nullsNotDistinct: z.literal(true).optional(),
        valid: z.literal(false).optional(),
      }),
    )
    .optional(),
  unmodelled: z.array(z.string()).optional(),
  unread: z.array(z.string()).optional(),
});

/** One table as it stands in a manifest. */
export type TableFormat = z.infer<typeof tableFormat>;
/** One column as it stands in a manifest. */
export type ColumnFormat = z.infer<typeof columnFormat>;

const same = (text: string): CanonicalText => ({ raw: text, canonical: text });

/** Leaves out the members that are undefined, so that they are not written. */
function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  const kept: Partial<T> = {};
  for (const name of Object.keys(value) as (keyof T)[])
    if (value[name] !== undefined) kept[name] = value[name];
  return kept as T;
}

function orAbsent<T>(items: readonly T[]): T[] | undefined {
  return items.length === 0 ? undefined : [...items];
}

function encodeDefault(value: ColumnDefault): ColumnFormat['default'] {
  switch (value.kind) {
    case 'none':
      return undefined;
    case 'literal':
      return { literal: value.canonical };
    case 'expression':
      return { expression: value.canonical };
    case 'sequence':
      return { sequence: true };
    case 'varying':
      return { varying: value.of };
  }
}

/** `default` stands for "the database's, which is the server's for that character set": nobody chose it. */
function encodeCollation(collation: Collation | null): ColumnFormat['collation'] {
  if (collation === null) return undefined;
  if (collation.databaseDefault && collation.charsetDefault) return 'default';
  if (collation.databaseDefault) return { name: collation.name, default: 'database' };
  if (collation.charsetDefault) return { name: collation.name, default: 'charset' };
  return collation.name;
}

function encodeColumn(column: Column): ColumnFormat {
  return compact<ColumnFormat>({
    name: column.name,
    type: column.type.canonical,
    nullable: column.nullable,
    default: encodeDefault(column.default),
    identity: column.identity ?? undefined,
    generated:
      column.generated === null
        ? undefined
        : { kind: column.generated.kind, expression: column.generated.expression.canonical },
    collation: encodeCollation(column.collation),
    extra: column.extra === '' ? undefined : column.extra,
  });
}

type UniqueFormat = NonNullable<TableFormat['uniques']>[number];
type ForeignKeyFormat = NonNullable<TableFormat['foreignKeys']>[number];
type CheckFormat = NonNullable<TableFormat['checks']>[number];
/** One index as it stands in a manifest. */
export type IndexFormat = NonNullable<TableFormat['indexes']>[number];
type PartFormat = Exclude<IndexFormat['parts'][number], string>;

function encodeUnique(unique: UniqueConstraint): UniqueFormat {
  return compact<UniqueFormat>({
    name: unique.name,
    columns: [...unique.columns],
    deferrable: unique.deferrable === 'no' ? undefined : unique.deferrable,
    nullsNotDistinct: unique.nullsNotDistinct || undefined,
  });
}

function encodeForeignKey(key: ForeignKey): ForeignKeyFormat {
  return compact<ForeignKeyFormat>({
    name: key.name,
    columns: [...key.columns],
    references: { table: key.referencedTable, columns: [...key.referencedColumns] },
    onUpdate: key.onUpdate === 'no-action' ? undefined : key.onUpdate,
    onDelete: key.onDelete === 'no-action' ? undefined : key.onDelete,
    match: key.match === 'simple' ? undefined : key.match,
    deferrable: key.deferrable === 'no' ? undefined : key.deferrable,
    validated: key.validated ? undefined : false,
  });
}

function encodePart(part: Index['parts'][number]): PartFormat | string {
  const encoded = compact<PartFormat>({
    column: part.column ?? undefined,
    expression: part.expression?.canonical,
    order: part.order === 'desc' ? 'desc' : undefined,
    nulls: part.nulls ?? undefined,
    operatorClass: part.operatorClass ?? undefined,
    collation: part.collation ?? undefined,
    length: part.length ?? undefined,
  });
  return part.column !== null && Object.keys(encoded).length === 1 ? part.column : encoded;
}

function encodeIndex(index: Index): IndexFormat {
  return compact<IndexFormat>({
    name: index.name,
    parts: index.parts.map(encodePart),
    unique: index.unique || undefined,
    method: index.method === 'btree' ? undefined : index.method,
    include: orAbsent(index.include),
    predicate: index.predicate?.canonical,
    nullsNotDistinct: index.nullsNotDistinct || undefined,
    valid: index.valid ? undefined : false,
  });
}

function encodePrimaryKey(key: PrimaryKey): NonNullable<TableFormat['primaryKey']> {
  return compact<NonNullable<TableFormat['primaryKey']>>({
    name: key.name ?? undefined,
    columns: [...key.columns],
  });
}

function encodeCheck(check: CheckConstraint): CheckFormat {
  return compact<CheckFormat>({
    name: check.name,
    expression: check.expression.canonical,
    validated: check.validated ? undefined : false,
  });
}

/** A table as a manifest writes it: canonical forms only, the common case left out. */
export function encodeTable(table: Table): TableFormat {
  return compact<TableFormat>({
    columns: table.columns.map(encodeColumn),
    primaryKey: table.primaryKey === null ? undefined : encodePrimaryKey(table.primaryKey),
    uniques: orAbsent(table.uniques.map(encodeUnique)),
    foreignKeys: orAbsent(table.foreignKeys.map(encodeForeignKey)),
    checks: orAbsent(table.checks.map(encodeCheck)),
    indexes: orAbsent(table.indexes.map(encodeIndex)),
    unmodelled: orAbsent(table.unmodelled),
    unread: orAbsent(table.unread ?? []),
  });
}

const encodedAt = <T>(items: readonly T[], position: number, encode: (item: T) => unknown): unknown => {
  const item = items[position];
  return item === undefined ? undefined : encode(item);
};

/** One element of a table as a manifest writes it. */
export function encodeElement(table: Table, { kind, position }: Pick<Element, 'kind' | 'position'>): unknown {
  switch (kind) {
    case 'column':
      return encodedAt(table.columns, position, encodeColumn);
    case 'primary-key':
      return table.primaryKey === null ? undefined : encodePrimaryKey(table.primaryKey);
    case 'unique':
      return encodedAt(table.uniques, position, encodeUnique);
    case 'foreign-key':
      return encodedAt(table.foreignKeys, position, encodeForeignKey);
    case 'check':
      return encodedAt(table.checks, position, encodeCheck);
    case 'index':
      return encodedAt(table.indexes, position, encodeIndex);
    case 'unmodelled':
      return table.unmodelled[position];
  }
}

function decodeDefault(value: ColumnFormat['default']): ColumnDefault {
  if (value === undefined) return { kind: 'none' };
  if ('literal' in value) return { kind: 'literal', ...same(value.literal) };
  if ('expression' in value) return { kind: 'expression', ...same(value.expression) };
  if ('varying' in value) return { kind: 'varying', of: value.varying };
  return { kind: 'sequence', raw: '' };
}

function decodeCollation(value: ColumnFormat['collation'], defaultCollation: string): Collation | null {
  if (value === undefined) return null;
  if (value === 'default') return { name: defaultCollation, databaseDefault: true, charsetDefault: true };
  if (typeof value === 'string') return { name: value, databaseDefault: false, charsetDefault: false };
  const database = value.default === 'database';
  return { name: value.name, databaseDefault: database, charsetDefault: !database };
}

/**
 * The table that a manifest's text stands for; `decodeTable(key, encodeTable(t))` compares equal to `t`.
 *
 * @param defaultCollation the collation that `"collation": "default"` stands for in this manifest; empty where there is none.
 */
export function decodeTable(key: string, format: TableFormat, defaultCollation: string): Table {
  return {
    key,
    schema: '',
    name: key,
    columns: format.columns.map((column) => ({
      name: column.name,
      type: same(column.type),
      nullable: column.nullable,
      default: decodeDefault(column.default),
      identity: column.identity ?? null,
      generated:
        column.generated === undefined
          ? null
          : { kind: column.generated.kind, expression: same(column.generated.expression) },
      collation: decodeCollation(column.collation, defaultCollation),
      extra: column.extra ?? '',
    })),
    primaryKey:
      format.primaryKey === undefined
        ? null
        : { name: format.primaryKey.name ?? null, columns: format.primaryKey.columns },
    uniques: (format.uniques ?? []).map((unique) => ({
      name: unique.name,
      columns: unique.columns,
      deferrable: unique.deferrable ?? 'no',
      nullsNotDistinct: unique.nullsNotDistinct ?? false,
    })),
    foreignKeys: (format.foreignKeys ?? []).map((foreignKey) => ({
      name: foreignKey.name,
      columns: foreignKey.columns,
      referencedTable: foreignKey.references.table,
      referencedColumns: foreignKey.references.columns,
      onUpdate: foreignKey.onUpdate ?? 'no-action',
      onDelete: foreignKey.onDelete ?? 'no-action',
      match: foreignKey.match ?? 'simple',
      deferrable: foreignKey.deferrable ?? 'no',
      validated: foreignKey.validated ?? true,
    })),
    checks: (format.checks ?? []).map((check) => ({
      name: check.name,
      expression: same(check.expression),
      validated: check.validated ?? true,
    })),
    indexes: (format.indexes ?? []).map((index) => ({
      name: index.name,
      unique: index.unique ?? false,
      method: index.method ?? 'btree',
      parts: index.parts.map((part) => {
        const given = typeof part === 'string' ? { column: part } : part;
        return {
          column: given.column ?? null,
          expression: given.expression === undefined ? null : same(given.expression),
          order: given.order ?? 'asc',
          nulls: given.nulls ?? null,
          operatorClass: given.operatorClass ?? null,
          collation: given.collation ?? null,
          length: given.length ?? null,
        };
      }),
      include: index.include ?? [],
      predicate: index.predicate === undefined ? null : same(index.predicate),
      nullsNotDistinct: index.nullsNotDistinct ?? false,
      valid: index.valid ?? true,
    })),
    unmodelled: format.unmodelled ?? [],
    ...(format.unread === undefined ? {} : { unread: format.unread }),
  };
}
