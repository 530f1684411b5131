import type { Dialect } from '../../database/dialect.ts';
import { ask, POSTGRES_SYNTAX } from './ask.ts';
import { postgresDdl } from './ddl.ts';
import { translateError } from './errors.ts';
import { follow } from './follow.ts';
import { readFoundations } from './foundations.ts';
import { introspect, locateBehind, locateTables } from './introspect.ts';
import { withLock } from './lock.ts';
import { mayReachOutside } from './outside.ts';
import { postgresPieceNames, renamePiece } from './piece-names.ts';
import { quoteIdentifier, quoteQualified } from './quote.ts';
import { schemasToRead } from './schemas-to-read.ts';
import { createScratch } from './scratch.ts';
import { readServer } from './server.ts';
import { glance, observe, read } from './session.ts';
import { postgresSetAside } from './set-aside.ts';
import { postgresSetAsidePlace } from './set-aside-place.ts';
import { postgresTracker } from './tracker.ts';
import { watchCatalog } from './watch.ts';

/** PostgreSQL 12 and later, and PGlite. */
export const postgresDialect: Dialect = {
  name: 'postgres',
  capabilities: { transactionalDdl: true },
  tracker: postgresTracker,
  syntaxes: [POSTGRES_SYNTAX],
  read,
  observe,
  glance,
  ask,
  readServer,
  introspect,
  follow,
  schemasToRead,
  watchCatalog,
  locateTables,
  locateBehind,
  withLock,
  createScratch,
  readFoundations,
  mayReachOutside,
  pieceNames: postgresPieceNames,
  renamePiece,
  placeholders: 'numbered',
  clientDelimiters: false,
  ddl: postgresDdl,
  setAside: postgresSetAside,
  setAsidePlace: postgresSetAsidePlace,
  quoteName: quoteIdentifier,
  // NAMEDATALEN, in bytes (manual, 4.1.1).
  fitsName: (name) => Buffer.byteLength(name) <= 63,
  quoteTable: (table) => quoteQualified(table.schema, table.name),
  translateError,
};
