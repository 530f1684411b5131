/** Completing below a migration of which no schema tells: it is recorded only where something that was there came after it, or somebody says so. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AdoptOptions, AdoptReport } from '../../src/adopt.ts';
import { adopt } from '../../src/library.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { dropPlaces, expectRefused } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CATS = 'create table cats (id int primary key, name varchar(20), constraint one_name unique (name))';
const LESS = 'create table cats (id int primary key, name varchar(20))';
const TOYS = 'create table toys (id int primary key)';
const DOGS = 'create table dogs (id int primary key)';

const CHAIN = {
  '001_cats': [CATS, TOYS],
  // Not twice: the name may be there once, and so may the number.
  '002_first': ["insert into cats (id, name) values (1000, 'the first')"],
  '003_dogs': [DOGS],
  '004_no_toys': ['drop table toys'],
} as const;

const PROBE = 'select count(*) > 0 from cats where id = 1000';

describe.each(['postgres', 'mysql'] as const)('a migration that only writes rows, on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  let manifests: string;

  beforeAll(async () => {
    project = await createProject(
      Object.fromEntries(Object.entries(CHAIN).map(([name, up]) => [`${name}.js`, rawMigration(up)])),
    );
    manifests = path.join(project.migrations, 'manifests');
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(async () => {
    await rm(path.join(manifests, 'decisions.json'), { force: true });
    await rm(path.join(manifests, 'probes'), { recursive: true, force: true });
    await database?.dispose();
  });

  const complete = (more: Partial<AdoptOptions> = {}) =>
    adopt({ knex, migrations: project.migrations, onPartial: 'complete', ...more });
  const run = async (...statements: readonly string[]) => {
    for (const statement of statements) await knex.raw(statement);
  };
  const decide = (decisions: object) =>
    writeFile(path.join(manifests, 'decisions.json'), JSON.stringify({ format: 1, ...decisions }));
  const probe = async (sql: string) => {
    await mkdir(path.join(manifests, 'probes'), { recursive: true });
    await writeFile(path.join(manifests, 'probes', '002_first.sql'), sql);
  };
  const ids = () => knex('cats').orderBy('id').pluck('id');
  /** What is recorded, in the order of the chain. */
  const recorded = () => knex('knex_migrations').orderBy('name').pluck('name');

  const everything = Object.keys(CHAIN).map((name) => `${name}.js`);
  const expectAtHead = async (report: AdoptReport) => {
    expect(report.plan?.refused).toEqual([]);
    expect(report).toMatchObject({ outcome: 'completed', after: { standing: 'upToDate', drift: false } });
    expect(await recorded()).toEqual(everything);
    expect((await complete()).outcome).toBe('up-to-date');
  };

  describe('of which nothing later is there', () => {
    beforeEach(() => run(LESS, TOYS, "insert into cats values (1, 'Minka')"));

    test.each<[string, Partial<AdoptOptions>]>([
      ['as it is', {}],
      ['where to complete to is said, and is no place that the database shows', { at: '003_dogs' }],
      ['up to the revision before', { to: '001_cats' }],
    ])('is not recorded, %s: that is refused', async (_what, more) => {
      const [message] = await expectRefused(database, knex, () => complete(more), 'REFUSED.AMBIGUOUS');
      expect(message).toMatch(/001_cats.*002_first|002_first/);
    });

    test.each<[string, Partial<AdoptOptions>]>([
      ['--traceless run', { traceless: 'run' }],
      ['--at the revision before it', { at: '001_cats' }],
    ])('is run, once, where %s says so', async (_what, more) => {
      const report = await complete(more);
      expect(report).toMatchObject({ stamped: ['001_cats'], ran: everything.slice(1) });
      await expectAtHead(report);
      expect(await ids()).toEqual([1, 1000]);
    });

    test.each<[string, Partial<AdoptOptions>]>([
      ['--traceless skip', { traceless: 'skip' }],
      ['--at its own revision', { at: '002_first' }],
    ])('is recorded, and not run, where %s says so', async (_what, more) => {
      const report = await complete(more);
      expect(report).toMatchObject({ stamped: ['001_cats', '002_first'], ran: everything.slice(2) });
      await expectAtHead(report);
      expect(await ids()).toEqual([1]);
    });

    test.each([
      ['run', 1],
      ['skip', 2],
    ] as const)('is settled by the policy %s', async (policy, stamped) => {
      await decide({ policies: { '002_first': policy } });
      const report = await complete();
      expect(report).toMatchObject({ ran: everything.slice(stamped) });
      await expectAtHead(report);
      expect(await ids()).toEqual(policy === 'run' ? [1, 1000] : [1]);
    });

    test.each([
      ['has happened', true],
      ['has not', false],
    ])('is settled by its probe, which goes before a policy: it %s', async (_what, happened) => {
      if (happened) await knex('cats').insert({ id: 1000, name: 'the first' });
      await probe(PROBE);
      await decide({ policies: { '002_first': happened ? 'run' : 'skip' } });
      const report = await complete();
      expect(report).toMatchObject({ ran: everything.slice(happened ? 2 : 1) });
      await expectAtHead(report);
      expect(await ids()).toEqual([1, 1000]);
    });

    test('is rehearsed by what its probe said of the database itself', async () => {
      await probe(PROBE);
      const report = await complete({ rehearse: true });
      expect(report.rehearsal).toMatchObject({ failure: null, reached: '004_no_toys' });
      await expectAtHead(report);
      expect(await ids()).toEqual([1, 1000]);
    });

    test('what its probe said is asked again under the lock', async () => {
      await probe(PROBE);
      let asked = 0;
      const report = await complete({
        confirm: async () => {
          asked += 1;
          // Somebody runs the old script meanwhile.
          if (asked === 1) await knex('cats').insert({ id: 1000, name: 'the first' });
          return true;
        },
      });
      expect(asked).toBe(2);
      expect(report).toMatchObject({ stamped: ['001_cats', '002_first'], ran: everything.slice(2) });
      await expectAtHead(report);
    });

    test('is recorded below a revision to complete to, where a policy says that it has run', async () => {
      await decide({ policies: { '002_first': 'skip' } });
      const report = await complete({ at: '003_dogs' });
      expect(report).toMatchObject({
        stamped: ['001_cats', '002_first', '003_dogs'],
        ran: ['003_dogs.js', '004_no_toys.js'],
      });
      await expectAtHead(report);
      expect(await ids()).toEqual([1]);
    });

    test('and a policy that it has not goes before a revision to complete to', async () => {
      await decide({ policies: { '002_first': 'run' } });
      const messages = await expectRefused(
        database,
        knex,
        () => complete({ at: '003_dogs' }),
        'REFUSED.NOT_A_CANDIDATE',
      );
      expect(messages[0]).toContain('the policies for 002_first');
    });
  });

  describe('of which nothing later is there, and something is lost that a later one takes away', () => {
    beforeEach(() => run(LESS, "insert into cats values (1, 'Minka')"));

    test('is not recorded: that is refused', async () => {
      const [message] = await expectRefused(database, knex, complete, 'REFUSED.AMBIGUOUS');
      expect(message).toContain('002_first');
    });

    test('is run in its turn, what was lost being made again, where --traceless run says so', async () => {
      const report = await complete({ traceless: 'run' });
      expect(report).toMatchObject({ stamped: ['001_cats'], ran: everything.slice(1) });
      await expectAtHead(report);
      expect(await ids()).toEqual([1, 1000]);
    });

    test('is recorded, what was lost being made again too, where --traceless skip says so', async () => {
      const report = await complete({ traceless: 'skip' });
      expect(report).toMatchObject({ stamped: ['001_cats', '002_first'], ran: everything.slice(2) });
      await expectAtHead(report);
      expect(await ids()).toEqual([1]);
    });
  });

  describe('below a revision to rebuild to', () => {
    // What 004 drops is only lost; nothing that came after 002 is there.
    beforeEach(() => run(LESS, "insert into cats values (1, 'Minka')"));
    afterEach(async () => dropPlaces(database, knex));

    test('is not recorded: that is refused', async () => {
      const messages = await expectRefused(
        database,
        knex,
        () => complete({ onPartial: 'rebuild' }),
        'REFUSED.AMBIGUOUS',
      );
      expect(messages[0]).toContain('002_first');
    });

    test.each<[string, Partial<AdoptOptions>, readonly number[]]>([
      ['run', { traceless: 'run' }, [1, 1000]],
      ['skip', { traceless: 'skip' }, [1, 1000]],
    ])('--traceless %s says whether the rows had it done', async (_what, more, rows) => {
      const report = await complete({ onPartial: 'rebuild', ...more });
      expect(report.plan?.refused).toEqual([]);
      expect(report).toMatchObject({ outcome: 'rebuilt', after: { standing: 'upToDate', drift: false } });
      expect(await recorded()).toEqual(everything);
      expect(await ids()).toEqual(rows);
    });

    test('is run upon the rows where its probe says that it has not', async () => {
      await probe(PROBE);
      const report = await complete({ onPartial: 'rebuild' });
      expect(report).toMatchObject({ outcome: 'rebuilt', ran: everything.slice(1) });
      expect(await ids()).toEqual([1, 1000]);
    });
  });

  test('of which something later is there was overtaken by it: it has run', async () => {
    await run(LESS, TOYS, DOGS, "insert into cats values (1, 'Minka')");
    const report = await complete();
    expect(report).toMatchObject({
      stamped: ['001_cats', '002_first', '003_dogs'],
      ran: ['004_no_toys.js'],
    });
    await expectAtHead(report);
    expect(await ids()).toEqual([1]);
  });
});
