import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindRole, dumpSchema, rowCounts, runSql } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { serverUrls } from '../support/server-urls.ts';
import { uniqueName } from '../support/test-database.ts';
import { useDatabase } from '../support/use-database.ts';
import { createProject, type Ended, failureOf, type Project, ROOT, run } from './command-line.ts';
import { deadDatabase, refusingPostgres } from './servers-that-fail.ts';

const SECRET = 'hunter2-geheim%23';
const SECRET_IN_CLEAR = decodeURIComponent(SECRET);

/** One sentence for people, a hint, a code, nothing on stdout, and no secret anywhere. */
function expectFailure(ended: Ended, code: string, exitCode: number, message?: RegExp): void {
  const failure = failureOf(ended);
  expect(failure.code, ended.stderr).toBe(code);
  expect(ended.exitCode).toBe(exitCode);
  expect(ended.stdout).toBe('');
  expect(failure.message).toMatch(/^[^\n]+[.?]$/);
  expect(failure.hint).toMatch(/\S/);
  expect(ended.stderr.split('\n').filter((line) => line.startsWith('knex-adopt: '))).toHaveLength(1);
  expect(ended.stderr).not.toContain('    at ');
  if (message !== undefined) expect(failure.message).toMatch(message);
  for (const secret of [SECRET, SECRET_IN_CLEAR]) expect(ended.stderr + ended.stdout).not.toContain(secret);
}

function withPassword(url: string, name = 'cats'): string {
  const result = new URL(url);
  result.username = name;
  result.password = SECRET;
  return result.href;
}

describe.each(['postgres', 'mysql'] as const)('on %s, bad input changes nothing:', (family) => {
  const database = useDatabase(family);
  let before: unknown;
  const state = async () => [await dumpSchema(database.knex()), await rowCounts(database.knex())];
  /** The command that would write, were the input good. */
  const adopt = (...args: string[]) => run(['handle-legacy', '--yes', ...args]);
  const adoptIn = (project: Project) => project.run(['handle-legacy', '--yes', '--url', database.url]);

  beforeAll(async () => {
    await runSql(database, await loadFixture(family, 'legacy-002'));
    before = await state();
  });

  afterAll(async () => {
    expect(await state()).toEqual(before);
    expect(await database.knex().schema.hasTable('knex_migrations')).toBe(false);
  });

  test('a wrong password', async () => {
    const url =
      family === 'postgres'
        ? `postgres://cats:${SECRET}@127.0.0.1:${await refusingPostgres()}/cats`
        : withPassword(database.url, uniqueName('nobody'));
    expectFailure(await adopt('--url', url), 'CONNECT.AUTH', 7);
  });

  test('an unknown host', async () => {
    const url = new URL(withPassword(database.url));
    url.hostname = 'nowhere.invalid';
    expectFailure(await adopt('--url', url.href), 'CONNECT.UNREACHABLE', 7);
  });

  test('a port that nobody listens on', async () => {
    const url = await deadDatabase(withPassword(database.url));
    expectFailure(await adopt('--url', url), 'CONNECT.UNREACHABLE', 7, /127\.0\.0\.1/);
  });

  test('an unknown database', async () => {
    const server = new URL((await serverUrls())[family]);
    server.pathname = `/${uniqueName('nowhere')}`;
    expectFailure(await adopt('--url', server.href), 'CONNECT.NO_DATABASE', 7);
  });

  test('a missing migrations folder', async () => {
    const ended = await adopt('--url', database.url, '--migrations', 'no/such/folder');
    expectFailure(ended, 'MIGRATIONS.MISSING', 2, /no\/such\/folder/);
  });

  test('a migration that does not load', async () => {
    const project = await createProject({}, { chain: true });
    await project.write({ 'migrations/003_activity_features.ts': 'export const up = ;\n' });
    expectFailure(await adoptIn(project), 'MIGRATIONS.LOAD', 2, /003_activity_features\.ts/);
  });

  test('no manifests', async () => {
    const ended = await adopt('--url', database.url, '--manifests', 'no/such/folder');
    expectFailure(ended, 'MANIFEST.MISSING', 2);
  });

  test('a manifest edited by hand so that its fingerprint lies', async () => {
    const project = await createProject({}, { chain: true });
    const file = join(project.folder, 'migrations/manifests', family, '001_initial_schema.json');
    const text = await readFile(file, 'utf8');
    expect(text).toContain('"microchip_id"');
    await writeFile(file, text.replaceAll('"microchip_id"', '"microchip_no"'));
    expectFailure(await adoptIn(project), 'MANIFEST.FINGERPRINT', 2, /001_initial_schema\.json/);
  });

  test('manifests of the other dialect', async () => {
    const project = await createProject({}, { chain: true });
    const other = family === 'postgres' ? 'mysql' : 'postgres';
    await project.write({
      [`other/${other}/001_initial_schema.json`]: await readFile(
        join(ROOT, 'migrations/manifests', other, '001_initial_schema.json'),
        'utf8',
      ),
    });
    const ended = await project.run([
      'handle-legacy',
      '--yes',
      '--url',
      database.url,
      '--manifests',
      'other',
    ]);
    expectFailure(ended, 'MANIFEST.DIALECT', 2);
  });

  test('a role that sees nothing', async () => {
    expectFailure(await adopt('--url', await createBlindRole(database)), 'DETECT.BLIND', 2);
  });

  test('an unknown option', async () => {
    expectFailure(await adopt('--url', database.url, '--froce'), 'USAGE.INVALID', 2, /--froce/);
  });

  test('an unknown revision', async () => {
    for (const option of ['--to', '--at']) {
      const ended = await adopt('--url', database.url, option, '009_nothing');
      expectFailure(ended, 'USAGE.UNKNOWN_REVISION', 2, /009_nothing/);
      expect(failureOf(ended).hint).toContain('002_cat_recognition');
    }
  });
});

