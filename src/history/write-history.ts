import type { Knex } from 'knex';
import { queryBuilderOn, schemaBuilderAt } from '../database/knex-table.ts';
import type { TableName } from '../database/table-name.ts';
import type { History } from './history.ts';

/*
 * The only code that writes `knex_migrations` and `knex_migrations_lock`. The tables are made as Knex 3 makes them (`hazards.md` §1.1), so
 * that nothing tells them from Knex's own; rows are only ever inserted, without ids, because an explicit id leaves the sequence behind and
 * the next migration's own row fails.
 */

function historyTable(knex: Knex, table: TableName): Knex.SchemaBuilder {
  return schemaBuilderAt(knex, table).createTable(table.name, (t) => {
    t.increments();
    t.string('name');
    t.integer('batch');
    t.timestamp('migration_time');
  });
}

function lockTable(knex: Knex, table: TableName): Knex.SchemaBuilder {
  return schemaBuilderAt(knex, table).createTable(table.name, (t) => {
    t.increments('index');
    t.integer('is_locked');
  });
}

function lockRow(knex: Knex, table: TableName): Knex.QueryBuilder {
  return queryBuilderOn(knex, table).insert({ is_locked: 0 });
}

function historyRows(
  knex: Knex,
  table: TableName,
  recordedNames: readonly string[],
  batch: number | null,
  time: Date,
): Knex.QueryBuilder {
  // One statement: where DDL cannot be rolled back, a kill leaves every row or none.
  return queryBuilderOn(knex, table).insert(
    recordedNames.map((name) => ({ name, batch, migration_time: time })),
  );
}

/** The statements that {@link createHistory} would run, as text; empty when there is nothing to make. */
export function createHistorySql(knex: Knex, history: History): string[] {
  return [
    ...(history.present ? [] : [historyTable(knex, history.table).toString()]),
    ...(history.lockPresent ? [] : [lockTable(knex, history.lockTable).toString()]),
    ...(history.lock === 'absent' ? [lockRow(knex, history.lockTable).toString()] : []),
  ];
}

/**
 * Makes what is missing of Knex's two tables and the one lock row, so that Knex, which would do it unlocked, never has to
 * (`hazards.md` finding 10).
 */
export async function createHistory(knex: Knex, history: History): Promise<void> {
  if (!history.present) await historyTable(knex, history.table);
  if (!history.lockPresent) await lockTable(knex, history.lockTable);
  if (history.lock === 'absent') await lockRow(knex, history.lockTable);
}

/**
 * The statement that records migrations, as text: those that {@link stamp} would record, or, with a batch, those that Knex would have run in
 * it.
 */
export function stampSql(
  knex: Knex,
  history: History,
  recordedNames: readonly string[],
  time: Date,
  batch: number | null = null,
): string {
  return historyRows(knex, history.table, recordedNames, batch, time).toString();
}

/** Makes a history like another, row for row, in an empty database; its lock is free. @param schema where its tables are there. */
export async function copyHistory(knex: Knex, history: History, schema: string, time: Date): Promise<void> {
  const table = { ...history.table, schema };
  const lockTable = { ...history.lockTable, schema };
  await createHistory(knex, {
    ...history,
    table,
    lockTable,
    present: false,
    lockPresent: false,
    lock: 'absent',
  });
  for (const { name, batch } of history.rows) await historyRows(knex, table, [name], batch, time);
}

/** Records migrations as done without running them: one INSERT, with batch NULL (ADR 1). */
export async function stamp(
  knex: Knex,
  history: History,
  recordedNames: readonly string[],
  time: Date,
): Promise<void> {
  if (recordedNames.length > 0) await historyRows(knex, history.table, recordedNames, null, time);
}

/** Takes back what {@link stamp} wrote: these rows, where no batch of Knex's is on them. */
export async function unstamp(knex: Knex, history: History, recordedNames: readonly string[]): Promise<void> {
  await queryBuilderOn(knex, history.table).whereIn('name', recordedNames).whereNull('batch').delete();
}

/** Takes back what {@link createHistory} made, while nothing is recorded there. */
export async function dropHistory(knex: Knex, history: History): Promise<void> {
  for (const table of [history.table, history.lockTable]) {
    await schemaBuilderAt(knex, table).dropTable(table.name);
  }
}
