import type { Knex } from 'knex';
import { queryBuilderOn, schemaBuilderAt } from '../database/knex-table.ts';
import type { TableName } from '../database/table-name.ts';
import type { ServerInfo } from '../schema/snapshot.ts';
import type { History } from './history.ts';

/*
 * What proves afterwards what an adoption did: a row for each, in a table of our own beside the history. Written in one transaction with the
 * history rows that it speaks of. Nothing is decided by it but what `unadopt` may take back.
 */

/** The table of receipts, unless another is named. */
export const DEFAULT_RECEIPTS_TABLE = 'knex_adoption';

/** Marks the rows that speak of seeds, see seeding.ts, and those of an interrupted rebuild. */
export const SEED_STRATEGY = 'seed';
const REBUILD_STRATEGY = 'rebuild';

/** Where a rebuild moved what was there. */
export interface SetAsideReceipt {
  /** A schema (PostgreSQL) or a database (MySQL family). */
  readonly place: string;
  /** How many tables were moved there. */
  readonly tables: number;
  /** When it was dropped, ISO 8601 in UTC; absent while it was not. */
  readonly droppedAt?: string | undefined;
}

/** What a plan knows of the receipt that its stamp will be given. */
export interface ReceiptBasis {
  /** How the revisions came to be proved: `unverified` where a human's word was taken. */
  readonly strategy: 'stamp' | 'complete' | 'rebuild' | 'unverified';
  /** The last revision recorded. */
  readonly revision: string;
  /** The verdict before, in short, and the digest of the whole of it; null where none was asked for. */
  readonly verdict: {
    readonly state: string;
    readonly candidates: readonly string[];
    readonly digest: string;
  } | null;
  /** Names of differences that were accepted, by word or in a reviewed file. */
  readonly accepted: readonly string[];
  /** Names of the equivalence rules that the verdict rests on. */
  readonly rules: readonly string[];
  /** Names of the differences that were done away with. */
  readonly made: readonly string[];
  /** Recorded names of migrations that were run to fill a gap; they are among the stamped. */
  readonly ran: readonly string[];
  /** Of a rebuild. */
  readonly setAside?: SetAsideReceipt | undefined;
  /** What one had to know before saying yes: what has no home, data that was not moved; absent where there was nothing. */
  readonly notices?: readonly string[] | undefined;
}

/** What was done, and by whom. Plain data. */
export interface Receipt extends ReceiptBasis {
  /** When, ISO 8601 in UTC. */
  readonly at: string;
  /** This tool and its version. */
  readonly tool: string;
  /** The application that adopted, as it named itself; null where it did not. */
  readonly application: string | null;
  /** Vendor and version. */
  readonly server: string;
  readonly fingerprintBefore: string;
  readonly fingerprintAfter: string;
  /** Recorded names of the history rows that were written. */
  readonly stamped: readonly string[];
  /** Whether Knex's two tables were made for it. */
  readonly madeHistory: boolean;
}

/** A receipt as it stands in the database. */
export interface StoredReceipt extends Receipt {
  readonly id: number;
  /** When the adoption was taken back; null where it stands. */
  readonly undoneAt: string | null;
}

/** Who adopts, and where. */
export interface ReceiptAuthor {
  readonly tool: string;
  readonly application: string | null;
  readonly server: ServerInfo;
}

/** What is only known when the rows are written. */
export interface ReceiptDeeds extends Pick<Receipt, 'fingerprintBefore' | 'fingerprintAfter' | 'stamped'> {
  readonly now: Date;
}

/** The receipt for rows that are about to be written into a history as it stands. */
export function receiptOf(
  basis: ReceiptBasis,
  { tool, application, server }: ReceiptAuthor,
  history: History,
  { now, ...deeds }: ReceiptDeeds,
): Receipt {
  return {
    at: now.toISOString(),
    tool,
    application,
    server: `${server.vendor} ${server.version}`,
    ...basis,
    ...deeds,
    madeHistory: !history.present,
  };
}

function receiptsTable(knex: Knex, table: TableName): Knex.SchemaBuilder {
  return schemaBuilderAt(knex, table).createTable(table.name, (t) => {
    t.increments();
    t.string('history').notNullable();
    t.string('strategy', 16).notNullable();
    t.string('revision').notNullable();
    // As text: a driver writes and reads a TIMESTAMP in the time zone of whoever asks.
    t.string('adopted_at', 30).notNullable();
    t.string('undone_at', 30);
    t.text('receipt').notNullable();
    // What an interrupted plan has left to do; a row that has it is no receipt yet. A plan can be longer than MySQL's TEXT.
    t.text('journal', 'longtext');
  });
}

