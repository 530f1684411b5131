import { describe, expect, test } from 'vitest';
import {
  createDatabase,
  dumpSchema,
  runSql,
  type TestDatabase,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { RECORDED_NAMES } from '../support/reference-chain.ts';
import { createProject, failureOf, run, runJson } from './command-line.ts';

const [FIRST, SECOND, THIRD] = [
  '001_initial_schema',
  '002_cat_recognition',
  '003_activity_features',
] as const;

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  async function withDatabase(name: string, work: (database: TestDatabase) => Promise<void>): Promise<void> {
    const database = await createDatabase(family);
    try {
      const sql = await loadFixture(family, name);
      if (sql.trim() !== '') await runSql(database, sql);
      await work(database);
    } finally {
      await database.dispose();
    }
  }

  test('a fresh database goes up by steps and down again, and every reader says where it is', () =>
    withDatabase('empty', async (database) => {
      const at = ['--url', database.url];
      expect(await runJson(['pending', ...at])).toEqual({ format: 1, pending: [FIRST, SECOND, THIRD] });
      expect(await runJson(['upgrade', FIRST, ...at])).toEqual({
        format: 1,
        outcome: 'installed',
        before: null,
        after: FIRST,
        ran: [RECORDED_NAMES[0]],
      });
      expect((await run(['current', ...at])).stdout).toBe(`${FIRST}\n`);
      expect(await runJson(['upgrade', '+1', ...at])).toMatchObject({ before: FIRST, after: SECOND });
      expect((await run(['heads', ...at])).stdout).toBe(`${THIRD}\n`);
      const before = await dumpSchema(database.knex());
      expect(await runJson(['upgrade', ...at])).toMatchObject({ outcome: 'upgraded', after: THIRD });
      expect(await runJson(['upgrade', 'head', ...at])).toMatchObject({ outcome: 'up-to-date', ran: [] });
      expect(await runJson(['downgrade', '-1', '--yes', ...at])).toEqual({
        format: 1,
        outcome: 'downgraded',
        before: THIRD,
        after: SECOND,
        undone: [RECORDED_NAMES[2]],
      });
      expect(await dumpSchema(database.knex())).toBe(before);
      expect(await runJson(['history', ...at])).toMatchObject({
        format: 1,
        entries: [
          { revision: FIRST, status: 'ran', batch: 1, at: expect.stringMatching(/Z$/) },
          { revision: SECOND, status: 'ran', batch: 2 },
          { revision: THIRD, status: 'pending', batch: null, at: null },
        ],
      });
      expect(await runJson(['downgrade', 'base', '--yes', ...at])).toMatchObject({
        after: null,
        undone: [RECORDED_NAMES[1], RECORDED_NAMES[0]],
      });
      expect(await runJson(['detect-state', ...at])).toMatchObject({
        state: 'fresh',
        pending: [FIRST, SECOND, THIRD],
      });
    }));

  test('a legacy database is not upgraded before it is adopted, and the adopted past is not undone by mistake', () =>
    withDatabase('legacy-002', async (database) => {
      const at = ['--url', database.url];
      const columns = await tableColumns(database.knex());
      const rows = await tableChecksums(database.knex());
      const early = await run(['upgrade', ...at]);
      expect(early.exitCode).toBe(4);
      expect(failureOf(early)).toMatchObject({
        code: 'REFUSED.NOT_ADOPTED',
        hint: expect.stringContaining('handle-legacy'),
      });
      expect((await run(['current', ...at])).stdout).toBe(`${SECOND}\n`);

      expect(await runJson(['stamp', SECOND, ...at])).toEqual({
        format: 1,
        outcome: 'stamped',
        revision: SECOND,
        stamped: [FIRST, SECOND],
        verified: true,
      });
      expect(await runJson(['upgrade', ...at])).toMatchObject({
        outcome: 'upgraded',
        ran: [RECORDED_NAMES[2]],
      });
      expect(await runJson(['history', ...at])).toMatchObject({
        entries: [{ status: 'adopted', batch: null }, { status: 'adopted' }, { status: 'ran' }],
      });
      for (const target of [FIRST, 'base', '-2']) {
        const below = await run(['downgrade', target, '--yes', ...at]);
        expect(below.exitCode, below.stderr).toBe(4);
        expect(failureOf(below)).toMatchObject({
          code: 'REFUSED.BELOW_ADOPTION',
          hint: expect.stringContaining('--below-adoption'),
        });
      }
      expect(await runJson(['downgrade', SECOND, '--yes', ...at])).toMatchObject({ after: SECOND });
      expect(await tableChecksums(database.knex(), columns)).toEqual(rows);
    }));

  test('a stamp is proved, or said to be unproved, and never rewrites a history (pain 5)', () =>
    withDatabase('legacy-002', async (database) => {
      const at = ['--url', database.url];
      const knex = database.knex();
      for (const revision of [FIRST, THIRD]) {
        const unmet = await run(['stamp', revision, ...at]);
        expect(unmet.exitCode).toBe(4);
        expect(failureOf(unmet).code).toBe('REFUSED.UNMET');
        expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
      }
      expect(failureOf(await run(['stamp', THIRD, ...at])).message).toContain('activity_models (missing)');
      expect(await runJson(['stamp', FIRST, '--unverified', ...at])).toMatchObject({
        outcome: 'stamped',
        stamped: [FIRST],
        verified: false,
      });
      expect(await runJson(['stamp', FIRST, '--unverified', ...at])).toMatchObject({ outcome: 'up-to-date' });
      for (const flags of [[], ['--unverified']]) {
        const conflict = await run(['stamp', SECOND, ...flags, ...at]);
        expect(conflict.exitCode).toBe(4);
        expect(failureOf(conflict).code).toBe('HISTORY.CONFLICT');
      }
      expect(await knex('knex_migrations').pluck('name')).toEqual([RECORDED_NAMES[0]]);
      expect(await runJson(['status', ...at])).toMatchObject({ current: FIRST, drift: true });
      expect((await run(['status', '--check', ...at])).exitCode).toBe(4);
      expect((await run(['detect-state', '--check', ...at])).exitCode).toBe(4);
    }));

  test('targets that make no sense are told apart', () =>
    withDatabase('managed-002', async (database) => {
      const at = ['--url', database.url];
      for (const [words, code, exitCode] of [
        [['upgrade', '009_nothing'], 'USAGE.UNKNOWN_REVISION', 2],
        [['upgrade', FIRST], 'REFUSED.TARGET', 4],
        [['upgrade', '+2'], 'REFUSED.TARGET', 4],
        [['downgrade', THIRD, '--yes'], 'REFUSED.TARGET', 4],
        [['downgrade', '-3', '--yes'], 'REFUSED.TARGET', 4],
        [['downgrade', FIRST], 'USAGE.DECLINED', 3],
        [['stamp', '009_nothing'], 'USAGE.UNKNOWN_REVISION', 2],
      ] as const) {
        const ended = await run([...words, ...at]);
        expect([words, failureOf(ended).code, ended.exitCode]).toEqual([words, code, exitCode]);
      }
      expect(await database.knex()('knex_migrations').pluck('name')).toHaveLength(2);
    }));
});

