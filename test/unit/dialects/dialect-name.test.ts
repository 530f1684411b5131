import knexFactory from 'knex';
import { expect, test } from 'vitest';
import { dialectName } from '../../../src/dialects/dialect-name.ts';

test.each([
  ['pg', 'postgres'],
  ['mysql2', 'mysql'],
])('a Knex with client %s is of the family %s', (client, family) => {
  expect(dialectName(knexFactory({ client }))).toBe(family);
});

/** A Knex whose driver is not installed here. */
const withDriver = (driverName: string) => {
  const knex = knexFactory({ client: 'pg' });
  knex.client.driverName = driverName;
  return knex;
};

test.each([
  ['mysql', /Install mysql2/],
  ['sqlite3', /PostgreSQL \(client "pg"\)/],
])('one with driver %s is refused, with what to use', (driver, hint) => {
  expect(() => dialectName(withDriver(driver))).toThrow(
    expect.objectContaining({
      code: 'CONFIG.UNSUPPORTED_DIALECT',
      message: `The Knex client "${driver}" is not supported.`,
      hint: expect.stringMatching(hint),
    }),
  );
});
