import { afterAll, beforeAll } from 'vitest';
import { createDatabase, type DatabaseOptions, type Family, type TestDatabase } from './test-database.ts';

/**
 * Gives the enclosing file or `describe` an empty database, made before its tests and removed after them.
 *
 * @returns a database that may be used from the first hook or test on, not while tests are being collected
 */
export function useDatabase(family: Family, options?: DatabaseOptions): TestDatabase {
  let database: TestDatabase | undefined;
  const existing = () => {
    if (database === undefined) {
      throw new Error('useDatabase: the database exists only inside of hooks and tests.');
    }
    return database;
  };
  beforeAll(async () => {
    database = await createDatabase(family, options);
  });
  afterAll(() => database?.dispose());
  return {
    family,
    get name() {
      return existing().name;
    },
    get url() {
      return existing().url;
    },
    knex: (config) => existing().knex(config),
    connect: () => existing().connect(),
    defer: (cleanup) => existing().defer(cleanup),
    dispose: () => existing().dispose(),
  };
}
