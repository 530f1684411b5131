/** What is refused before anything is asked for: each by its code, with what to do, and without one statement that writes. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AdoptOptions } from '../../src/adopt.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { adopt } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';
import { statementsDuring } from '../support/server-log.ts';

const CATS = 'create table cats (id int primary key, name varchar(20) not null, lives int)';
const BY_NAME = 'create index cats_by_name on cats (name)';
const DOGS = 'create table dogs (id int primary key)';
const BIRDS = 'create table birds (id int primary key)';
const FILES = {
  '001_cats.js': rawMigration([CATS, BY_NAME]),
  '002_dogs.js': rawMigration([DOGS]),
  // Of this one no schema tells.
  '003_rename.js': rawMigration(["update cats set name = 'Minka'"]),
  '004_birds.js': rawMigration([BIRDS]),
};
const NAMES = Object.keys(FILES);

/** Statements that change something, or lock rows. */
const WRITES =
  /^\s*(?:insert|update|delete|replace|create|alter|drop|rename|truncate|grant|comment|lock|select setval)/i;

type Situation = readonly [
  code: ErrorCode,
  when: string,
  make: (knex: Knex) => Promise<unknown>,
  options?: Partial<AdoptOptions>,
];

const all = async (knex: Knex, ...statements: readonly string[]) => {
  for (const statement of statements) await knex.raw(statement);
};

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;

  beforeAll(async () => {
    project = await createProject(FILES);
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(() => database?.dispose());

  /** Managed at 002 by Knex itself, with this done to its history afterwards. */
  const managed = (change: (rows: Knex.QueryBuilder, locks: Knex.QueryBuilder) => unknown) => async () => {
    const plain = database.knex({ migrations: { directory: project.migrations } });
    await plain.migrate.up();
    await plain.migrate.up();
    await change(knex('knex_migrations'), knex('knex_migrations_lock'));
  };

  const situations: readonly Situation[] = [
    ['REFUSED.PARTIAL', 'a column is missing', (at) => all(at, CATS, BY_NAME, 'alter table cats drop lives')],
    ['REFUSED.SHARED', 'only strangers are there', (at) => all(at, 'create table fish (id int)')],
    ['REFUSED.AMBIGUOUS', 'two revisions are met', (at) => all(at, CATS, BY_NAME, DOGS)],
    [
      'REFUSED.NOT_A_CANDIDATE',
      'a revision is named that is not met',
      (at) => all(at, CATS, BY_NAME, DOGS),
      { at: '004_birds' },
    ],
    [
      'REFUSED.RISKY',
      'names may not be there twice',
      (at) => all(at, CATS, BY_NAME, DOGS, BIRDS, 'create unique index one_name on cats (name)'),
    ],
    [
      'REFUSED.TARGET',
      'it is past what is asked for',
      (at) => all(at, CATS, BY_NAME, DOGS, BIRDS),
      { to: '001_cats' },
    ],
    [
      'REFUSED.DRIFT',
      'a managed one lacks a column',
      managed(() => knex.raw('alter table cats drop column lives')),
    ],
    [
      'HISTORY.UNKNOWN_NAMES',
      'a migration is recorded that the code does not have',
      managed((rows) => rows.insert({ name: '009_later.js', batch: 3 })),
    ],
    [
      'HISTORY.GAP',
      'one in the middle is not recorded',
      managed((rows) => rows.where({ name: NAMES[0] }).delete()),
    ],
    [
      'HISTORY.DUPLICATES',
      'one is recorded twice',
      managed((rows) => rows.insert({ name: NAMES[0], batch: 3 })),
    ],
    [
      'HISTORY.EXTENSION',
      'one is recorded with another extension',
      managed((rows) => rows.where({ name: NAMES[1] }).update({ name: '002_dogs.ts' })),
    ],
    [
      'LOCK.KNEX_BROKEN',
      'the lock table has two rows',
      managed((_rows, locks) => locks.insert({ is_locked: 0 })),
    ],
  ];

  test.each(situations.map((situation) => [situation[0], situation[1], situation] as const))(
    '%s, where %s',
    async (_code, _when, [code, , make, options = {}]) => {
      await make(knex);
      let hints: readonly string[] = [];
      const statements = await statementsDuring(database, () =>
        expectRefused(
          database,
          knex,
          async () => {
            const report = await adopt({ knex, migrations: project.migrations, ...options });
            hints = report.plan?.refused.map(({ hint }) => hint) ?? [];
            return report;
          },
          code,
        ),
      );
      expect(statements).not.toEqual([]);
      expect(statements.filter((sql) => WRITES.test(sql))).toEqual([]);
      expect(hints.every((hint) => hint.length > 20)).toBe(true);
    },
  );
});
