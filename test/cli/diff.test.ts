import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diff } from '../../src/diff.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { failureOf } from './command-line.ts';
import { runInProcess as run } from './in-process.ts';

const [FIRST, SECOND, THIRD] = [
  '001_initial_schema',
  '002_cat_recognition',
  '003_activity_features',
] as const;

async function diff(args: readonly string[]): Promise<Diff> {
  const ended = await run(['diff', ...args, '--json']);
  expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
  return JSON.parse(ended.stdout) as Diff;
}

/** What happened, and where. */
const places = ({ differences }: Diff) =>
  differences.map(({ path, outcome }) => `${outcome} ${path.join('.')}`);

/** The same without the names of constraints and indexes, which the fixtures give otherwise than Knex does. */
const withoutNames = (found: Diff) =>
  places(found)
    .map((place) => place.replace(/(uniques|foreignKeys|checks|indexes|primaryKey)\..*$/, '$1'))
    .sort();

const SWAPPED = { missing: 'unexpected', unexpected: 'missing' } as const;

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  let second: TestDatabase;
  let other: TestDatabase;

  beforeAll(async () => {
    [second, other] = await Promise.all([createDatabase(family), createDatabase(family)]);
    await runSql(second, await loadFixture(family, 'legacy-002'));
    await runSql(other, await loadFixture(family, 'legacy-002'));
  });
  afterAll(() => Promise.all([second?.dispose(), other?.dispose()]));

  test('a database at a revision is equal to it, and from any other revision as that revision is', async () => {
    const at = ['--url', second.url];
    expect(await diff([SECOND, 'live', ...at])).toMatchObject({ equal: true, differences: [] });
    expect(await diff(['live', SECOND, ...at])).toMatchObject({ equal: true, differences: [] });
    for (const revision of [FIRST, THIRD, 'base', 'head']) {
      const [live, manifests] = [
        await diff([revision, 'live', ...at]),
        await diff([revision, SECOND, '--dialect', family]),
      ];
      expect(live.equal).toBe(false);
      expect(withoutNames(live)).toEqual(withoutNames(manifests));
      expect(live.differences.map(({ sql }) => sql)).not.toContain(null);
    }
    expect(await diff(['head', SECOND, '--dialect', family])).toMatchObject({
      expected: { kind: 'revision', name: THIRD, server: null },
      actual: { kind: 'revision', name: SECOND },
    });
  });

  test('swapping the sides swaps what is missing and what is unexpected', async () => {
    const [there, back] = [
      await diff([FIRST, THIRD, '--dialect', family]),
      await diff([THIRD, FIRST, '--dialect', family]),
    ];
    const swapped = places(there).map((place) =>
      place.replace(/^(?:missing|unexpected)/, (word) => SWAPPED[word as keyof typeof SWAPPED]),
    );
    expect(places(there)).toContain('unexpected tables.cat_features');
    expect(places(back).sort()).toEqual(swapped.sort());
  });

  test('two databases are compared without migrations or manifests; the exit code tells, and no password is shown', async () => {
    const args = ['diff', 'live', other.url, '--url', second.url, '--migrations', '/nowhere'];
    const equal = await run([...args, '--check']);
    expect(equal).toMatchObject({ exitCode: 0, stderr: '' });
    expect(equal.stdout).toMatch(/^equal: /);
    await runSql(
      other,
      `alter table cat_profiles add column nick_name varchar(40);
       create index by_nick on cat_profiles (nick_name);
       alter table detection_results drop column recognized_at;`,
    );
    const differing = await run([...args, '--check']);
    expect([differing.exitCode, differing.stderr]).toEqual([5, '']);
    expect(differing.stdout).toMatch(/^different: .* is not as live in 3 places$/m);
    expect(differing.stdout).toMatch(/\+ {2}unexpected {2}cat_profiles {6,}column nick_name/);
    expect(differing.stdout).toMatch(/- {2}missing {5}detection_results {2,}column recognized_at/);
    expect((await run(args)).exitCode).toBe(0);

    const url = new URL(other.url);
    const told = await diff(['live', other.url, '--url', second.url]);
    expect(places(told).sort()).toEqual([
      'missing tables.detection_results.columns.recognized_at',
      'unexpected tables.cat_profiles.columns.nick_name',
      'unexpected tables.cat_profiles.indexes.by_nick',
    ]);
    if (url.password !== '') expect(JSON.stringify(told)).not.toContain(url.password);
  });

  test('the SQL of each difference makes one database as the other', async () => {
    const [left, right] = await Promise.all([createDatabase(family), createDatabase(family)]);
    try {
      await runSql(left, await loadFixture(family, 'legacy-001'));
      await runSql(right, await loadFixture(family, 'legacy-001'));
      await runSql(
        right,
        'alter table cat_profiles add column nick_name varchar(40); create table strays (id int primary key);',
      );
      const { differences } = await diff(['live', right.url, '--url', left.url]);
      expect(differences).toHaveLength(2);
      for (const { sql } of differences) await runSql(right, sql ?? '');
      expect(await diff(['live', right.url, '--url', left.url])).toMatchObject({ equal: true });
    } finally {
      await Promise.all([left.dispose(), right.dispose()]);
    }
  });

  test('an index under another name is no difference, and is told', async () => {
    const [left, right] = await Promise.all([createDatabase(family), createDatabase(family)]);
    try {
      for (const [database, name] of [
        [left, 'one'],
        [right, 'two'],
      ] as const) {
        await runSql(
          database,
          `create table cats (id int primary key, age int); create index ${name} on cats (age);`,
        );
      }
      const args = ['live', right.url, '--url', left.url];
      expect(await diff(args)).toMatchObject({
        equal: true,
        otherNames: [{ table: 'cats', kind: 'index', expected: 'one', actual: 'two' }],
        rulesUsed: expect.arrayContaining(['constraint-and-index-names']),
      });
      expect((await run(['diff', ...args])).stdout).toContain('one → two');
    } finally {
      await Promise.all([left.dispose(), right.dispose()]);
    }
  });

  test('a revision that is none, and a database of the other family, are said to be so', async () => {
    const at = ['--url', second.url];
    const unknown = await run(['diff', '009_nothing', 'live', ...at]);
    expect([unknown.exitCode, failureOf(unknown).code]).toEqual([2, 'USAGE.UNKNOWN_REVISION']);
    const foreign =
      family === 'mysql' ? 'pglite::memory:' : 'mysql://nobody:secret99@localhost/none?password=secret98';
    const mixed = await run(['diff', 'live', foreign, ...at]);
    expect([mixed.exitCode, failureOf(mixed).code]).toEqual([2, 'USAGE.INVALID']);
    expect(mixed.stderr).toContain('cannot be compared');
    expect(mixed.stderr).not.toMatch(/secret9/);
  });
});
