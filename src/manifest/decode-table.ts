import type { CanonicalText, Collation, ColumnDefault, Table } from '../schema/snapshot.ts';
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
