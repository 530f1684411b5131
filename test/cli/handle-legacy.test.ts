import { describe, expect, test } from 'vitest';
import {
  createDatabase,
  dumpSchema,
  type Family,
  type PgliteDatabase,
  rowCounts,
  runSql,
  type TestDatabase,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { RECORDED_NAMES } from '../support/reference-chain.ts';
import { failureOf, run, runJson, runProcess } from './command-line.ts';

async function fixture(family: Family, name: string): Promise<TestDatabase> {
  const database = await createDatabase(family, { onDisk: true });
  await runSql(database, await loadFixture(family, name));
  return database;
}

/** Only one process may have a PGlite folder open. */
async function handOver(database: TestDatabase): Promise<void> {
  if (database.family === 'pglite') await (database as PgliteDatabase).release();
}

describe.each(['postgres', 'mysql', 'pglite'] as const)('on %s', (family) => {
  test('a legacy database at 002 is shown, adopted, brought to head, and left alone the second time', async () => {
    const database = await fixture(family, 'legacy-002');
    try {
      const columns = await tableColumns(database.knex());
      const rows = await tableChecksums(database.knex());
      const schema = await dumpSchema(database.knex());
      await handOver(database);

      const plan = await run(['handle-legacy', '--dry-run', '--url', database.url]);
      expect(plan).toMatchObject({ exitCode: 0, stderr: '' });
      expect(plan.stdout).toMatch(/insert into .*knex_migrations/s);
      expect(await dumpSchema(database.knex())).toBe(schema);
      expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
      await handOver(database);

      const done = await run(['handle-legacy', '--yes', '--url', database.url]);
      expect(done.exitCode, done.stderr).toBe(0);
      expect(done.stderr.split('\n').map((line) => line.replace(/ \(\d+ ms\)/, ''))).toEqual([
        'detected: legacy at 002_cat_recognition',
        'stamped 001_initial_schema, 002_cat_recognition',
        'ran 003_activity_features',
        '',
      ]);
      const knex = database.knex();
      expect(await knex('knex_migrations').orderBy('id').pluck('name')).toEqual(RECORDED_NAMES);
      expect(await tableChecksums(knex, columns)).toEqual(rows);
      const adopted = await dumpSchema(knex);
      await handOver(database);

      const again = await runJson(['handle-legacy', '--url', database.url]);
      expect(again).toMatchObject({
        format: 1,
        outcome: 'up-to-date',
        before: { state: 'managed', standing: 'upToDate' },
        plan: { strategy: 'none', steps: [], refused: [] },
        stamped: [],
        ran: [],
        receipt: null,
      });
      expect(await dumpSchema(database.knex())).toBe(adopted);
      expect(await database.knex()('knex_migrations').pluck('name')).toHaveLength(3);
    } finally {
      await database.dispose();
    }
  });
});

describe.each(['postgres', 'mysql'] as const)('on a server of the family %s', (family) => {
  test('--json tells the whole story in one object', async () => {
    const database = await fixture(family, 'legacy-001');
    try {
      const report = await runJson([
        'handle-legacy',
        '--yes',
        '--url',
        database.url,
        '--to',
        '002_cat_recognition',
      ]);
      expect(report).toMatchObject({
        format: 1,
        outcome: 'adopted',
        before: { state: 'legacy', revision: '001_initial_schema' },
        plan: {
          strategy: 'stamp',
          target: '002_cat_recognition',
          steps: [{ kind: 'create-history' }, { kind: 'stamp' }, { kind: 'migrate' }],
          refused: [],
        },
        after: { state: 'managed', revision: '002_cat_recognition', standing: 'behind' },
        stamped: ['001_initial_schema'],
        ran: ['002_cat_recognition.ts'],
      });
    } finally {
      await database.dispose();
    }
  });

  test('a partial one is refused with code, hint and evidence, and nothing is written', async () => {
    const database = await fixture(family, 'partial-short-of-002');
    try {
      const before = [await dumpSchema(database.knex()), await rowCounts(database.knex())];
      const words = await run(['handle-legacy', '--yes', '--url', database.url]);
      expect(words.exitCode).toBe(4);
      expect(failureOf(words)).toMatchObject({ code: 'REFUSED.PARTIAL', hint: expect.stringMatching(/./) });
      const json = await run(['handle-legacy', '--yes', '--json', '--url', database.url]);
      expect(json.exitCode).toBe(4);
      expect(JSON.parse(json.stdout)).toMatchObject({
        outcome: 'refused',
        before: { state: 'partial' },
        plan: { strategy: 'refuse', refused: [{ code: 'REFUSED.PARTIAL' }] },
        after: null,
      });
      expect([await dumpSchema(database.knex()), await rowCounts(database.knex())]).toEqual(before);
    } finally {
      await database.dispose();
    }
  });

  test('without --yes and without a terminal nothing is done, unless there is nothing to do', async () => {
    const database = await fixture(family, 'legacy-002');
    try {
      const ended = await run(['handle-legacy', '--url', database.url]);
      expect(ended.exitCode).toBe(3);
      expect(failureOf(ended)).toMatchObject({
        code: 'USAGE.DECLINED',
        hint: expect.stringContaining('--yes'),
      });
      expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
      expect((await run(['handle-legacy', '--yes', '--url', database.url])).exitCode).toBe(0);
      expect((await run(['handle-legacy', '--url', database.url])).exitCode).toBe(0);
    } finally {
      await database.dispose();
    }
  });
});

test("another application's database is refused until --shared", async () => {
  const database = await fixture('postgres', 'unrelated-application');
  try {
    const refused = await run(['handle-legacy', '--yes', '--url', database.url]);
    expect(refused.exitCode).toBe(4);
    expect(failureOf(refused).code).toBe('REFUSED.SHARED');
    const rows = await rowCounts(database.knex());
    const done = await run(['handle-legacy', '--yes', '--shared', '--url', database.url]);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(await rowCounts(database.knex())).toMatchObject(rows);
  } finally {
    await database.dispose();
  }
});

test('with --schema the tables land there, and nowhere else', async () => {
  const database = await createDatabase('postgres');
  try {
    await runSql(database, 'CREATE SCHEMA cats');
    const done = await run(['handle-legacy', '--yes', '--schema', 'cats', '--url', database.url]);
    expect(done.exitCode, done.stderr).toBe(0);
    const schemas = await database
      .knex()('pg_tables')
      .where('tablename', 'like', '%')
      .whereNotIn('schemaname', ['pg_catalog', 'information_schema'])
      .distinct()
      .pluck('schemaname');
    expect(schemas).toEqual(['cats']);
  } finally {
    await database.dispose();
  }
});

test('eight at once on one legacy database all succeed, and each migration runs once', async () => {
  const database = await fixture('postgres', 'legacy-002');
  try {
    const all = await Promise.all(
      Array.from({ length: 8 }, () => runProcess(['handle-legacy', '--yes', '--url', database.url])),
    );
    expect(all.map(({ exitCode }) => exitCode)).toEqual(Array(8).fill(0));
    expect(all.flatMap(({ stderr }) => stderr.match(/^ran /gm) ?? [])).toHaveLength(1);
    const knex = database.knex();
    expect(await knex('knex_migrations').orderBy('id').pluck('name')).toEqual(RECORDED_NAMES);
    expect(await knex('knex_migrations_lock').pluck('is_locked')).toEqual([0]);
  } finally {
    await database.dispose();
  }
});

test('a name given with --accept that nothing has is told, and changes nothing else', async () => {
  const database = await fixture('postgres', 'legacy-002');
  try {
    await runSql(database, 'create unique index one_rating on feedback (id)');
    const at = ['--url', database.url];
    const slip = ['--accept', 'public.feedback.indexes.one_ratin'];
    const name = ['--accept', 'public.feedback.indexes.one_rating'];
    const told = '"public.feedback.indexes.one_ratin" is accepted by name, and neither';

    const refused = await run(['handle-legacy', '--yes', ...slip, ...at]);
    expect([refused.exitCode, refused.stdout]).toEqual([4, expect.stringContaining('REFUSED.RISKY')]);
    expect(refused.stderr).toContain(told);
    const shown = await run(['handle-legacy', '--dry-run', ...slip, ...name, ...at]);
    expect([shown.exitCode, shown.stdout.replace(/\s+/g, ' ')]).toEqual([0, expect.stringContaining(told)]);
    const right = await run(['handle-legacy', '--dry-run', ...name, ...at]);
    expect(right.stdout).not.toContain('by name');
    const done = await run(['handle-legacy', '--yes', ...slip, ...name, ...at]);
    expect([done.exitCode, done.stderr]).toEqual([0, expect.stringContaining(told)]);
  } finally {
    await database.dispose();
  }
});
