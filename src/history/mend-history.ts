import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import type { Session } from '../database/session.ts';
import type { TableName } from '../database/table-name.ts';
import type { TableContents } from '../database/tracker.ts';
import type { History } from './history.ts';
import { stampSql } from './write-history.ts';

/** Everything in Knex's two tables; null for one that is not there. */
export interface TrackerContents {
  /** By id. */
  readonly history: TableContents | null;
  readonly lock: TableContents | null;
}

/** Reads every row and value of Knex's two tables. */
export async function readContents(
  session: Session,
  dialect: Dialect,
  { table, lockTable, present, lockPresent }: History,
): Promise<TrackerContents> {
  const { tables } = await dialect.locateTables(session, [table.name, lockTable.name]);
  const read = async (wanted: TableName, there: boolean) => {
    const found = tables.find(({ schema, name }) => schema === wanted.schema && name === wanted.name);
    return there && found !== undefined ? dialect.tracker.readRows(session, wanted, found.columns) : null;
  };
  const history = await read(table, present);
  return { history: history && sortedById(history), lock: await read(lockTable, lockPresent) };
}

function sortedById(contents: TableContents): TableContents {
  const id = contents.columns.indexOf('id');
  return { ...contents, rows: [...contents.rows].sort((a, b) => Number(a[id]) - Number(b[id])) };
}

/** The statements that mend Knex's two tables and that undo it, as text, each for exactly the rows that it names. */
export interface MendingSql {
  rename(id: string, recordedName: string, becomes: string): string;
  deleteRow(id: string, recordedName: string): string;
  /** Puts back rows of either table, whole. */
  insertRows(contents: TableContents, rows: TableContents['rows'], table: 'history' | 'lock'): string[];
  /** Records migrations as done: batch NULL, as an adoption does. */
  record(recordedNames: readonly string[]): string;
  /** Takes back what {@link record} wrote. */
  unrecord(recordedName: string): string;
  setLock(value: 0 | 1): string;
  clearLock(): string;
  insertLock(): string;
}

/** {@link MendingSql} for one history; `time` is the moment that recorded rows carry. */
export function mendingSql(knex: Knex, dialect: Dialect, history: History, time: Date): MendingSql {
  const tables = { history: dialect.quoteTable(history.table), lock: dialect.quoteTable(history.lockTable) };
  const name = (column: string) => dialect.quoteName(column);
  const literal = (value: string | null) => (value === null ? 'NULL' : knex.raw('?', [value]).toString());
  const isRow = (id: string, recordedName: string) =>
    `${name('id')} = ${literal(id)} and ${name('name')} = ${literal(recordedName)}`;
  const clearLock = `delete from ${tables.lock}`;
  return {
    rename: (id, recordedName, becomes) =>
      `update ${tables.history} set ${name('name')} = ${literal(becomes)} where ${isRow(id, recordedName)}`,
    deleteRow: (id, recordedName) => `delete from ${tables.history} where ${isRow(id, recordedName)}`,
    insertRows: ({ columns, settings }, rows, table) => [
      ...(rows.length === 0 ? [] : settings),
      ...rows.map(
        (row) =>
          `insert into ${tables[table]} (${columns.map(name).join(', ')}) values (${row.map(literal).join(', ')})`,
      ),
    ],
    record: (recordedNames) => stampSql(knex, history, recordedNames, time),
    unrecord: (recordedName) =>
      `delete from ${tables.history} where ${name('name')} = ${literal(recordedName)} and ${name('batch')} is null`,
    setLock: (value) => `update ${tables.lock} set ${name('is_locked')} = ${value}`,
    clearLock: () => clearLock,
    insertLock: () => `insert into ${tables.lock} (${name('is_locked')}) values (0)`,
  };
}
