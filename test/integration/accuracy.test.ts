/** The accuracy runner, on chains of a few revisions: that it measures, that it can fail, and that it leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAccuracy } from '../../accuracy/main.ts';
import { serverUrls } from '../support/server-urls.ts';
import { withConnection } from '../support/sql-connection.ts';
import { uniqueName } from '../support/test-database.ts';

type Family = 'postgres' | 'mysql';

interface Dumps {
  readonly empty: string;
  readonly owners: string;
  readonly cats: string;
  /** As `cats`, with another name of an index and another comment. */
  readonly renamed: string;
  /** Another text for the schema of `owners`. */
  readonly ownersInOtherWords: string;
  /** Another database each time it is loaded. */
  readonly unsteady: string;
  readonly broken: string;
}

const POSTGRES_OWNERS = `
CREATE TABLE public.owners (
    id integer NOT NULL,
    name character varying(40) DEFAULT 'nobody'::character varying NOT NULL,
    born date
);
ALTER TABLE ONLY public.owners
    ADD CONSTRAINT owners_pkey PRIMARY KEY (id);
`;

const POSTGRES_CATS = `
CREATE TABLE public.cats (
    id integer NOT NULL,
    owner_id integer,
    lives integer DEFAULT 9,
    note text,
    CONSTRAINT cats_lives CHECK ((lives > 0))
);
ALTER TABLE ONLY public.cats
    ADD CONSTRAINT cats_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cats
    ADD CONSTRAINT cats_note_unique UNIQUE (note);
CREATE INDEX cats_lives_index ON public.cats USING btree (lives);
COMMENT ON TABLE public.cats IS 'with tails';
ALTER TABLE ONLY public.cats
    ADD CONSTRAINT cats_owner FOREIGN KEY (owner_id) REFERENCES public.owners(id) ON DELETE CASCADE;
CREATE VIEW public.kept AS
 SELECT cats.id
   FROM public.cats
  WHERE (cats.owner_id IS NOT NULL);
`;

const MYSQL_OWNERS = `
CREATE TABLE \`owners\` (
  \`id\` int(10) unsigned NOT NULL AUTO_INCREMENT,
  \`name\` varchar(40) NOT NULL DEFAULT 'nobody',
  \`born\` date DEFAULT NULL,
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
`;

const MYSQL_CATS = `
CREATE TABLE \`cats\` (
  \`id\` int(10) unsigned NOT NULL,
  \`owner_id\` int(10) unsigned DEFAULT NULL COMMENT 'nobody at times',
  \`lives\` int(11) DEFAULT 9,
  \`note\` varchar(200) DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`cats_note_unique\` (\`note\`),
  KEY \`cats_lives_index\` (\`lives\`),
  KEY \`cats_owner\` (\`owner_id\`),
  CONSTRAINT \`cats_owner\` FOREIGN KEY (\`owner_id\`) REFERENCES \`owners\` (\`id\`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
DELIMITER ;;
CREATE FUNCTION \`tails\`() RETURNS int(11) DETERMINISTIC BEGIN RETURN 1; END ;;
DELIMITER ;
`;