describe('bad URLs are told apart, and never shown:', () => {
  test.each([
    ['no scheme', `localhost/cats?password=${SECRET}`, /scheme/],
    ['another scheme', `oracle://cats:${SECRET}@localhost/cats`, /oracle/],
    ['one slash', `postgres:/cats:${SECRET}@127.0.0.1:1/cats`, /"\/\/" is missing/],
    ['no slash', `mysql:cats:${SECRET}@127.0.0.1:1/cats`, /"\/\/" is missing/],
    ['one slash too many', `postgres:///cats:${SECRET}@127.0.0.1:1/cats`, /"@"/],
    ['no database', `postgres://cats:${SECRET}@localhost`, /names no database/],
    ['a port that is none', `mysql://cats:${SECRET}@localhost:33o6/cats`, /port/],
    ['a slash in the password', `postgres://cats:a/${SECRET}@localhost/cats`, /port/],
    ['a space', `postgres://cats:${SECRET}@local host/cats`, /space/],
    ['a percent sign that stands for nothing', `postgres://cats:${SECRET}%zz@localhost/cats`, /percent/],
    ['a PGlite without a directory', 'pglite:', /directory/],
  ])('%s', async (_, url, message) => {
    expectFailure(await run(['status', '--url', url]), 'CONFIG.BAD_URL', 2, message);
    expectFailure(await run(['status'], { env: { DATABASE_URL: url } }), 'CONFIG.BAD_URL', 2, message);
  });
});

test('no command shows the password of a database that cannot be reached', async () => {
  const url = `postgres://cats:${SECRET}@127.0.0.1:1/cats`;
  const commands = [
    ['detect-state', '--json', '--verbose'],
    ['status', '--verbose'],
    ['upgrade', '--log-format', 'json', '--verbose'],
    ['stamp', '002_cat_recognition', '--unverified'],
    ['manifest', 'build', '--verbose'],
    ['wait', '--timeout', '1', '--verbose'],
    ['startup', '--timeout', '1', '--verbose'],
  ];
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await run([...command, '--url', url], { env: { DEBUG: '*' } });
    expect(exitCode, command.join(' ')).toBe(7);
    expect(stdout).toBe('');
    for (const secret of [SECRET, SECRET_IN_CLEAR]) expect(stderr).not.toContain(secret);
  }
});

test('with --json a failure is one object on stderr, and stdout stays empty', async () => {
  const ended = await run(['detect-state', '--json', '--url', 'postgres://127.0.0.1:1/cats']);
  expect(ended).toMatchObject({ exitCode: 7, stdout: '' });
  expect(JSON.parse(ended.stderr)).toEqual({
    error: { code: 'CONNECT.UNREACHABLE', message: expect.any(String), hint: expect.any(String) },
  });
});

test('with no database named, every way to name one is', async () => {
  const ended = await run(['status']);
  expectFailure(ended, 'CONFIG.NO_DATABASE', 2);
  expect(failureOf(ended).hint).toMatch(/--url.*--knexfile.*DATABASE_URL.*POSTGRES_HOST.*MYSQL_/);
});

