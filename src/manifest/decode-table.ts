import type { CanonicalText, Collation, Column, ColumnDefault, Table } from '../schema/snapshot.ts';
import { boundedMemo } from '../util/bounded-memo.ts';
import type { ColumnFormat, TableFormat } from './table-format.ts';

const same = (text: string): CanonicalText => ({ raw: text, canonical: text });

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

function decodeColumn(column: ColumnFormat, defaultCollation: string): Column {
  const { name, type, nullable, identity, generated, collation, extra } = column;
  return {
    name,
    type: same(type),
    nullable,
    default: decodeDefault(column.default),
    identity: identity ?? null,
    generated:
      generated === undefined ? null : { kind: generated.kind, expression: same(generated.expression) },
    collation: decodeCollation(collation, defaultCollation),
    extra: extra ?? '',
  };
}

const MOST_NAMES = 10_000;
const MOST_OF_A_NAME = 100;

/** The columns that have nothing but a name, a type and whether they may be null, and at most a literal for a default. */
const plainColumns = boundedMemo(
  (name) =>
    boundedMemo((type) => {
      const ofType = (nullable: boolean) => ({
        without: decodeColumn({ name, type, nullable }, ''),
        literal: boundedMemo(
          (literal) => decodeColumn({ name, type, nullable, default: { literal } }, ''),
          MOST_OF_A_NAME,
        ),
      });
      return { nullable: ofType(true), notNull: ofType(false) };
    }, MOST_OF_A_NAME),
  MOST_NAMES,
);

/** What a column stands for. The versions of a chain's tables have the same few columns by the thousand: those are one value each. */
function columnOf(column: ColumnFormat, defaultCollation: string): Column {
  const { name, type, nullable, default: value, identity, generated, collation, extra } = column;
  const isPlain = (identity ?? generated ?? collation ?? extra) === undefined;
  if (!isPlain) return decodeColumn(column, defaultCollation);
  const plain = plainColumns(name)(type)[nullable ? 'nullable' : 'notNull'];
  if (value === undefined) return plain.without;
  return 'literal' in value ? plain.literal(value.literal) : decodeColumn(column, defaultCollation);
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
    columns: format.columns.map((column) => columnOf(column, defaultCollation)),
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
    ...(format.named === undefined ? {} : { named: format.named }),
    ...(format.unread === undefined ? {} : { unread: format.unread }),
  };
}
