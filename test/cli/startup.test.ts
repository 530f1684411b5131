import { describe, expect, test } from 'vitest';
import { createDatabase, dumpSchema, runSql, type TestDatabase } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { RECORDED_NAMES } from '../support/reference-chain.ts';
import { type RunOptions, runProcess, start } from './command-line.ts';
import { deadDatabase, lateDatabase } from './servers-that-fail.ts';

/** Prints a word once the entrypoint has started it, and ends with a status of its own. */
const child = (exitCode: number) => [
  '--',
  process.execPath,
  '-e',
  `console.log('served'); process.exit(${exitCode})`,
];

async function withFixture(
  family: 'postgres' | 'mysql',
  name: string,
  work: (database: TestDatabase) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(family);
  try {
    const sql = await loadFixture(family, name);
    if (sql.trim() !== '') await runSql(database, sql);
    await work(database);
  } finally {
    await database.dispose();
  }
}

/** The events of a log in JSON lines. */
function events(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String((JSON.parse(line) as { event: unknown }).event));
}

const JSON_LOG: RunOptions = { env: { LOG_FORMAT: 'json' } };

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  test('a database that is down for its first 5 s is waited for, adopted, and the command is run', () =>
    withFixture(family, 'legacy-002', async (database) => {
      const url = await lateDatabase(database.url, 5000);
      const ended = await runProcess(['startup', '--url', url, ...child(3)], JSON_LOG);
      expect(ended).toMatchObject({ exitCode: 3, stdout: 'served\n' });
      expect(events(ended.stderr)).toEqual(['waiting', 'detected', 'stamped', 'ran']);
      expect(await database.knex()('knex_migrations').orderBy('id').pluck('name')).toEqual(RECORDED_NAMES);
    }));

  test('eight at once on a fresh database all start their command, and each migration runs once', () =>
    withFixture(family, 'empty', async (database) => {
      const all = await Promise.all(
        Array.from({ length: 8 }, () =>
          runProcess(['startup', '--url', database.url, ...child(0)], JSON_LOG),
        ),
      );
      expect(all.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(Array(8).fill([0, 'served\n']));
      expect(all.flatMap(({ stderr }) => events(stderr)).filter((event) => event === 'ran')).toHaveLength(3);
      const knex = database.knex();
      expect(await knex('knex_migrations').orderBy('id').pluck('name')).toEqual(RECORDED_NAMES);
      expect(await knex('knex_migrations_lock').pluck('is_locked')).toEqual([0]);
    }));

  test('where there is nothing to do one line says so', () =>
    withFixture(family, 'managed-head', async (database) => {
      const ended = await runProcess(['startup', '--url', database.url]);
      expect(ended.exitCode).toBe(0);
      expect(ended.stderr).toMatch(/^\S+Z up-to-date\n$/);
    }));
});

test.each([
  ['AUTO_MIGRATE=false', { AUTO_MIGRATE: 'false' }],
  ['AUTO_MIGRATE=0', { AUTO_MIGRATE: '0' }],
  ['NODE_ENV=test', { NODE_ENV: 'test' }],
])('with %s it only reports, and runs the command', (reason, env) =>
  withFixture('postgres', 'legacy-002', async (database) => {
    const schema = await dumpSchema(database.knex());
    const ended = await runProcess(['startup', '--url', database.url, ...child(0)], { env });
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'served\n' });
    expect(ended.stderr).toMatch(/^\S+Z detected legacy at 002_cat_recognition$/m);
    expect(ended.stderr).toMatch(new RegExp(`^\\S+Z reported legacy at 002_cat_recognition.*${reason}`, 'm'));
    expect(await dumpSchema(database.knex())).toBe(schema);
    expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
  }),
);

