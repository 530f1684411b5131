/**
 * What proves a refusal: somebody really asks, on a real server; the answer has the code and says what to do; the server's own log has no
 * statement that writes; and what the database holds, structure and rows, Knex's tables too, is what it held.
 */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AdoptOptions } from '../../src/adopt.ts';
import { AdoptError, type ErrorCode, isAdoptError } from '../../src/errors.ts';
import { adopt } from '../../src/library.ts';
import type { Refusal } from '../../src/plan/plan.ts';
import { openWorkspace, type Workspace } from '../../src/workspace.ts';
import { failureOf as failureOfCommand } from '../cli/command-line.ts';
import { runInProcess } from '../cli/in-process.ts';
import { createDatabase, statementsDuring, type TestDatabase } from './database.ts';
import { type Contents, contentsOf, dropPlaces, placesBeside } from './partial.ts';
import { createProject, type Project, rawMigration } from './project.ts';

/** The codes that say that something may not, or cannot, be done to a database. */
export type RefusalCode = Extract<
  ErrorCode,
  `${'REFUSED' | 'HISTORY' | 'PLAN' | 'LOCK' | 'REHEARSAL'}.${string}`
>;

type Server = 'postgres' | 'mysql';

/** What somebody does in a situation: gives a report, or fails. */
export type Attempt = () => Promise<unknown>;

/** Where situations are made: an empty database, and a chain for it. */
export interface Scene {
  readonly family: Server;
  readonly database: TestDatabase;
  readonly knex: Knex;
  /** Of {@link chainOf}. */
  readonly migrations: string;
  /** Has these statements run. */
  run(...statements: readonly string[]): Promise<void>;
  /** Has somebody else do this while an attempt is under way: in the log it is told from what the attempt itself sends. */
  meanwhile(statement: string): Promise<void>;
  /** Has Knex itself run the first migrations of the chain, and then this done to its tables. */
  managed(
    count: number,
    change?: (rows: Knex.QueryBuilder, locks: Knex.QueryBuilder) => unknown,
  ): Promise<void>;
  /** Another chain with its manifests. */
  project(files: Readonly<Record<string, string>>): Promise<Project>;
  /** An adoption, with these options. */
  adopting(options?: Partial<AdoptOptions>): Attempt;
  /** What a command does in the workspace of the chain. */
  asking(work: (workspace: Workspace) => Promise<unknown>): Attempt;
  /** A command line; it has to end with the exit status of its code. */
  typing(...args: readonly string[]): Attempt;
  /** Has something done when the situation is over, before its database is removed. */
  defer(cleanup: () => unknown): void;
}

/** A situation in which something is refused. */
export interface Situation {
  /** Goes on after "where". */
  readonly when: string;
  /** The only family on which it can come about. */
  readonly only?: Server;
  /** Brings it about, and gives what is then refused. */
  make(scene: Scene): Promise<Attempt>;
  /** What message and hint say, where that is more than the code. */
  readonly says?: RegExp;
  /** Statements that write and are sent all the same: those that the server refuses, or that are taken back. */
  readonly sends?: RegExp;
  /** What it leaves, where that is not everything as it was. */
  left?(before: Contents, after: Contents, scene: Scene): void | Promise<void>;
}

/** Situations by the code that they get. */
export type Situations<Code extends RefusalCode> = Readonly<
  Record<Code, readonly [Situation, ...Situation[]]>
>;

export const CATS = 'create table cats (id int primary key, name varchar(20) not null, lives int)';
export const BY_NAME = 'create index by_name on cats (name)';
export const DOGS = 'create table dogs (id int primary key)';
export const BIRDS = 'create table birds (id int primary key)';
/** Two cats, so that there is something to lose. */
export const ROWS = "insert into cats (id, name) values (1, 'Minka'), (2, 'Tom')";

/** The chain of the situations; at `002_dogs` and `003_rename` a schema is the same. */
export function chainOf(family: Server): Readonly<Record<string, string>> {
  return {
    '001_cats.js': rawMigration([CATS, BY_NAME], ['drop table cats']),
    '002_dogs.js': rawMigration([DOGS], ['drop table dogs']),
    // Of this one no schema tells.
    '003_rename.js': rawMigration(["update cats set name = 'Minka'"]),
    '004_birds.js': rawMigration([BIRDS], ['drop table birds']),
    '005_unindexed.js': rawMigration(
      [family === 'mysql' ? 'drop index by_name on cats' : 'drop index by_name'],
      [BY_NAME],
    ),
  };
}

/** Recorded names of the chain. */
export const NAMES = Object.keys(chainOf('postgres'));

/** Statements that change something; but for scratch databases, which are others. A lock that is taken, and given back, changes nothing. */
const WRITES =
  /^\s*(?:insert|update|delete|replace|create(?! database \W?knex_adopt_scratch)|alter|drop(?! database (?:if exists )?\W?knex_adopt_scratch)|rename|truncate|grant|comment|select setval)/i;