const DUMPS: Readonly<Record<Family, Dumps>> = {
  postgres: {
    empty: '-- nothing\n',
    owners: POSTGRES_OWNERS,
    cats: POSTGRES_OWNERS + POSTGRES_CATS,
    renamed:
      POSTGRES_OWNERS + POSTGRES_CATS.replace('cats_lives_index', 'other').replace('with tails', 'fed'),
    ownersInOtherWords: POSTGRES_OWNERS.replace('born date', 'born date NULL'),
    unsteady: `${POSTGRES_OWNERS}
DO $$ BEGIN EXECUTE format('ALTER TABLE public.owners ALTER COLUMN name SET DEFAULT %L', random()); END $$;
`,
    broken: 'CREATE TABLE public.owners (id nothing_like_it);\n',
  },
  mysql: {
    empty: '/*!40101 SET NAMES utf8mb4 */;\n',
    owners: MYSQL_OWNERS,
    cats: MYSQL_OWNERS + MYSQL_CATS,
    renamed:
      MYSQL_OWNERS + MYSQL_CATS.replace('cats_lives_index', 'other').replace('nobody at times', 'stray'),
    ownersInOtherWords: MYSQL_OWNERS.replace('`born` date DEFAULT NULL', '`born` date'),
    unsteady: `${MYSQL_OWNERS}
SET @text = CONCAT('ALTER TABLE owners ALTER COLUMN name SET DEFAULT ''', RAND(), '''');
PREPARE statement FROM @text;
EXECUTE statement;
`,
    broken: 'CREATE TABLE `owners` (`id` nothing_like_it);\n',
  },
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'knex-adopt-accuracy-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Writes a chain whose revisions, by name, leave these dumps. */
async function writeChain(
  name: string,
  family: Family,
  revisions: readonly (readonly [string | null, keyof Dumps])[],
): Promise<void> {
  const folder = path.join(directory, `${name}.${family}`);
  await mkdir(folder);
  for (const dump of new Set(revisions.map(([, one]) => one))) {
    await writeFile(path.join(folder, `${dump}.sql.gz`), gzipSync(DUMPS[family][dump]));
  }
  const chain = {
    dialect: family,
    revisions: revisions.map(([recordedName, dump]) => ({ recordedName, dump: `${dump}.sql.gz` })),
  };
  await writeFile(path.join(folder, 'chain.json'), JSON.stringify(chain));
}

/** Runs it on this test's chains and servers. */
async function run(
  args: readonly string[] = [],
  world: { readonly prefix?: string; readonly stopAtOutput?: boolean } = {},
) {
  const { postgres, mysql } = await serverUrls();
  const lines: string[] = [];
  const stop = new AbortController();
  const status = await runAccuracy([directory, '--server', postgres, '--server', mysql, ...args], {
    out: (line) => {
      lines.push(line);
      if (world.stopAtOutput === true) stop.abort();
    },
    err: (line) => lines.push(line),
    signal: stop.signal,
    prefix: world.prefix ?? 'accuracy_',
  });
  return { status, output: lines.join('\n') };
}

async function databasesOf(family: Family, prefix: string): Promise<number> {
  const { [family]: url } = await serverUrls();
  const from = {
    postgres: 'pg_database WHERE datname',
    mysql: 'information_schema.schemata WHERE schema_name',
  };
  const rows = await withConnection(url, ({ query }) =>
    query(`SELECT * FROM ${from[family]} LIKE '${prefix}%'`),
  );
  return rows.length;
}

const families: readonly Family[] = ['postgres', 'mysql'];

describe.each(families)('the accuracy runner on %s', (family) => {
  const SOUND = [
    [null, 'empty'],
    ['001_owners.js', 'owners'],
    ['002_cats.ts', 'cats'],
    ['003_rows_only.js', 'cats'],
    ['004_names.js', 'renamed'],
  ] as const;

  test('finds every database where it stands, and each damage done to it', async () => {
    await writeChain('pets', family, SOUND);
    const json = path.join(directory, 'figures.json');
    const prefix = uniqueName('acc_');
    const args = ['--damage', '8', '--seed', '7', '--json', json];
    const { status, output } = await run(args, { prefix });
    expect(output).toMatch(new RegExp(`^pets.${family} +4 +4 +4 +1 +0 +0 +2 +0 +24 +24 `, 'm'));
    expect(output).toContain(
      '002_cats and 004_names differ only in comments, names of constraints and indexes',
    );
    expect(status).toBe(0);
    const figures = JSON.parse(await readFile(json, 'utf8'));
    expect(figures).toMatchObject({ damage: 8, seed: 7, right: true });
    expect(figures.chains).toMatchObject([{ name: `pets.${family}`, damaged: 24, damageRight: 24 }]);
    expect(figures.kinds.length).toBeGreaterThan(8);
    expect(await databasesOf(family, prefix)).toBe(0);

    await run(args);
    expect(JSON.parse(await readFile(json, 'utf8')).kinds).toEqual(figures.kinds);
  });

  test('says which candidate is one too many, and fails, when two revisions are said to differ and do not', async () => {
    await writeChain('twins', family, [
      ['001_owners.js', 'owners'],
      ['002_twin.js', 'ownersInOtherWords'],
    ]);
    const { status, output } = await run();
    expect(output).toMatch(new RegExp(`^twins.${family} +2 +2 +0 +0 +0 +2 +0 `, 'm'));
    expect(output).toContain('the database of 001_owners also meets 002_twin');
    expect(output).toMatch(/^ {4}\+ CREATE TABLE .*owners.*born/m);
    expect(status).toBe(1);
  });

  test('says which revision is missing and what made it so, and fails, when a database is not what its revision was', async () => {
    await writeChain('unsteady', family, [
      ['001_owners.js', 'owners'],
      ['002_unsteady.js', 'unsteady'],
    ]);
    const { status, output } = await run();
    expect(output).toMatch(new RegExp(`^unsteady.${family} +2 +1 +1 +1 +1 +0 `, 'm'));
    expect(output).toContain('002_unsteady is wrongly excluded: partial');
    expect(output).toContain(
      'different tables.owners.columns.name (blocking): expected {"default":{"literal":"0.',
    );
    expect(status).toBe(1);
  });

  test('tells a dump that does not load, and does not count it as wrong', async () => {
    await writeChain('broken', family, [
      ['001_owners.js', 'owners'],
      ['002_broken.js', 'broken'],
    ]);
    const { status, output } = await run();
    expect(output).toMatch(new RegExp(`^broken.${family} +1 +1 +1 +1 +0 +0 +0 +1 `, 'm'));
    expect(output).toMatch(/broken\.sql\.gz on the recording server: .*nothing_like_it/);
    expect(status).toBe(0);
  });

  test('drops its databases when it is stopped', async () => {
    await writeChain('pets', family, SOUND);
    const prefix = uniqueName('acc_');
    const { status } = await run(['--damage', '1000'], { prefix, stopAtOutput: true });
    expect(status).toBe(130);
    expect(await databasesOf(family, prefix)).toBe(0);
  });
});

describe('npm run accuracy', () => {
  test('is stopped by Ctrl-C', async () => {
    await writeChain('pets', 'mysql', [['001_owners.js', 'owners']]);
    const { mysql } = await serverUrls();
    const script = path.join(import.meta.dirname, '../../accuracy/run.js');
    const child = spawn(process.execPath, [script, directory, '--server', mysql, '--damage', '9999']);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    expect(status).toBe(130);
  });

  test('says how it is used when it is not understood, and that there is nothing to measure where there is nothing', async () => {
    expect(await run(['--seed', 'x'])).toMatchObject({
      status: 2,
      output: expect.stringContaining('Usage: npm run accuracy'),
    });
    expect(await run()).toMatchObject({ status: 2, output: expect.stringContaining('no chain') });
  });
});
