import type { History } from '../../src/history/history.ts';

/** No history table at all. */
export const noHistory: History = {
  table: { schema: 'public', name: 'knex_migrations' },
  lockTable: { schema: 'public', name: 'knex_migrations_lock' },
  receipts: { table: { schema: 'public', name: 'knex_adoption' }, present: false, journal: null },
  present: false,
  lockPresent: false,
  rows: [],
  lock: 'absent',
  lockRows: [],
  lockDoubts: [],
};

/** A history as Knex leaves it after running these. */
export function historyOf(...names: readonly string[]): History {
  return {
    ...noHistory,
    present: true,
    lockPresent: true,
    lock: 'free',
    lockRows: ['0'],
    rows: names.map((name) => ({ name, batch: 1 })),
  };
}