/** What somebody else did meanwhile does not begin with what it does. */
const SOMEBODY_ELSE = '/* somebody else */ ';

/** That the log is one: some attempts ask the server for nothing at all. */
const NOTHING_BUT_A_SIGN = "select 'that the log is kept'";

/** What an attempt was told: the refusals of its report, or its failure. */
async function refusalsOf(attempt: Attempt): Promise<readonly Refusal[]> {
  let report: unknown;
  try {
    report = await attempt();
  } catch (error) {
    if (!isAdoptError(error)) throw error;
    return [{ code: error.code, message: error.message, hint: error.hint ?? '' }];
  }
  expect(report).toMatchObject({ outcome: 'refused' });
  const { plan, stamped, ran, mended } = report as {
    readonly plan: { readonly refused: readonly Refusal[] };
    readonly [done: string]: unknown;
  };
  expect([stamped ?? [], ran ?? [], mended ?? []]).toEqual([[], [], []]);
  return plan.refused;
}

/** Expects that what is attempted is refused by this code, in words that a stranger can act upon, and that nothing is written for it. */
async function expectRefusal(code: RefusalCode, situation: Situation, scene: Scene): Promise<void> {
  const { database, knex } = scene;
  const attempt = await situation.make(scene);
  const before = await contentsOf(knex);
  const places = await placesBeside(database, knex);
  let refusals: readonly Refusal[] = [];
  const statements = await statementsDuring(database, async () => {
    await knex.raw(NOTHING_BUT_A_SIGN);
    refusals = await refusalsOf(attempt);
  });
  expect([...new Set(refusals.map((refusal) => refusal.code))]).toEqual([code]);
  for (const { message, hint } of refusals) {
    // The last words may be the server's own.
    expect(message).toMatch(/^\S.{20,}\S$/s);
    expect(hint).toMatch(/^\S.{20,}\S$/s);
    expect(message + hint).not.toMatch(/undefined|\[object |\bNaN\b/);
  }
  if (situation.says !== undefined)
    expect(refusals.map(({ message, hint }) => `${message} ${hint}`).join('\n')).toMatch(situation.says);
  const written = statements.filter((sql) => WRITES.test(sql));
  const { sends, left } = situation;
  expect(statements).toContain(NOTHING_BUT_A_SIGN);
  expect(written.filter((sql) => sends?.test(sql) !== true)).toEqual([]);
  if (sends !== undefined) expect(written).not.toEqual([]);
  const after = await contentsOf(knex);
  if (left === undefined) expect(after).toEqual(before);
  else await left(before, after, scene);
  expect(await placesBeside(database, knex)).toEqual(places);
}

/** The failure that a command line printed. */
async function endOf(args: readonly string[]): Promise<never> {
  const ended = await runInProcess(args);
  const { code, message, hint } = failureOfCommand(ended);
  const error = new AdoptError(code as ErrorCode, message, { hint });
  expect(ended.exitCode, ended.stderr).toBe(error.exitCode);
  throw error;
}

/** Tests of all these situations on one family. */
export function describeRefusals(family: Server, all: Situations<RefusalCode>): void {
  let project: Project;
  let scene: Scene;
  let leave: () => Promise<void>;

  beforeAll(async () => {
    project = await createProject(chainOf(family));
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());

  beforeEach(async () => {
    const database = await createDatabase(family);
    const knex = database.knex();
    const { migrations } = project;
    const cleanups: (() => unknown)[] = [];
    const raw = async (statements: readonly string[]) => {
      for (const statement of statements) await knex.raw(statement);
    };
    leave = async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
      await dropPlaces(database, knex).finally(() => database.dispose());
    };
    scene = {
      ...{ family, database, knex, migrations },
      run: (...statements) => raw(statements),
      meanwhile: (statement) => raw([SOMEBODY_ELSE + statement]),
      managed: async (count, change) => {
        const plain = database.knex({ migrations: { directory: migrations } });
        for (let ran = 0; ran < count; ran += 1) await plain.migrate.up();
        // Whoever is connected could hold Knex's lock.
        await plain.destroy();
        await change?.(knex('knex_migrations'), knex('knex_migrations_lock'));
      },
      project: async (files) => {
        const own = await createProject(files);
        cleanups.push(() => own.remove());
        await own.record(knex);
        return own;
      },
      adopting: (options) => () => adopt({ knex, migrations, ...options }),
      asking: (work) => async () => work(await openWorkspace({ knex, migrations })),
      typing:
        (...args) =>
        () =>
          endOf([...args, '--url', database.url]),
      defer: (cleanup) => void cleanups.push(cleanup),
    };
  });
  afterEach(() => leave?.());

  const here = Object.entries(all).flatMap(([code, situations]) =>
    situations
      .filter(({ only = family }) => only === family)
      .map((situation) => [code as RefusalCode, situation.when, situation] as const),
  );
  test.each(here)('%s, where %s', (code, _when, situation) => expectRefusal(code, situation, scene));
}