test('where it only reports, a verdict that cannot be told keeps nobody from starting', () =>
  withFixture('postgres', 'legacy-002', async (database) => {
    const args = ['startup', '--url', database.url, '--manifests', 'no/such/folder', ...child(0)];
    const reported = await runProcess(args, { env: { AUTO_MIGRATE: 'false' } });
    expect(reported).toMatchObject({ exitCode: 0, stdout: 'served\n' });
    expect(reported.stderr).toMatch(/^\S+Z failed \[MANIFEST\.MISSING\]/m);
    const migrated = await runProcess(args);
    expect(migrated).toMatchObject({ exitCode: 2, stdout: '' });
  }));

test('AUTO_MIGRATE=true wins over NODE_ENV=test, and another word is refused', () =>
  withFixture('postgres', 'empty', async (database) => {
    const typo = await runProcess(['startup', '--url', database.url], { env: { AUTO_MIGRATE: 'flase' } });
    expect(typo.exitCode).toBe(2);
    expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
    const env = { AUTO_MIGRATE: 'true', NODE_ENV: 'test' };
    expect((await runProcess(['startup', '--url', database.url], { env })).exitCode).toBe(0);
    expect(await database.knex()('knex_migrations').pluck('name')).toHaveLength(3);
  }));

test('a refusal is the exit status, and the command is not started', () =>
  withFixture('postgres', 'partial-short-of-002', async (database) => {
    const schema = await dumpSchema(database.knex());
    const ended = await runProcess(['startup', '--url', database.url, ...child(0)]);
    expect(ended).toMatchObject({ exitCode: 4, stdout: '' });
    expect(ended.stderr).toMatch(/^\S+Z refused \[REFUSED\.PARTIAL\] .* Hint: ./m);
    expect(await dumpSchema(database.knex())).toBe(schema);
  }));

describe('while the database is down', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends the wait at once', async (signal, exitCode) => {
    const url = await deadDatabase('postgres://cats:geheim@127.0.0.1/cats');
    const started = start(['startup', '--url', url, ...child(0)]);
    await started.saying('waiting');
    started.child.kill(signal);
    const ended = await started.ended;
    expect(ended).toMatchObject({ exitCode, stdout: '' });
  });

  test('waiting has an end', async () => {
    const url = await deadDatabase('mysql://cats:geheim@127.0.0.1/cats');
    const ended = await runProcess(['startup', '--timeout', '1', '--url', url, ...child(0)]);
    expect(ended).toMatchObject({ exitCode: 7, stdout: '' });
    expect(ended.stderr).toMatch(/^\S+Z failed \[WAIT\.TIMEOUT\]/m);
    const wait = await runProcess(['wait', '--timeout', '1', '--url', url]);
    expect(wait.exitCode).toBe(7);
    expect(wait.stderr).toContain('WAIT.TIMEOUT');
  });
});

describe('the command', () => {
  const serving = `
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => { console.log(signal); process.exit(5); });
    process.stderr.write('serving');
    setInterval(() => {}, 1000);`;

  test.each(['SIGTERM', 'SIGHUP'] as const)('gets %s, and its exit status is ours', (signal) =>
    withFixture('postgres', 'managed-head', async (database) => {
      const started = start(['startup', '--url', database.url, '--', process.execPath, '-e', serving]);
      await started.saying('serving');
      started.child.kill(signal);
      expect(await started.ended).toMatchObject({ exitCode: 5, stdout: `${signal}\n` });
    }),
  );

  test('that dies of a signal gives 128 and its number', () =>
    withFixture('postgres', 'managed-head', async (database) => {
      const dying = ['--', process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")'];
      expect((await runProcess(['startup', '--url', database.url, ...dying])).exitCode).toBe(137);
    }));

  test('that is not there is said to be so', () =>
    withFixture('postgres', 'managed-head', async (database) => {
      const ended = await runProcess(['startup', '--url', database.url, '--', 'no-such-program']);
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toContain('no-such-program');
    }));
});

test('wait ends as soon as the database accepts connections', () =>
  withFixture('mysql', 'empty', async (database) => {
    const ended = await runProcess(['wait', '--url', await lateDatabase(database.url, 1500)]);
    expect(ended).toMatchObject({ exitCode: 0, stdout: '' });
    expect(ended.stderr).toContain('accepts connections');
  }));
