import type { Knex } from 'knex';
import type { Dialect, Location } from '../database/dialect.ts';
import type { Session } from '../database/session.ts';
import type { TableName } from '../database/table-name.ts';
import { AdoptError, isAdoptError } from '../errors.ts';
import { shellWord } from '../util/shell-word.ts';
import type { History, HistoryRow, LockState } from './history.ts';

export interface HistoryOptions {
  /** Knex's `tableName`; the lock table is the same with `_lock`. */
  readonly tableName: string;
  /** The name of our own table of receipts. */
  readonly receiptsName: string;
  /** The schema that the user named, which settles where the history is; null to look for it. */
  readonly schemaName: string | null;
  /** The instance that asks: its own connections hold no lock of Knex's. */
  readonly knex: Knex;
}

/**
 * Which of the located tables is the history.
 *
 * Knex looks in one schema and writes unqualified, so a history elsewhere makes it run everything again (`hazards.md` finding 3): with no
 * schema named, one anywhere but in the default schema is a question for a human.
 */
function chooseSchema(options: HistoryOptions, { defaultSchema, tables }: Location): string {
  if (options.schemaName !== null) return options.schemaName;
  if (defaultSchema === null) {
    throw new AdoptError(
      'DETECT.NO_SCHEMA',
      'This connection has no schema or database where new tables would go.',
      {
        hint: 'Name a database in the URL; on PostgreSQL also see that the search_path names a schema that exists.',
      },
    );
  }
  const schemas = tables.filter((table) => table.name === options.tableName).map((table) => table.schema);
  const [first] = schemas;
  if (first === undefined || (schemas.length === 1 && first === defaultSchema)) return defaultSchema;
  throw new AdoptError(
    'HISTORY.SEVERAL',
    `The history table ${options.tableName} is in schema ${schemas.join(' and ')}, and new tables would go to ${defaultSchema}.`,
    {
      hint:
        schemas.length > 1
          ? 'Say which history is meant with --schema NAME (library: schemas); the other is for you to remove, once nothing uses it.'
          : `If it is this project's, say so with --schema ${shellWord(first)} (library: schemas), and set Knex's searchPath to it.`,
      details: { schemas },
    },
  );
}

function lockState(values: readonly (string | null)[], doubts: readonly string[]): LockState {
  if (values.length === 0) return 'absent';
  if (values.length > 1) return 'broken';
  const held = doubts.length > 0 ? 'held' : 'stale';
  return values[0] === '0' ? 'free' : values[0] === '1' ? held : 'broken';
}

async function readRows(
  session: Session,
  dialect: Dialect,
  table: TableName | null,
  lockTable: TableName | null,
): Promise<{ rows: HistoryRow[]; locks: (string | null)[] }> {
  const parts = [
    ...(table === null ? [] : [`select 'row', id, name, batch from ${dialect.quoteTable(table)}`]),
    ...(lockTable === null
      ? []
      : [`select 'lock', 0, null, is_locked from ${dialect.quoteTable(lockTable)}`]),
  ];
  if (parts.length === 0) return { rows: [], locks: [] };
  const found = await session.query(parts.join(' union all '));
  const rows = found
    .filter(([kind]) => kind === 'row')
    .sort((a, b) => Number(a[1]) - Number(b[1]))
    .map(
      ([, , name, batch]): HistoryRow => ({
        name: name ?? '',
        batch: batch === null || batch === undefined ? null : Number(batch),
      }),
    );
  return { rows, locks: found.filter(([kind]) => kind === 'lock').map((row) => row[3] ?? null) };
}

/** @throws AdoptError `HISTORY.INVALID` when somebody else's table has the name of our receipts. */
function requireReceipts(found: Location['tables'][number] | undefined): void {
  const absent = ['history', 'receipt', 'undone_at'].find(
    (column) => found?.columns.includes(column) === false,
  );
  if (found === undefined || absent === undefined) return;
  throw new AdoptError(
    'HISTORY.INVALID',
    `Table ${found.name} is no table of receipts: it has no column "${absent}".`,
    { hint: 'Have the receipts of adoptions written to another table with --receipts NAME.' },
  );
}

