import type { Column, Index, Snapshot, Table } from '../../src/schema/snapshot.ts';

const text = (value: string) => ({ raw: value, canonical: value });

/** A nullable integer column, unless told otherwise. */
export function column(name: string, changes: Partial<Column> = {}): Column {
  return {
    name,
    type: text('integer'),
    nullable: true,
    default: { kind: 'none' },
    identity: null,
    generated: null,
    collation: null,
    extra: '',
    ...changes,
  };
}

/** A table of the default schema without constraints, unless told otherwise. */
export function table(name: string, columns: readonly Column[], changes: Partial<Table> = {}): Table {
  return {
    key: name,
    schema: 'public',
    name,
    columns,
    primaryKey: null,
    uniques: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
    unmodelled: [],
    ...changes,
  };
}

/** A plain ascending index. */
export function index(name: string, columns: readonly string[], changes: Partial<Index> = {}): Index {
  return {
    name,
    unique: false,
    method: 'btree',
    parts: columns.map((of) => ({
      column: of,
      expression: null,
      order: 'asc',
      nulls: null,
      operatorClass: null,
      collation: null,
      length: null,
    })),
    include: [],
    predicate: null,
    nullsNotDistinct: false,
    valid: true,
    ...changes,
  };
}

/** A snapshot of these tables, as PostgreSQL's would be. */
export function snapshot(tables: readonly Table[], changes: Partial<Snapshot> = {}): Snapshot {
  return {
    dialect: 'postgres',
    server: { vendor: 'postgres', version: '15.18' },
    schemas: ['public'],
    tables,
    objects: [],
    rules: [],
    ...changes,
  };
}
