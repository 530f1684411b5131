import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type PgliteDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { type HostileChain, hostileChain } from '../support/hostile-chain.ts';
import { HOSTILE_NAMES, HOSTILE_STEMS } from '../support/hostile-names.ts';
import { createProject, type Project } from '../support/project.ts';
import { withConnection } from '../support/sql-connection.ts';
import { type Ended, failureOf } from './command-line.ts';
import { runInProcess } from './in-process.ts';

/** Neither Knex nor a URL has an easy way to write it: the schema on PostgreSQL, the database on the MySQL family. */
const SCHEMA = `s"c'h\`e.m?a as $1 %s \${x} \\ -- é`;
/** The worst that Knex can write. */
const TABLE = `h"i's\`t $1 %s \${x} \\ -- /* é`;

/** What would reach a terminal as more than text. */
const HARMFUL = /(?!\n)[\p{Cc}\u202a-\u202e]/u;

const LOOKS = ['detect-state', 'status', 'current', 'history', 'pending'];

interface Place {
  readonly url: string;
  readonly schema: string;
  /** Runs SQL where the chain's tables are. */
  sql(statements: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

async function createMysqlPlace({ sql: { name } }: HostileChain): Promise<Place> {
  const beside = await createDatabase('mysql');
  const schema = `${SCHEMA} ${beside.name}`;
  await runSql(beside, `create database ${name(schema)} character set utf8mb4`);
  const url = new URL(beside.url);
  url.pathname = `/${encodeURIComponent(schema)}`;
  return {
    url: url.href,
    schema,
    sql: (statements) =>
      withConnection(beside.url, ({ script }) => script([`use ${name(schema)}`, ...statements].join(';\n'))),
    remove: async () => {
      await runSql(beside, `drop database ${name(schema)}`);
      await beside.dispose();
    },
  };
}

async function createPostgresPlace(
  family: 'postgres' | 'pglite',
  { sql: { name } }: HostileChain,
): Promise<Place> {
  const database: TestDatabase & Partial<PgliteDatabase> = await (family === 'pglite'
    ? createDatabase('pglite', { onDisk: true })
    : createDatabase('postgres'));
  const sql = async (statements: readonly string[]) => {
    await runSql(database, [`set search_path to ${name(SCHEMA)}`, ...statements].join(';\n'));
    // The command line is to open it.
    await database.release?.();
  };
  await sql([`create schema ${name(SCHEMA)}`]);
  return { url: database.url, schema: SCHEMA, sql, remove: () => database.dispose() };
}

const FAMILIES = ['postgres', 'mysql', 'pglite'] as const;
const [first = '', second = '', third = '', fourth = '', last = ''] = HOSTILE_STEMS;

/** `--accept` for each of these differences. */
const accepting = (differences: readonly { readonly path: readonly string[] }[]): string[] =>
  differences.flatMap(({ path: [, ...rest] }) => ['--accept', rest.join('.')]);
const isRisky = ({ grade }: { grade: string }) => grade === 'risky';

/** Gives a `describe` a project whose chain has such names, and a database or schema with such a name. */
function useHostilePlace(family: (typeof FAMILIES)[number]) {
  const names = HOSTILE_NAMES[family];
  const chain = hostileChain(family, names);
  let project: Project;
  let place: Place;
  beforeAll(async () => {
    project = await createProject(chain.files);
    place = await (family === 'mysql' ? createMysqlPlace(chain) : createPostgresPlace(family, chain));
  });
  afterAll(async () => {
    await place?.remove();
    await project?.remove();
  });
  const run = (...args: string[]): Promise<Ended> =>
    runInProcess([
      ...args,
      ...['--url', place.url, '--migrations', project.migrations],
      ...['--schema', place.schema, '--table', TABLE],
    ]);
  const done = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(stderr).not.toMatch(HARMFUL);
    // JSON is for programs.
    if (!stdout.startsWith('{')) expect(stdout).not.toMatch(HARMFUL);
    return stdout;
  };
  return {
    names,
    chain,
    manifests: () => path.join(project.migrations, 'manifests', family === 'mysql' ? 'mysql' : 'postgres'),
    sql: (statements: readonly string[]) => place.sql(statements),
    run,
    done,
    // biome-ignore lint/suspicious/noExplicitAny: whatever a command prints.
    json: async (...args: string[]): Promise<any> => JSON.parse(await done(...args, '--json')),
  };
}

describe.each(['postgres', 'mysql'] as const)('names of every kind on %s', (family) => {
  const { names, chain, manifests, sql, run, done, json } = useHostilePlace(family);

  test('go through manifests and what is said of migrations', async () => {
    await done('manifest', 'build');
    await done('manifest', 'check');
    await done('validate');
    for (const [index, stem] of HOSTILE_STEMS.entries()) {
      await done('show', stem);
      expect(await json('show', stem)).toMatchObject({ revision: stem, position: index + 1 });
      const expected = JSON.parse(await done('manifest', 'show', stem));
      const keys = names.map((name) =>
        /[."()]|^procedure /.test(name) ? `"${name.replaceAll('"', '""')}"` : name,
      );
      expect(Object.keys(expected.tables)).toEqual(expect.arrayContaining(keys));
    }
  });

  test('go through every look at a fresh database', async () => {
    await done('wait');
    expect(await json('detect-state')).toMatchObject({ state: 'fresh', pending: HOSTILE_STEMS });
    expect((await done('pending')).split('\n')).toHaveLength(HOSTILE_STEMS.length + 1);
    for (const command of LOOKS) {
      await done(command);
      await json(command);
    }
  });

  test('go through an adoption, strangers and all, and back', async () => {
    await sql([...chain.migrations.slice(0, 3).flatMap(({ up }) => up), ...chain.strangers]);
    const report = await json('detect-state');
    expect(report).toMatchObject({
      state: 'legacy',
      revision: third,
      pending: [fourth, last],
      unmodelled: expect.anything(),
    });
    expect(report.unmanaged).toHaveLength(names.length);
    const risky = report.differences.filter(isRisky);
    expect(risky).toHaveLength(names.length);
    await done('detect-state');

    const refused = await run('handle-legacy', '--dry-run', '--json');
    expect(refused.exitCode).toBe(4);
    const refusals: { code: string; hint: string }[] = JSON.parse(refused.stdout).plan.refused;
    expect(refusals.map(({ code }) => code)).toEqual(risky.map(() => 'REFUSED.RISKY'));
    // The hints are for a shell, which is asked what it makes of them.
    const words = refusals.map(({ hint }) => hint.slice(hint.indexOf('--accept ')));
    const { stdout } = await promisify(execFile)('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`]);
    const accept = stdout.split('\0').slice(0, -1);
    expect(accept).toEqual(accepting(risky));

    expect(await json('handle-legacy', '--dry-run', ...accept)).toMatchObject({ outcome: 'planned' });
    await done('handle-legacy', '--dry-run', ...accept);
    expect(await json('handle-legacy', '--yes', '--to', fourth, ...accept)).toMatchObject({
      outcome: 'adopted',
      stamped: [first, second, third],
      ran: [`${fourth}.js`],
    });
    expect(await json('history')).toMatchObject({
      entries: [
        { revision: first, status: 'adopted' },
        { revision: second, status: 'adopted' },
        { revision: third, status: 'adopted' },
        { revision: fourth, status: 'ran' },
        { revision: last, status: 'pending' },
      ],
    });
    expect(await json('upgrade')).toMatchObject({ outcome: 'upgraded', ran: [`${last}.js`] });
    expect(await json('detect-state')).toMatchObject({ state: 'managed', standing: 'upToDate' });
    for (const command of LOOKS) await done(command);
    expect(await json('downgrade', '--yes')).toMatchObject({ undone: [`${last}.js`] });
    expect(await json('downgrade', second, '--yes', '--below-adoption')).toMatchObject({
      undone: [`${fourth}.js`, `${third}.js`],
      after: second,
    });
    expect(await json('upgrade', third)).toMatchObject({ ran: [`${third}.js`], after: third });
  });

  const forget = () => sql([`drop table ${chain.sql.name(TABLE)}, ${chain.sql.name(`${TABLE}_lock`)}`]);

  test('go through plans in files, as JSON and as SQL, and back', async () => {
    await forget();
    const { differences } = await json('detect-state');
    const accept = accepting(differences.filter(isRisky));
    const script = await run('handle-legacy', '--sql', '-', '--to', fourth, ...accept);
    expect(`${script.exitCode} ${script.stderr}`).toMatch(/^0 /);
    await sql([script.stdout]);
    expect(await json('detect-state')).toMatchObject({ state: 'managed', revision: fourth });
    expect(await json('downgrade', third, '--yes')).toMatchObject({ undone: [`${fourth}.js`] });
    await forget();
    const file = path.join(manifests(), '..', 'a plan "$1".json');
    await done('handle-legacy', '--plan', file, '--to', third, ...accept);
    await done('handle-legacy', '--apply', file, '--yes');
    expect(await json('current')).toMatchObject({ current: third });
    await done('unadopt', '--yes');
    expect(await json('detect-state')).toMatchObject({ state: 'legacy', revision: third });
  });

  test('go through the completion of a migration that was half applied', async () => {
    // Three statements for each name.
    const undo = chain.migrations[1]?.down ?? [];
    await sql(undo.filter((_, index) => Math.floor(index / 3) % 2 === 0));
    const { state, differences } = await json('detect-state');
    expect(state).toBe('partial');
    const args = ['--on-partial', 'complete', '--to', third, ...accepting(differences.filter(isRisky))];
    await done('handle-legacy', '--dry-run', ...args);
    expect(await json('handle-legacy', '--yes', ...args)).toMatchObject({ outcome: 'completed', ran: [] });
    await done('unadopt', '--yes');
    expect(await json('detect-state')).toMatchObject({ state: 'legacy', revision: third });
  });

  test('go through differences between revisions and a database, and name a place that is not there', async () => {
    const live = await json('diff', third, 'live');
    // All that the strangers are, and nothing of the chain.
    expect(live.differences).toHaveLength(chain.strangers.length);
    await done('diff', third, 'live');
    expect((await json('diff', first, third)).differences.length).toBeGreaterThan(names.length);
    const place = 'no "such" `place` $1';
    expect(failureOf(await run('drop-set-aside', place, '--database', 'any'))).toMatchObject({
      message: expect.stringContaining(place),
    });
  });

  test('go through a stamp, a recording, a start and a repair', async () => {
    const { differences } = await json('detect-state');
    const accept = accepting(differences.filter(isRisky));
    expect(await json('stamp', third, ...accept)).toMatchObject({
      outcome: 'stamped',
      stamped: [first, second, third],
    });
    expect(failureOf(await run('stamp', last))).toMatchObject({ code: 'HISTORY.CONFLICT' });
    await done('startup');
    expect(await json('current')).toMatchObject({ current: last });
    await sql([`update ${chain.sql.name(TABLE)} set name = replace(name, '.js', '.ts')`]);
    await done('repair-history', '--dry-run');
    await done('repair-history', '--yes');
    expect(await json('current')).toMatchObject({ current: last });
    // What is there now, strangers and all, is accepted for the last revision.
    await done('manifest', 'record', last, '--variant', 'with-strangers');
    expect(await json('detect-state')).toMatchObject({ state: 'managed', differences: [] });
    await rm(path.join(manifests(), `${last}.json`));
    await rm(path.join(manifests(), 'variants'), { recursive: true });
    await done('manifest', 'record', last);
    expect(await json('detect-state')).toMatchObject({ state: 'managed', differences: [] });
  });

  test('stop a new migration whose name could not be one, or would not come last', async () => {
    for (const name of names.filter((one) => !/^[\w\s-]*$/.test(one) && !one.startsWith('-'))) {
      const { code, message } = failureOf(await run('create', name));
      expect([name, code]).toEqual([name, 'USAGE.INVALID']);
      expect(message).not.toMatch(HARMFUL);
    }
    expect(failureOf(await run('create', 'cats'))).toMatchObject({ code: 'MIGRATIONS.EXISTS' });
  });
});

describe('names of every kind on pglite', () => {
  const { chain, sql, done, json } = useHostilePlace('pglite');

  // It shares the dialect with the server, and opening it takes its time: the way there and back.
  test('go through manifests, an adoption and a start', async () => {
    await done('manifest', 'build');
    await sql([...chain.migrations.slice(0, 3).flatMap(({ up }) => up), ...chain.strangers]);
    const { revision, differences } = await json('detect-state');
    expect(revision).toBe(third);
    const accept = accepting(differences.filter(isRisky));
    expect(await json('handle-legacy', '--yes', '--to', fourth, ...accept)).toMatchObject({
      stamped: [first, second, third],
      ran: [`${fourth}.js`],
    });
    await done('startup');
    expect(await json('downgrade', '--yes')).toMatchObject({ undone: [`${last}.js`], after: fourth });
    await done('history');
  });
});

test('no command is left out', async () => {
  const { stdout } = await runInProcess(['--help']);
  const commands = [...stdout.matchAll(/^ +knex-adopt ([\w-]+)/gm)].map(([, command = '']) => command);
  const source = await readFile(import.meta.filename, 'utf8');
  expect(commands.length).toBeGreaterThan(15);
  expect(commands.filter((command) => !source.includes(`'${command}'`))).toEqual([]);
});
