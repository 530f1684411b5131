import { describe, expect, test } from 'vitest';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { RECORDED_NAMES } from '../support/reference-chain.ts';
import { failureOf, run, runJson } from './command-line.ts';

const FIRST = '001_initial_schema';

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  async function withHistory(
    meddle: string,
    work: (database: TestDatabase, at: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const database = await createDatabase(family);
    try {
      await runSql(database, await loadFixture(family, 'managed-002'));
      await runSql(database, meddle);
      await work(database, ['--url', database.url]);
    } finally {
      await database.dispose();
    }
  }
  /** Leaves no session behind: whoever is connected might hold the lock. */
  const names = async (database: TestDatabase): Promise<string[]> => {
    const knex = database.knex();
    const found = await knex('knex_migrations').orderBy('id').pluck('name');
    await knex.destroy();
    return found;
  };

  test('other extensions and a stale lock: told by status, shown, mended, undone by what stderr said', () =>
    withHistory(
      `update knex_migrations set name = '${FIRST}.js' where name = '${FIRST}.ts'; update knex_migrations_lock set is_locked = 1;`,
      async (database, at) => {
        const before = await names(database);
        const problem = expect.stringMatching(
          /"001_initial_schema\.js".*other extensions.*nobody is connected/,
        );
        expect(await runJson(['status', ...at])).toMatchObject({
          lock: 'stale',
          standing: 'inconsistent',
          problem,
        });
        expect((await run(['detect-state', ...at])).stdout).toContain(
          'next: knex-adopt repair-history --dry-run',
        );

        const shown = await run(['repair-history', '--dry-run', ...at]);
        expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
        expect(shown.stdout).toMatch(
          /repair: 2 steps[\s\S]*1\. extensions[\s\S]*update .*knex_migrations[\s\S]*2\. lock[\s\S]*undo:/,
        );
        const asked = await run(['repair-history', ...at]);
        expect(asked.exitCode).toBe(3);
        expect(failureOf(asked).code).toBe('USAGE.DECLINED');
        expect(await runJson(['status', ...at])).toMatchObject({ lock: 'stale' });

        const done = await run(['repair-history', '--yes', ...at]);
        expect(done.exitCode, done.stderr).toBe(0);
        expect(done.stdout).toMatch(/^mended: extensions, lock\n/);
        expect(await runJson(['status', ...at])).toMatchObject({
          lock: 'free',
          standing: 'behind',
          problem: null,
        });
        expect(await runJson(['repair-history', ...at])).toMatchObject({ outcome: 'healthy', undo: [] });

        const script = /^-- undoes[\s\S]*?;\n(?=mended)/m.exec(done.stderr)?.[0] ?? '';
        expect(script).not.toBe('');
        await runSql(database, script);
        expect(await names(database)).toEqual(before);
        expect(await database.knex()('knex_migrations_lock').pluck('is_locked')).toEqual([1]);
      },
    ));

  test('--json tells what was there, what was done and what undoes it; --only chooses', () =>
    withHistory(
      `insert into knex_migrations (name, batch) values ('${FIRST}.ts', 5), ('009_from_the_future.ts', 6);`,
      async (database, at) => {
        const refused = await run(['repair-history', '--yes', '--json', ...at]);
        expect(refused.exitCode).toBe(4);
        expect(JSON.parse(refused.stdout)).toMatchObject({
          outcome: 'refused',
          plan: { refused: [{ code: 'HISTORY.UNKNOWN_NAMES' }], available: ['duplicates'] },
        });
        expect(await names(database)).toHaveLength(4);
        expect((await run(['repair-history', '--yes', '--only', 'lock', ...at])).exitCode).toBe(2);
        expect(await runJson(['repair-history', '--yes', '--only', 'duplicates', ...at])).toMatchObject({
          format: 1,
          outcome: 'mended',
          before: {
            history: [{ id: '1' }, { id: '2' }, { id: '3', name: `${FIRST}.ts`, batch: '5' }, { id: '4' }],
            lock: [{}],
          },
          mended: ['duplicates'],
          undo: expect.arrayContaining([expect.stringContaining('insert into')]),
          after: { standing: 'ahead' },
        });
        expect(await names(database)).toEqual([
          RECORDED_NAMES[0],
          RECORDED_NAMES[1],
          '009_from_the_future.ts',
        ]);
      },
    ));

  test.each([
    ['stale', 'update knex_migrations_lock set is_locked = 1;'],
    ['broken', 'insert into knex_migrations_lock (is_locked) values (1);'],
  ])(
    'a %s lock: --check says that something is wrong, though every migration is recorded',
    async (lock, meddle) => {
      const database = await createDatabase(family);
      try {
        await runSql(database, await loadFixture(family, 'managed-head'));
        const at = ['--url', database.url];
        expect((await run(['status', '--check', ...at])).exitCode).toBe(0);
        await runSql(database, meddle);
        const status = await run(['status', '--check', ...at]);
        expect(status.stdout).toMatch(new RegExp(`^ *lock +${lock}$[\\s\\S]*^ *problem +\\S`, 'm'));
        expect(status.exitCode).toBe(4);
        expect((await run(['detect-state', '--check', ...at])).exitCode).toBe(4);
      } finally {
        await database.dispose();
      }
    },
  );

  test('a lock that somebody may hold is not freed, unless told to by name', () =>
    withHistory('update knex_migrations_lock set is_locked = 1;', async (database, at) => {
      const holder = await database.connect();
      const held = await run(['repair-history', '--yes', ...at]);
      expect(held.exitCode).toBe(6);
      expect(held.stdout).toContain('LOCK.KNEX_HELD');
      expect(await runJson(['status', ...at])).toMatchObject({ lock: 'held', problem: null });
      // Behind, and nothing wrong: whoever is connected may be at work.
      expect((await run(['status', '--check', ...at])).exitCode).toBe(5);
      const forced = await run(['repair-history', '--yes', '--force-unlock', ...at]);
      expect(forced.exitCode, forced.stderr).toBe(0);
      await holder.close();
      expect(await runJson(['status', ...at])).toMatchObject({ lock: 'free' });
    }));
});
