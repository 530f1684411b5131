import type { Dialect, Location } from '../../database/dialect.ts';
import type { Session } from '../../database/session.ts';
import { sortedBy } from '../../util/order.ts';
import { ask, MYSQL_SYNTAXES } from './ask.ts';
import { mysqlDdl } from './ddl.ts';
import { translateError } from './errors.ts';
import { quoteName } from './expression-tree.ts';
import { follow } from './follow.ts';
import { introspect } from './introspect.ts';
import { withLock } from './lock.ts';
import { mayReachOutside } from './outside.ts';
import { mysqlPieceNames, renamePiece } from './piece-names.ts';
import { locateTablesQuery } from './queries.ts';
import { glance, read } from './read.ts';
import { groupBy } from './rows.ts';
import { createScratch } from './scratch.ts';
import { readServer } from './server.ts';
import { mysqlSetAside } from './set-aside.ts';
import { mysqlSetAsidePlace } from './set-aside-place.ts';
import { mysqlTracker } from './tracker.ts';
import { watchCatalog } from './watch.ts';

async function locateTables(session: Session, names: readonly string[]): Promise<Location> {
  const wanted = names.length === 0 ? [''] : names;
  const [here = [], ...rows] = await session.query(locateTablesQuery(wanted.length), wanted);
  const byPosition = [...rows].sort((a, b) => Number(a[3]) - Number(b[3]));
  // A server that folds names finds a table by any spelling, and gives it the name that it keeps: who asked knows it by his own.
  const asAsked = (name: string) =>
    here[1] === '0' ? name : (wanted.find((asked) => asked.toLowerCase() === name.toLowerCase()) ?? name);
  const tables = [...groupBy(byPosition, (row) => row[1] ?? '')].map(([name, columns]) => ({
    schema: columns[0]?.[0] ?? '',
    name: asAsked(name),
    columns: columns.map((row) => row[2] ?? ''),
  }));
  return { defaultSchema: here[0] ?? null, tables: sortedBy(tables, (table) => table.name) };
}

/** MySQL 8 and later (5.6 and 5.7 for tables, columns, keys and indexes) and MariaDB 10.5 and later. */
export const mysqlDialect: Dialect = {
  name: 'mysql',
  // Every DDL statement commits (MySQL 8.0 manual, 15.3.3).
  capabilities: { transactionalDdl: false },
  tracker: mysqlTracker,
  syntaxes: MYSQL_SYNTAXES,
  read,
  // A transaction here shows what is committed, and costs two of many queries.
  observe: (_knex, counter, _facts, work) => work((offered, reading) => read(offered, counter, reading)),
  glance,
  ask,
  readServer,
  introspect,
  follow,
  schemasToRead: (wanted) => wanted,
  watchCatalog,
  locateTables,
  locateBehind: async () => [],
  withLock,
  createScratch,
  // A database is a schema here, and has nothing below it.
  readFoundations: async () => [],
  mayReachOutside,
  pieceNames: mysqlPieceNames,
  renamePiece,
  placeholders: 'question-marks',
  clientDelimiters: true,
  ddl: mysqlDdl,
  setAside: mysqlSetAside,
  setAsidePlace: mysqlSetAsidePlace,
  quoteName,
  // Characters, not bytes (MySQL 8.0 manual, 11.2.1).
  fitsName: (name) => [...name].length <= 64,
  quoteTable: (table) => `${quoteName(table.schema)}.${quoteName(table.name)}`,
  translateError,
};
