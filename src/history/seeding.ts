import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import { queryBuilderOn } from '../database/knex-table.ts';
import type { Session } from '../database/session.ts';
import type { ServerInfo } from '../schema/snapshot.ts';
import type { History } from './history.ts';
import { createReceipts, createReceiptsSql, type ReceiptAuthor, SEED_STRATEGY } from './receipts.ts';

/*
 * Seeds follow an install once. That they are to is written down before the install begins, in our table of receipts, as a row with a journal;
 * that they have run is the same row without one, written in the transaction of the seeds. So whoever comes after a kill knows.
 */

/** Seeds that are due: an install was begun that they are to follow, and they have not run. */
export interface Seeding {
  readonly id: number;
  /** When the install was begun, ISO 8601 in UTC. */
  readonly intendedAt: string;
}

/** What is written down once seeds have run. */
export interface SeedReceipt extends Pick<ReceiptAuthor, 'tool' | 'application'> {
  readonly at: string;
  readonly server: string;
  readonly seeds: readonly string[];
}

/** The seeds that are due here; null where none are. One query, and none where there is no table of receipts. */
export async function readSeeding(
  session: Session,
  dialect: Pick<Dialect, 'quoteTable'>,
  { table, receipts }: History,
): Promise<Seeding | null> {
  if (!receipts.present) return null;
  const [row] = await session.query(
    `select id, adopted_at from ${dialect.quoteTable(receipts.table)} where history = ? and strategy = ? and journal is not null`,
    [table.name, SEED_STRATEGY],
  );
  return row === undefined ? null : { id: Number(row[0]), intendedAt: row[1] ?? '' };
}

function due(knex: Knex, { table, receipts }: History): Knex.QueryBuilder {
  return queryBuilderOn(knex, receipts.table)
    .where({ history: table.name, strategy: SEED_STRATEGY })
    .whereNotNull('journal');
}

function intention(
  knex: Knex,
  { table, receipts }: History,
  seeds: readonly string[],
  time: Date,
): Knex.QueryBuilder {
  return queryBuilderOn(knex, receipts.table).insert({
    history: table.name,
    strategy: SEED_STRATEGY,
    revision: '',
    adopted_at: time.toISOString(),
    receipt: '',
    journal: JSON.stringify({ seeds }),
  });
}

/** The statements that {@link intendSeeds} would run where nothing was intended yet, as text. */
export function intendSeedsSql(
  knex: Knex,
  history: History,
  seeds: readonly string[],
  time: Date,
): readonly string[] {
  return [...createReceiptsSql(knex, history), intention(knex, history, seeds, time).toString()];
}

/** Writes down that seeds are to follow the install that begins now; nothing where an interrupted one has. */
export async function intendSeeds(
  knex: Knex,
  history: History,
  seeds: readonly string[],
  time: Date,
): Promise<void> {
  await createReceipts(knex, history);
  if ((await due(knex, history).select('id')).length > 0) return;
  await intention(knex, history, seeds, time);
}

/** Whether seeds are due; where they are, nobody else can say that they have run until the transaction ends. */
export async function holdSeeding(trx: Knex.Transaction, history: History): Promise<boolean> {
  return (await due(trx, history).forUpdate().select('id')).length > 0;
}

/** Writes down that the seeds that were due have run: to be done in the transaction in which they did. */
export async function finishSeeding(
  trx: Knex.Transaction,
  history: History,
  seeds: readonly string[],
  { tool, application, server, now }: ReceiptAuthor & { readonly server: ServerInfo; readonly now: Date },
): Promise<void> {
  const receipt: SeedReceipt = {
    at: now.toISOString(),
    tool,
    application,
    server: `${server.vendor} ${server.version}`,
    seeds,
  };
  await due(trx, history).update({
    adopted_at: receipt.at,
    receipt: JSON.stringify(receipt),
    journal: null,
  });
}
