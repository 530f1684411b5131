/** The one import of a test that needs a database. */
export { createBlindRole, createInserter, createReader } from './roles.ts';
export { dumpSchema } from './schema-dump.ts';
export { statementsDuring } from './server-log.ts';
export { type ByTable, rowCounts, tableChecksums, tableColumns } from './table-contents.ts';
export {
  createDatabase,
  type DatabaseOptions,
  type Family,
  type PgliteDatabase,
  runSql,
  type TestDatabase,
} from './test-database.ts';