/** What an interrupted plan has left to do. */
async function readJournal(
  session: Session,
  dialect: Dialect,
  receipts: TableName,
  history: TableName,
): Promise<string | null> {
  const [row] = await session.query(
    `select journal from ${dialect.quoteTable(receipts)} where history = ? and strategy = 'rebuild' and journal is not null order by id desc`,
    [history.name],
  );
  return row?.[0] ?? null;
}

/** The names of the tables that a history is read from. */
export function historyNames({ tableName, receiptsName }: HistoryOptions): readonly string[] {
  return [tableName, `${tableName}_lock`, receiptsName];
}

/**
 * Reads Knex's history in two queries, writing nothing; in a few more where its lock is not free. (Knex's own `list` and `currentVersion` create the tables: `hazards.md` finding 2.)
 *
 * @param located where tables of these and other names are, by who has looked already: one query less.
 * @throws AdoptError `DETECT.NO_SCHEMA`; `HISTORY.SEVERAL` when it is not clear which history is meant; `HISTORY.INVALID` when a table of that name is no Knex
 * history; `HISTORY.UNREADABLE` when this role may not read it.
 */
export async function readHistory(
  session: Session,
  dialect: Dialect,
  options: HistoryOptions,
  located?: Location,
): Promise<History> {
  const lockName = `${options.tableName}_lock`;
  const location = located ?? (await dialect.locateTables(session, historyNames(options)));
  const schema = chooseSchema(options, location);
  const find = (name: string) =>
    location.tables.find((table) => table.schema === schema && table.name === name);
  const table = { schema, name: options.tableName };
  const lockTable = { schema, name: lockName };
  const found = find(options.tableName);
  const foundLock = find(lockName);
  const receipts = { schema, name: options.receiptsName };
  const foundReceipts = find(options.receiptsName);
  requireReceipts(foundReceipts);
  for (const [what, columns] of [
    [found, ['id', 'name', 'batch']],
    [foundLock, ['is_locked']],
  ] as const) {
    const absent = what === undefined ? undefined : columns.find((column) => !what.columns.includes(column));
    if (what !== undefined && absent !== undefined) {
      throw new AdoptError(
        'HISTORY.INVALID',
        `Table ${what.name} is no Knex history: it has no column "${absent}".`,
        {
          hint: 'Name the history table that this project uses with --table NAME.',
        },
      );
    }
  }
  const filtered = [found, foundLock].find((what) => what?.rowsFiltered === true);
  if (filtered !== undefined) {
    throw new AdoptError(
      'HISTORY.UNREADABLE',
      `Row security on ${dialect.quoteTable(filtered)} decides which of its rows this role sees, so what it records cannot be told.`,
      {
        hint: `Connect as its owner or as a role with BYPASSRLS, or: ALTER TABLE ${dialect.quoteTable(filtered)} DISABLE ROW LEVEL SECURITY;`,
      },
    );
  }
  try {
    const { rows, locks } = await readRows(
      session,
      dialect,
      found === undefined ? null : table,
      foundLock === undefined ? null : lockTable,
    );
    const taken = locks.some((value) => value !== '0');
    const lockDoubts = taken ? await dialect.tracker.findLockDoubts(session, options.knex, lockTable) : [];
    return {
      table,
      lockTable,
      receipts: {
        table: receipts,
        present: foundReceipts !== undefined,
        journal:
          foundReceipts === undefined || rows.length > 0
            ? null
            : await readJournal(session, dialect, receipts, table),
      },
      present: found !== undefined,
      lockPresent: foundLock !== undefined,
      rows,
      lock: lockState(locks, lockDoubts),
      lockRows: locks,
      lockDoubts,
    };
  } catch (cause) {
    if (!isAdoptError(cause) || cause.code !== 'DETECT.BLIND') throw cause;
    throw new AdoptError(
      'HISTORY.UNREADABLE',
      `The history table ${options.tableName} exists, but this role may not read it.`,
      {
        hint: `GRANT SELECT ON ${dialect.quoteTable(table)}, ${dialect.quoteTable(lockTable)} to the role that you connect as.`,
        cause,
      },
    );
  }
}
