/** Databases damaged at random and rescued: the runner of `npm run damage`, on a few databases of the reference chain and on a chain of dumps. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runRescues } from '../../accuracy/rescue/main.ts';
import { lineDifference, structureOf } from '../../accuracy/rescue/oracle.ts';
import { createDatabase } from '../support/database.ts';
import { serverUrls } from '../support/server-urls.ts';
import { withConnection } from '../support/sql-connection.ts';
import { uniqueName } from '../support/test-database.ts';

async function rescue(argv: readonly string[], prefix = uniqueName('rescue')) {
  const out: string[] = [];
  const err: string[] = [];
  const { postgres, mysql } = await serverUrls();
  const io = {
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
    signal: new AbortController().signal,
    prefix,
  };
  const servers = ['--server', postgres, '--server', mysql];
  const status = await runRescues([...argv, ...servers], io);
  return { status, out, err };
}

describe('databases of the reference chain', () => {
  test.each(['postgres', 'mysql'])(
    'on %s each comes out as the revision that it was with every row, or as it was before',
    async (family) => {
      const prefix = uniqueName('rescue');
      const { status, out } = await rescue(
        ['--only', `reference.${family}`, '--count', '10', '--seed', '11'],
        prefix,
      );
      expect(out.at(-1)).toBe('10 databases, 10 as they must be, 0 wrong');
      expect(status).toBe(0);
      const { [family as 'postgres']: url } = await serverUrls();
      const left = await withConnection(url, ({ query }) =>
        query(
          family === 'postgres'
            ? `SELECT datname FROM pg_database WHERE datname LIKE '${prefix}%'`
            : `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '${prefix}%'`,
        ),
      );
      expect(left).toEqual([]);
    },
    480_000,
  );
});

test('a chain of dumps, whose migrations are made of what its manifests say', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'knex-adopt-rescue-'));
  const folder = path.join(directory, 'shelter.mysql');
  await mkdir(folder);
  const cats = 'create table cats (id int primary key, name varchar(9), key by_name (name));\n';
  const dogs = 'create table dogs (id int primary key, cat int, foreign key (cat) references cats (id));\n';
  await writeFile(path.join(folder, '1.sql'), cats);
  await writeFile(path.join(folder, '2.sql'), cats + dogs);
  const revisions = [
    { recordedName: '001_cats.js', dump: '1.sql' },
    { recordedName: '002_dogs.js', dump: '2.sql' },
  ];
  await writeFile(path.join(folder, 'chain.json'), JSON.stringify({ dialect: 'mysql', revisions }));
  try {
    const { status, out } = await rescue([directory, '--only', 'shelter', '--count', '8', '--verbose']);
    expect(out.at(-1)).toBe('8 databases, 8 as they must be, 0 wrong');
    expect(out.filter((line) => line.startsWith('shelter.mysql '))).toHaveLength(8);
    expect(status).toBe(0);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('another structure is told from the same one in another order, spelling and display width', async () => {
  const [one, other] = await Promise.all([createDatabase('mysql'), createDatabase('mysql')]);
  try {
    await one.knex().raw("create table cats (id int, name varchar(9) check (name <> ''), key a (name))");
    await other
      .knex()
      .raw("create table cats (name varchar(9), id int(4), key b (name) using btree, check (name <> ''))");
    const [a, b] = [await structureOf(one.knex()), await structureOf(other.knex())];
    expect(lineDifference(a, b)).toEqual([]);
    await other.knex().raw('alter table cats modify id bigint');
    expect(lineDifference(a, await structureOf(other.knex()))).toEqual([
      '- table cats: `id` int DEFAULT NULL',
      '+ table cats: `id` bigint DEFAULT NULL',
    ]);
  } finally {
    await one.dispose();
    await other.dispose();
  }
});

test('a default of NULL is none, and another is told', async () => {
  const [one, other] = await Promise.all([createDatabase('postgres'), createDatabase('postgres')]);
  try {
    await one.knex().raw("create table cats (id int, name varchar(9), mood text default 'calm')");
    await other
      .knex()
      .raw(
        "create table cats (id int default null, name varchar(9) default null::varchar, mood text default 'NULL')",
      );
    const [a, b] = [await structureOf(one.knex()), await structureOf(other.knex())];
    expect(lineDifference(a, b)).toEqual([
      "- column cats: mood text default 'calm'::text",
      "+ column cats: mood text default 'NULL'::text",
    ]);
  } finally {
    await one.dispose();
    await other.dispose();
  }
});

test('options that cannot be understood end with how to use it', async () => {
  const { status, err } = await rescue(['--count', 'many']);
  expect(status).toBe(2);
  expect(err.join('\n')).toMatch(/--seed and --count take whole numbers[\s\S]*Usage: npm run damage/);
});