describe('what stands in the way outside of us is said in one sentence:', () => {
  const legacy = ['handle-legacy', '--url', 'pglite::memory:'];

  test.each([
    ['an option with an empty value', ['status', '--schema', ''], 'USAGE.INVALID', /--schema takes a value/],
    [
      'a mapping that is a folder',
      [...legacy, '--map', 'src'],
      'CONFIG.FILE',
      /src cannot be read \(EISDIR\)/,
    ],
    [
      'a plan that is a folder',
      [...legacy, '--apply', 'src'],
      'CONFIG.FILE',
      /src cannot be read \(EISDIR\)/,
    ],
    ['a full disk for a script', [...legacy, '--sql', '/dev/full'], 'CONFIG.FILE', /\/dev\/full.*ENOSPC/],
    [
      'a full disk for a report',
      ['detect-state', '--url', 'pglite::memory:', '--html', '/dev/full'],
      'CONFIG.FILE',
      /\/dev\/full.*ENOSPC/,
    ],
    ['a PGlite that is a file', ['status', '--url', 'pglite:package.json'], 'CONFIG.FILE', /package\.json/],
    [
      'a PGlite that cannot be made',
      ['handle-legacy', '--yes', '--url', 'pglite:/proc/no/where'],
      'CONFIG.FILE',
      /\/proc\/no/,
    ],
  ])('%s', async (_, args, code, message) => {
    expectFailure(await run(args), code, 2, message);
  });

  test('a PostgreSQL URL with the port of a MariaDB', async () => {
    const url = new URL((await serverUrls()).mysql);
    for (const query of ['', '?sslmode=require']) {
      const ended = await run(['status', '--url', `postgres://cats@${url.host}/cats${query}`]);
      expectFailure(ended, 'DETECT.UNSUPPORTED_SERVER', 2, /PostgreSQL/);
    }
  });

  test('TLS that the server does not offer', async () => {
    const ended = await run(['status', '--url', `${(await serverUrls()).postgres}?sslmode=require`]);
    expectFailure(ended, 'CONNECT.AUTH', 7, /no TLS/);
  });

  test('a manifest that is a folder', async () => {
    const project = await createProject({}, { chain: true });
    const file = 'migrations/manifests/postgres/002_cat_recognition.json';
    await rm(join(project.folder, file));
    await mkdir(join(project.folder, file));
    const ended = await project.run(['status', '--url', 'pglite::memory:']);
    expectFailure(ended, 'MANIFEST.INVALID', 2, /002_cat_recognition\.json cannot be read/);
  });
});

test('a PGlite folder that another process has open is not opened twice', async () => {
  const project = await createProject({
    'cats.lock': JSON.stringify({ pid: process.pid, host: (await import('node:os')).hostname(), token: 'x' }),
  });
  const ended = await project.run([
    'status',
    '--url',
    'pglite:cats',
    '--migrations',
    join(ROOT, 'migrations'),
  ]);
  expectFailure(ended, 'CONNECT.IN_USE', 6);
});

test('a PGlite in memory, misspelled, is no folder of that name', async () => {
  const project = await createProject({});
  expectFailure(await project.run(['status', '--url', 'pglite::mem']), 'CONFIG.BAD_URL', 2);
  expect(await readdir(project.folder)).toEqual(['node_modules']);
});

describe('a PGlite folder in which there is no database', () => {
  const READING: readonly (readonly string[])[] = [
    ['status'],
    ['detect-state', '--check'],
    ['current'],
    ['history'],
    ['pending'],
    ['wait', '--timeout', '1'],
    ['diff', 'head', 'live'],
    ['create', 'more', '--autogenerate', '--from', 'live'],
    ['manifest', 'record', '001_initial_schema'],
    ['handle-legacy', '--dry-run', '--shared'],
    ['handle-legacy', '--sql', '-', '--shared'],
    ['handle-legacy', '--rehearse', '--shared'],
    ['repair-history', '--yes'],
    ['stamp', '001_initial_schema', '--unverified'],
    ['unadopt', '--yes'],
    ['downgrade', '--yes'],
  ];

  test.each(READING)('is said to be so by %s %s, and nothing is made', async (...command) => {
    const project = await createProject({}, { chain: true });
    const at = ['--url', 'pglite:typo/deep/db'];
    expectFailure(await project.run([...command, ...at]), 'CONNECT.NO_DATABASE', 7, /typo\/deep\/db/);
    expect(await readdir(project.folder)).toEqual(['migrations', 'node_modules']);
  });

  test('is said to be so by a start-up that only reports', async () => {
    const project = await createProject({}, { chain: true });
    const ended = await project.run(['startup', '--url', 'pglite:typo'], { AUTO_MIGRATE: 'false' });
    expect([ended.exitCode, ended.stdout]).toEqual([7, '']);
    expect(ended.stderr).toContain('CONNECT.NO_DATABASE');
    expect(await readdir(project.folder)).toEqual(['migrations', 'node_modules']);
  });

  test.each([['upgrade'], ['startup'], ['handle-legacy', '--yes']])(
    'gets one from %s, but where it holds other files',
    async (...command) => {
      const project = await createProject({ 'mine/thesis.txt': 'years of work' }, { chain: true });
      const other = await project.run([...command, '--url', 'pglite:mine']);
      expect([other.exitCode, other.stdout]).toEqual([7, '']);
      expect(other.stderr).toContain('CONNECT.NO_DATABASE');
      expect(await readdir(join(project.folder, 'mine'))).toEqual(['thesis.txt']);
      const made = await project.run([...command, '--url', 'pglite:data/cats']);
      expect(made.exitCode, made.stderr).toBe(0);
      expect((await project.run(['current', '--url', 'pglite:data/cats'])).stdout).toBe(
        '003_activity_features\n',
      );
    },
  );
});
