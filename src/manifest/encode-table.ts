import type { Element } from '../schema/elements.ts';
import type {
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
import type { ColumnFormat, IndexFormat, TableFormat } from './table-format.ts';

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
    named: table.named,
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
