import type { Knex } from 'knex';
import { expect } from 'vitest';
import type { AdoptReport } from '../../src/adopt.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { failureOf } from './failure.ts';
import { dumpSchema } from './schema-dump.ts';
import { type ByTable, tableChecksums, tableColumns } from './table-contents.ts';
import type { TestDatabase } from './test-database.ts';

/** Everything that a database holds, structure and rows, as its server says it. */
export interface Contents {
  readonly schema: string;
  readonly columns: ByTable<readonly string[]>;
  readonly checksums: ByTable<string>;
}

/** Reads all of it; names of constraints and indexes too, and Knex's tables. */
export async function contentsOf(knex: Knex): Promise<Contents> {
  return {
    schema: await dumpSchema(knex, { exclude: /^$/ }),
    columns: await tableColumns(knex),
    checksums: await tableChecksums(knex),
  };
}

/** Databases beside this one whose names begin with its own: where tables are set aside on the MySQL family. Elsewhere its schemas but `public`. */
export async function placesBeside(database: TestDatabase, knex: Knex): Promise<readonly string[]> {
  if (database.family === 'mysql') {
    const [rows] = await knex.raw('SELECT schema_name AS name FROM information_schema.schemata');
    return rows
      .map((row: { name: string }) => row.name)
      .filter((name: string) => name.startsWith(`${database.name}_aside_`));
  }
  const { rows } = await knex.raw(
    "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE '%\\_aside\\_%'",
  );
  return rows.map((row: { name: string }) => row.name);
}

/** Drops what was set aside, and whatever still hangs on it: so that what hangs on it is missed. */
export async function dropPlaces(database: TestDatabase, knex: Knex): Promise<void> {
  for (const place of await placesBeside(database, knex)) {
    await knex.raw(
      database.family === 'mysql' ? `DROP DATABASE \`${place}\`` : `DROP SCHEMA "${place}" CASCADE`,
    );
  }
}

/**
 * That an attempt is refused with these codes, or fails with one of them, and leaves every byte of the database as it was.
 *
 * @returns the messages.
 */
export async function expectRefused(
  database: TestDatabase,
  knex: Knex,
  attempt: () => Promise<AdoptReport>,
  ...codes: readonly ErrorCode[]
): Promise<readonly string[]> {
  const before = await contentsOf(knex);
  const { outcome, plan, ...done } = await attempt();
  expect(outcome).toBe('refused');
  expect([...new Set(plan?.refused.map(({ code }) => code))]).toEqual(codes);
  expect(done).toMatchObject({ stamped: [], ran: [] });
  expect(await contentsOf(knex)).toEqual(before);
  expect(await placesBeside(database, knex)).toEqual([]);
  return plan?.refused.map(({ message }) => message) ?? [];
}

/** The same of an attempt that ends with an error. */
export async function expectFailed(
  database: TestDatabase,
  knex: Knex,
  attempt: () => Promise<AdoptReport>,
  code: ErrorCode,
): Promise<string> {
  const before = await contentsOf(knex);
  const failure = await failureOf(attempt());
  expect(failure.code).toBe(code);
  expect(await contentsOf(knex)).toEqual(before);
  expect(await placesBeside(database, knex)).toEqual([]);
  return failure.message;
}
