import type { Knex } from 'knex';
import { expect } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { repairHistory } from '../../src/repair-history.ts';
import {
  type ByTable,
  createDatabase,
  type TestDatabase,
  tableChecksums,
  tableColumns,
} from '../support/database.ts';
import { placesBeside } from '../support/partial.ts';
import { withConnection } from '../support/sql-connection.ts';
import { withDatabase } from '../support/test-database.ts';
import { type Chain, RECORDED } from './chain.ts';
import { STARTS, type Start, type Strategy } from './starts.ts';

export type Family = 'postgres' | 'mysql';

interface Run {
  readonly id: number;
  readonly name: string;
}

/** A start as a database that others are made from, and what it holds. */
export interface Scene {
  readonly family: Family;
  readonly strategy: Strategy;
  readonly start: Start;
  readonly project: Chain;
  /** Whether statements of a migration commit one by one, so that a kill can leave it half done. */
  readonly commits: boolean;
  /** Each table's rows but those of the table in which migrations count. */
  readonly columns: ByTable<readonly string[]>;
  readonly checksums: ByTable<string>;
  readonly runs: readonly Run[];
  /** Rows of `cats` and `owners` by what their columns are called at head. */
  readonly copied: unknown;
  /** A database like it. */
  open(): Promise<TestDatabase>;
  dispose(): Promise<void>;
}

const OWN = /^(?:runs|knex_.*)$/;

const withoutOwn = <T>(tables: ByTable<T>): ByTable<T> =>
  Object.fromEntries(Object.entries(tables).filter(([name]) => !OWN.test(name)));

async function readRuns(knex: Knex): Promise<readonly Run[]> {
  return (await knex.schema.hasTable('runs')) ? knex('runs').orderBy('id').select('id', 'name') : [];
}

/** What a rebuild is to copy back, whatever it was called. */
async function readCopied(knex: Knex): Promise<unknown> {
  const renamed = await knex.schema.hasTable('people');
  const cats = renamed ? { id: 'id', name: 'title' } : { id: 'id', name: 'name' };
  if (!(await knex.schema.hasTable('cats'))) return null;
  return {
    cats: await knex('cats').orderBy('id').select(cats).select('owner_id', 'mother_id', 'chip'),
    owners: await knex(renamed ? 'people' : 'owners')
      .orderBy('id')
      .select('id', 'name'),
  };
}

/** A database with the tables and rows of another, on the same server. */
async function copyOf(source: TestDatabase, server: string | undefined): Promise<TestDatabase> {
  if (source.family === 'postgres') return createDatabase('postgres', { template: source.name, server });
  const copy = await createDatabase('mysql', { server });
  await withConnection(copy.url, async ({ query, script }) => {
    const tables = await query(`SHOW TABLES FROM ${source.name}`);
    const texts = await Promise.all(
      tables.map(async (row) => {
        const table = String(Object.values(row)[0]);
        const [made] = await query(`SHOW CREATE TABLE ${source.name}.${table}`);
        return `${made?.['Create Table']}; INSERT INTO ${table} SELECT * FROM ${source.name}.${table};`;
      }),
    );
    if (texts.length > 0) await script(`SET foreign_key_checks = 0; ${texts.join('\n')}`);
  });
  return copy;
}

/** Makes a start once. @param server another one than the run's. */
export async function setScene(
  family: Family,
  strategy: Strategy,
  project: Chain,
  server?: string,
): Promise<Scene> {
  const start = STARTS[strategy];
  const database = await createDatabase(family, { server });
  const knex = database.knex();
  await start.make(knex, project.migrations);
  const columns = withoutOwn(await tableColumns(knex));
  const scene = {
    family,
    strategy,
    start,
    project,
    commits: family === 'mysql' || project.committing,
    columns,
    checksums: await tableChecksums(knex, columns),
    runs: await readRuns(knex),
    copied: await readCopied(knex),
  };
  // PostgreSQL copies only a database that nobody is connected to.
  await knex.destroy();
  return {
    ...scene,
    dispose: database.dispose,
    open: () => copyOf(database, server),
  };
}

async function isWhole(
  knex: Knex,
  prefix: string,
  there: ByTable<readonly string[]>,
  scene: Scene,
  table: string,
): Promise<boolean> {
  const columns = scene.columns[table] ?? [];
  const name = `${prefix}${table}`;
  if (!columns.every((column) => there[name]?.includes(column))) return false;
  const found = await tableChecksums(knex, { [name]: columns });
  return found[name] === scene.checksums[table];
}

