import type { Knex } from 'knex';
import type { TableName } from '../database/dialect.ts';
import { schemaForKnex } from '../database/knex-name.ts';
import type { History } from './history.ts';

/*
 * The only code that writes `knex_migrations` and `knex_migrations_lock`. The tables are made as Knex 3 makes them (`hazards.md` §1.1), so
 * that nothing tells them from Knex's own; rows are only ever inserted, without ids, because an explicit id leaves the sequence behind and
 * the next migration's own row fails.
 */

function schemaBuilder(knex: Knex, { schema }: TableName): Knex.SchemaBuilder {
  const place = schemaForKnex(schema);
  return place === undefined ? knex.schema : knex.schema.withSchema(place);
}

function queryBuilder(knex: Knex, { schema, name }: TableName): Knex.QueryBuilder {
  const place = schemaForKnex(schema);
  return place === undefined ? knex.table(name) : knex.withSchema(place).table(name);
}

function historyTable(knex: Knex, table: TableName): Knex.SchemaBuilder {
  return schemaBuilder(knex, table).createTable(table.name, (t) => {
    t.increments();
    t.string('name');
    t.integer('batch');
    t.timestamp('migration_time');
  });
}

function lockTable(knex: Knex, table: TableName): Knex.SchemaBuilder {
  return schemaBuilder(knex, table).createTable(table.name, (t) => {
    t.increments('index');
    t.integer('is_locked');
  });
}

function lockRow(knex: Knex, table: TableName): Knex.QueryBuilder {
  return queryBuilder(knex, table).insert({ is_locked: 0 });
}

function stampRows(
  knex: Knex,
  table: TableName,
  recordedNames: readonly string[],
  time: Date,
): Knex.QueryBuilder {
  // One statement: where DDL cannot be rolled back, a kill leaves every row or none. Batch NULL: ADR 1.
  return queryBuilder(knex, table).insert(
    recordedNames.map((name) => ({ name, batch: null, migration_time: time })),
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

/** The statement that {@link stamp} would run, as text. */
export function stampSql(knex: Knex, history: History, recordedNames: readonly string[], time: Date): string {
  return stampRows(knex, history.table, recordedNames, time).toString();
}

/** Records migrations as done without running them: one INSERT, with batch NULL. */
export async function stamp(
  knex: Knex,
  history: History,
  recordedNames: readonly string[],
  time: Date,
): Promise<void> {
  if (recordedNames.length > 0) await stampRows(knex, history.table, recordedNames, time);
}
