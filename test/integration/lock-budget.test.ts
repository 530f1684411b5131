/** What a start-up does while another process is at work: it waits as long as it was told to, and does not where nothing is to be done. */
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { adopt } from '../../src/library.ts';
import { runInProcess } from '../cli/in-process.ts';
import {
  createDatabase,
  dumpSchema,
  type Family,
  runSql,
  statementsDuring,
  type TestDatabase,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { holdLock, signal } from '../support/hold-lock.ts';
import { MIGRATIONS, RECORDED_NAMES } from '../support/reference-chain.ts';

async function withLegacy(
  family: Family,
  work: (database: TestDatabase, knex: Knex) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(family);
  try {
    await runSql(database, await loadFixture(family, 'legacy-002'));
    await work(database, database.knex());
  } finally {
    await database.dispose();
  }
}

describe.each(['postgres', 'mysql'] as const)('on %s, while another process holds the lock', (family) => {
  test.each(['handle-legacy --yes', 'startup'])(
    '%s waits for its budget, exits with 6, and writes nothing',
    async (command) => {
      await withLegacy(family, async (database, knex) => {
        const before = await dumpSchema(knex);
        const other = await holdLock(database.knex());
        try {
          const args = [...command.split(' '), '--lock-timeout', '1', '--url', database.url];
          const ended = await runInProcess(args);
          expect(ended.exitCode, ended.stderr).toBe(6);
          expect(ended.stderr).toContain('waiting for another process to finish');
          expect(ended.stderr).toContain('LOCK.TIMEOUT');
          expect(await dumpSchema(knex)).toBe(before);
        } finally {
          await other.release();
        }
      });
    },
  );

  test('that lets go within the budget, the adoption goes on', async () => {
    await withLegacy(family, async (database, knex) => {
      const other = await holdLock(database.knex());
      const waiting = signal();
      const silent = () => {};
      const logger = {
        ...{ debug: silent, warn: silent, error: silent },
        info: (fields: unknown) => {
          if ((fields as { event?: unknown }).event === 'waiting') waiting.give();
        },
      };
      const adopting = adopt({ knex, migrations: MIGRATIONS, lockWaitMs: 60_000, logger });
      await waiting.given;
      await other.release();
      expect(await adopting).toMatchObject({ outcome: 'adopted', after: { standing: 'upToDate' } });
    });
  });

  test('nothing to do is seen without asking for it, and without a write', async () => {
    await withLegacy(family, async (database, knex) => {
      await adopt({ knex, migrations: MIGRATIONS });
      const other = await holdLock(database.knex());
      try {
        const statements = await statementsDuring(database, async () => {
          const report = await adopt({ knex, migrations: MIGRATIONS, lockWaitMs: 0 });
          expect(report).toMatchObject({ outcome: 'up-to-date', ran: [], stamped: [] });
          for (const command of ['handle-legacy', 'startup']) {
            expect(await runInProcess([command, '--lock-timeout', '0', '--url', database.url])).toMatchObject(
              { exitCode: 0 },
            );
          }
        });
        expect(statements.length).toBeGreaterThan(0);
        expect(
          statements.filter((sql) =>
            /advisory_(?:xact_)?lock\(|get_lock|^\s*(?:insert|update|delete|create|alter)\b/i.test(sql),
          ),
        ).toEqual([]);
        expect(await knex('knex_migrations').pluck('name')).toHaveLength(RECORDED_NAMES.length);
      } finally {
        await other.release();
      }
    });
  });
});