/** That every table of the start is whole where it was, or whole where it was set aside; never neither. */
export async function expectNothingLost(scene: Scene, database: TestDatabase, knex: Knex): Promise<void> {
  const places = await placesBeside(database, knex);
  const looks = [
    { knex, prefix: '' },
    ...places.map((place) =>
      scene.family === 'mysql'
        ? { knex: database.knex({ connection: withDatabase(database.url, place) }), prefix: '' }
        : { knex, prefix: `${place}.` },
    ),
  ];
  const lost = new Set(Object.keys(scene.columns));
  let runs: readonly unknown[] = scene.runs;
  for (const look of looks) {
    const there = await tableColumns(look.knex);
    for (const table of lost)
      if (await isWhole(look.knex, look.prefix, there, scene, table)) lost.delete(table);
    const name = `${look.prefix}runs`;
    if (there[name] === undefined) continue;
    const found = await look.knex(name).select('id', 'name');
    const known = new Set(found.map(({ id, name: of }: Run) => `${id} ${of}`));
    runs = runs.filter((run) => !known.has(`${(run as Run).id} ${(run as Run).name}`));
  }
  expect([...lost], 'tables that are nowhere whole').toEqual([]);
  expect(runs, 'rows that are nowhere').toEqual([]);
}

/**
 * That no migration was begun twice, by its own count, and that the history says nothing twice.
 *
 * @param failed whether a statement failed. Where statements commit one by one, a row that a migration wrote before its first DDL stays then, as
 * with plain Knex: it is told that it failed, and begins anew.
 */
export async function expectNothingTwice(scene: Scene, knex: Knex, failed = false): Promise<void> {
  const runs = await readRuns(knex);
  const before = scene.runs.map(({ name }) => name);
  const times = (list: readonly string[], name: string) => list.filter((one) => one === name).length;
  const names = runs.map(({ name }) => name);
  // Those that a rebuild replays give way to what was there.
  const replayed = RECORDED.filter((name) => !scene.start.runs.includes(name));
  const counted = [...new Set(names)].filter(
    (name) =>
      scene.strategy !== 'rebuild' || !replayed.some((one) => name.startsWith(one.replace('.js', ''))),
  );
  for (const name of counted.filter((one) => !(failed && scene.commits && one.endsWith(' begun')))) {
    expect(times(names, name), `times that ${name}`).toBe(Math.max(1, times(before, name)));
  }
  if ((await knex.schema.hasTable('cats')) && (await knex.schema.hasColumn('cats', 'weighed'))) {
    const [row] = await knex('cats').max({ most: 'weighed' });
    expect(Number(row?.most ?? 0)).toBeLessThanOrEqual(1);
  }
  if (await knex.schema.hasTable('knex_migrations')) {
    const recorded = await knex('knex_migrations').orderBy('id').pluck('name');
    expect(recorded).toEqual(RECORDED.slice(0, recorded.length));
  }
  if (await knex.schema.hasTable('knex_migrations_lock')) {
    expect((await knex('knex_migrations_lock')).length).toBeLessThanOrEqual(1);
  }
}

/** A kill after the last migration's row was written leaves Knex's lock taken with nothing left to do; that is mended when asked. */
async function freeLock({ commits, project }: Scene, knex: Knex): Promise<void> {
  const [lock] = await knex('knex_migrations_lock').pluck('is_locked');
  if (Number(lock) === 0 || !commits) return;
  expect(await repairHistory({ knex, migrations: project.migrations })).toMatchObject({
    outcome: 'mended',
    mended: ['lock'],
  });
}

/** That it is at head, by its own word and by Knex's, with every row. @param failed as in {@link expectNothingTwice} */
export async function expectConverged(
  scene: Scene,
  database: TestDatabase,
  knex: Knex,
  failed = false,
): Promise<void> {
  expect(await detectState({ knex, migrations: scene.project.migrations })).toMatchObject({
    state: 'managed',
    standing: 'upToDate',
    drift: false,
  });
  expect(await knex('knex_migrations').orderBy('id').pluck('name')).toEqual(RECORDED);
  await freeLock(scene, knex);
  expect((await knex('knex_migrations_lock').pluck('is_locked')).map(Number)).toEqual([0]);
  const runs = (await readRuns(knex)).map(({ name }) => name);
  for (const name of scene.start.runs) {
    const stem = name.replace('.js', '');
    const own = runs.filter((one) => one.startsWith(stem));
    expect(failed && scene.commits ? own.slice(-2) : own).toEqual([`${stem} begun`, `${stem} done`]);
  }
  if (scene.start.runs.includes('002_tags.js')) {
    expect(await knex('tags').pluck('label')).toEqual(['made by 002']);
  }
  if (scene.copied !== null) {
    expect(await readCopied(knex)).toEqual(scene.copied);
    expect(await knex('cats').distinct('weighed').pluck('weighed')).toEqual([1]);
  }
  // That of an install says nothing any more once something is recorded, and a start that finds all done writes nothing.
  if (!(scene.strategy === 'install' && scene.commits) && (await knex.schema.hasTable('knex_adoption'))) {
    expect(await knex('knex_adoption').whereNotNull('journal')).toEqual([]);
  }
  const left = Object.keys(await tableColumns(knex)).filter((name) => /alone/.test(name));
  expect(left, "Knex's tables of a count of its own").toEqual([]);
  await expectNothingLost(scene, database, knex);
  await expectNothingTwice(scene, knex, failed);
}