function receiptRow(knex: Knex, { table, receipts }: History, receipt: Receipt): Knex.QueryBuilder {
  const { strategy, revision, at } = receipt;
  return queryBuilderOn(knex, receipts.table).insert({
    history: table.name,
    strategy,
    revision,
    adopted_at: at,
    receipt: JSON.stringify(receipt),
  });
}

/** The statement that {@link createReceipts} would run, as text; none where the table is there. */
export function createReceiptsSql(knex: Knex, { receipts: { table, present } }: History): string[] {
  return present ? [] : [receiptsTable(knex, table).toString()];
}

/** The statements that {@link createReceipts} and {@link writeReceipt} would run, as text. */
export function receiptSql(knex: Knex, history: History, receipt: Receipt): string[] {
  return [...createReceiptsSql(knex, history), receiptRow(knex, history, receipt).toString()];
}

/** Makes the table of receipts where there is none. */
export async function createReceipts(knex: Knex, { receipts: { table, present } }: History): Promise<void> {
  if (present || (await schemaBuilderAt(knex, table).hasTable(table.name))) return;
  await receiptsTable(knex, table);
}

/** Drops the table of receipts where it was made since the history was read, and holds none. */
export async function dropNewReceipts(knex: Knex, { receipts: { table, present } }: History): Promise<void> {
  if (present || (await queryBuilderOn(knex, table).first('id')) !== undefined) return;
  await schemaBuilderAt(knex, table).dropTable(table.name);
}

/** Writes one receipt. */
export async function writeReceipt(knex: Knex, history: History, receipt: Receipt): Promise<void> {
  await receiptRow(knex, history, receipt);
}

/** The receipts of this history, oldest first; none where there is no table of them. */
export async function readReceipts(
  knex: Knex,
  { table, receipts }: History,
): Promise<readonly StoredReceipt[]> {
  if (!receipts.present) return [];
  const rows: { id: number; undone_at: string | null; receipt: string }[] = await queryBuilderOn(
    knex,
    receipts.table,
  )
    .where({ history: table.name })
    .whereNull('journal')
    .whereNot({ strategy: SEED_STRATEGY })
    .orderBy('id')
    .select('id', 'undone_at', 'receipt');
  return rows.map(({ id, undone_at: undoneAt, receipt }) => ({
    ...(JSON.parse(receipt) as Receipt),
    id,
    undoneAt,
  }));
}

/** Writes down what a plan has left to do, in place of what it had; null once it has come to its end. */
export async function writeJournal(
  knex: Knex,
  { table, receipts }: History,
  journal: string | null,
  time: Date,
): Promise<void> {
  const at = time.toISOString();
  await knex.transaction(async (transaction) => {
    const rows = () => queryBuilderOn(transaction, receipts.table);
    await rows().where({ history: table.name, strategy: REBUILD_STRATEGY }).whereNotNull('journal').delete();
    if (journal === null) return;
    const row = {
      history: table.name,
      strategy: REBUILD_STRATEGY,
      revision: '',
      adopted_at: at,
      receipt: '',
      journal,
    };
    await rows().insert(row);
  });
}

/** Drops the table of receipts where it holds nothing: one that was made for a journal that has come to its end. */
export async function dropEmptyReceipts(knex: Knex, { receipts: { table } }: History): Promise<void> {
  const rows = await queryBuilderOn(knex, table).select('id').limit(1);
  if (rows.length === 0) await schemaBuilderAt(knex, table).dropTable(table.name);
}

/** Marks a receipt as taken back. */
export async function undoReceipt(knex: Knex, { receipts }: History, id: number, time: Date): Promise<void> {
  await queryBuilderOn(knex, receipts.table).where({ id }).update({ undone_at: time.toISOString() });
}

/** Marks what a rebuild set aside as dropped. */
export async function markDropped(knex: Knex, { receipts }: History, id: number, time: Date): Promise<void> {
  const row = () => queryBuilderOn(knex, receipts.table).where({ id });
  const [text]: string[] = await row().pluck('receipt');
  const { setAside, ...rest } = JSON.parse(text ?? '{}') as Receipt;
  if (setAside === undefined) return;
  const receipt = { ...rest, setAside: { ...setAside, droppedAt: time.toISOString() } };
  await row().update({ receipt: JSON.stringify(receipt) });
}