test('upgrade runs on a managed database without any manifest, and refuses a history that does not fit', async () => {
  const database = await createDatabase('postgres');
  try {
    await runSql(database, await loadFixture('postgres', 'managed-002'));
    const at = ['--url', database.url, '--manifests', 'no/such/folder'];
    expect((await run(['upgrade', ...at])).exitCode).toBe(0);
    expect((await run(['current', ...at])).stdout).toBe(`${THIRD}\n`);
    await database.knex()('knex_migrations').insert({ name: '004_from_the_future.ts', batch: 9 });
    const ahead = await run(['upgrade', ...at]);
    expect(ahead.exitCode).toBe(4);
    expect(failureOf(ahead).code).toBe('HISTORY.UNKNOWN_NAMES');
    expect(await runJson(['history', ...at])).toMatchObject({
      entries: [{}, {}, {}, { revision: '004_from_the_future', status: 'unknown' }],
    });
    await database.knex()('knex_migrations').where({ batch: 9 }).delete();
    await database.knex()('knex_migrations').where({ name: RECORDED_NAMES[0] }).delete();
    const gap = await run(['downgrade', '--yes', ...at]);
    expect(gap.exitCode).toBe(4);
    expect(failureOf(gap).code).toBe('HISTORY.GAP');
  } finally {
    await database.dispose();
  }
});

test('a migration that fails is named, rolled back, and can be run again once it is mended', async () => {
  const database = await createDatabase('postgres');
  try {
    await runSql(database, await loadFixture('postgres', 'managed-head'));
    const project = await createProject({}, { chain: true });
    const broken = `export const up = async (knex) => { await knex.schema.createTable('toys', () => {}); await knex.raw('nonsense'); };
      export const down = async () => {};`;
    await project.write({ 'migrations/004_toys.ts': broken });
    const failed = await project.run(['upgrade', '--url', database.url]);
    expect(failed.exitCode).toBe(4);
    expect(failureOf(failed)).toMatchObject({
      code: 'MIGRATIONS.FAILED',
      message: expect.stringContaining('004_toys.ts'),
    });
    expect(await database.knex().schema.hasTable('toys')).toBe(false);
    await project.write({ 'migrations/004_toys.ts': broken.replace("await knex.raw('nonsense');", '') });
    expect((await project.run(['upgrade', '--url', database.url])).exitCode).toBe(0);
    expect(await database.knex().schema.hasTable('toys')).toBe(true);
  } finally {
    await database.dispose();
  }
});
