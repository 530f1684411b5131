import type { Knex } from 'knex';
import { queryBuilderOn } from '../database/knex-table.ts';
import type { History } from './history.ts';

/**
 * When each row of the history was recorded, as ISO 8601 in UTC, by recorded name; null where the row does not say.
 *
 * Asked through the host's own driver, because that is how Knex wrote it: mysql2 writes and reads a TIMESTAMP in the time zone of the client,
 * and only the same way back gives the moment that was meant.
 */
export async function readRecordedTimes(
  knex: Knex,
  history: History,
): Promise<ReadonlyMap<string, string | null>> {
  if (!history.present) return new Map();
  const rows: { name: string; migration_time: unknown }[] = await queryBuilderOn(knex, history.table).select(
    'name',
    'migration_time',
  );
  return new Map(
    rows.map(({ name, migration_time: time }) => [name, time instanceof Date ? time.toISOString() : null]),
  );
}
