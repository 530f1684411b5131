import { describe, expect, test } from 'vitest';
import { runSql } from '../support/database.ts';
import { fixtureNames, loadFixture } from '../support/fixtures.ts';
import { createDatabase } from '../support/test-database.ts';
import { run } from './command-line.ts';

const LEGACY_002 = { state: 'legacy', revision: '002_cat_recognition', check: 5 };

/** The verdict on each fixture, in the words of the command line, and the exit status of `--check`. */
const VERDICTS: Readonly<Record<string, { state: string; revision: string | null; check: number }>> = {
  empty: { state: 'fresh', revision: null, check: 5 },
  'legacy-001': { state: 'legacy', revision: '001_initial_schema', check: 5 },
  'legacy-002': LEGACY_002,
  'legacy-002-with-strangers': LEGACY_002,
  'legacy-003': { state: 'legacy', revision: '003_activity_features', check: 5 },
  'managed-002': { state: 'managed', revision: '002_cat_recognition', check: 5 },
  'managed-head': { state: 'managed', revision: '003_activity_features', check: 0 },
  'partial-critical-column': { state: 'partial', revision: null, check: 4 },
  'partial-short-of-002': { state: 'partial', revision: null, check: 4 },
  'tracked-by-alembic': LEGACY_002,
  'tracker-without-rows': LEGACY_002,
  'unrelated-application': { state: 'fresh', revision: null, check: 5 },
};

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  test('every fixture has a verdict here', () => {
    expect(fixtureNames(family)).toEqual(Object.keys(VERDICTS).sort());
  });

  test.each(Object.entries(VERDICTS))('detect-state tells %s', async (name, { check, ...verdict }) => {
    const database = await createDatabase(family);
    try {
      const sql = await loadFixture(family, name);
      if (sql.trim() !== '') await runSql(database, sql);
      const ended = await run(['detect-state', '--json', '--check', '--url', database.url]);
      expect(ended.stderr).toBe('');
      expect(JSON.parse(ended.stdout)).toMatchObject(verdict);
      expect(ended.exitCode).toBe(check);
    } finally {
      await database.dispose();
    }
  });

  test('status says the same in a few facts, and in words', async () => {
    const database = await createDatabase(family);
    try {
      await runSql(database, await loadFixture(family, 'managed-002'));
      const json = await run(['status', '--json', '--check', '--url', database.url]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        state: 'managed',
        standing: 'behind',
        current: '002_cat_recognition',
        head: '003_activity_features',
        pending: ['003_activity_features'],
        drift: false,
        lock: 'free',
        adoption: null,
      });
      expect(json.exitCode).toBe(5);
      const words = await run(['status', '--url', database.url]);
      expect(words).toMatchObject({ exitCode: 0, stderr: '' });
      expect(words.stdout).toContain('002_cat_recognition');
    } finally {
      await database.dispose();
    }
  });
});

test('detect-state exits 0 whatever the verdict, when nobody asked for a check', async () => {
  const database = await createDatabase('postgres');
  try {
    await runSql(database, await loadFixture('postgres', 'partial-short-of-002'));
    const ended = await run(['detect-state', '--url', database.url]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toContain('partial');
  } finally {
    await database.dispose();
  }
});
