import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readHistoryEntries } from '../../src/history-entries.ts';
import { adopt } from '../../src/library.ts';
import { stampRevision } from '../../src/stamp.ts';
import { readStatus } from '../../src/status.ts';
import { unadopt } from '../../src/unadopt.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, dumpSchema, type TestDatabase, tableChecksums } from '../support/database.ts';
import { failureOf } from '../support/failure.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

describe.each(['postgres', 'mysql', 'pglite'] as const)('on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration(
        ['create table cats (id int primary key, name varchar(20))'],
        ['drop table cats'],
      ),
      '002_dogs.js': rawMigration(['create table dogs (id int primary key)'], ['drop table dogs']),
    });
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await knex.raw('create table cats (id int primary key, name varchar(20))');
    await knex('cats').insert({ id: 1, name: 'Minka' });
  });
  afterEach(() => database.dispose());

  const options = () => ({ knex, migrations: project.migrations });
  const now = () => new Date('2026-03-04T05:06:07.890Z');
  const takeBack = async () => {
    const asked: string[] = [];
    const report = await unadopt(await openWorkspace(options()), {
      confirm: async ({ revision }) => {
        asked.push(revision);
      },
      now,
    });
    return { asked, report };
  };

  test('an adoption leaves a receipt that says who did what on which evidence', async () => {
    await adopt({ ...options(), application: 'shelter', to: '001_cats', now });
    const { status } = await readStatus(await openWorkspace(options()));
    expect(status.adoption?.receipt).toMatchObject({
      at: '2026-03-04T05:06:07.890Z',
      application: 'shelter',
      tool: expect.stringMatching(/^knex-adopt \d+\.\d+\.\d+/),
      server: expect.stringMatching(/^(postgres|pglite|mariadb|mysql) \d+/),
      strategy: 'stamp',
      revision: '001_cats',
      verdict: { state: 'legacy', candidates: ['001_cats'], digest: expect.stringMatching(/^sha256:/) },
      accepted: [],
      stamped: ['001_cats.js'],
      madeHistory: true,
      undoneAt: null,
    });
    const receipt = status.adoption?.receipt;
    expect(receipt?.fingerprintBefore).toBe(receipt?.fingerprintAfter);
    const { receipts } = await readHistoryEntries(await openWorkspace(options()));
    expect(receipts).toEqual([receipt]);
  });

  test('a word that was taken for it is told from a proof', async () => {
    const workspace = await openWorkspace(options());
    await stampRevision(workspace, '002_dogs', { accept: [], unverified: true });
    const { status } = await readStatus(workspace);
    expect(status.adoption?.receipt).toMatchObject({ strategy: 'unverified', verdict: null });
  });

  test('taking an adoption back leaves the database as it was, but for the receipt, which says so', async () => {
    const [schema, rows] = [await dumpSchema(knex), await tableChecksums(knex)];
    await adopt({ ...options(), to: '001_cats' });
    const { asked, report } = await takeBack();
    expect(asked).toEqual(['001_cats']);
    expect(report).toMatchObject({ removed: ['001_cats.js'], droppedHistory: true, kept: [] });
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
    expect(await knex.schema.hasTable('knex_migrations_lock')).toBe(false);
    expect(await knex('knex_adoption').pluck('undone_at')).toEqual(['2026-03-04T05:06:07.890Z']);
    await knex.schema.dropTable('knex_adoption');
    expect(await dumpSchema(knex)).toBe(schema);
    expect(await tableChecksums(knex)).toEqual(rows);
  });

  test('what was taken back can be adopted again, and that again be taken back', async () => {
    await adopt({ ...options(), to: '001_cats' });
    await takeBack();
    expect(await adopt({ ...options(), to: '001_cats' })).toMatchObject({ outcome: 'adopted' });
    await takeBack();
    const { receipts } = await readHistoryEntries(await openWorkspace(options()));
    expect(receipts.map(({ undoneAt }) => undoneAt !== null)).toEqual([true, true]);
  });

  test('tables of Knex that were there before stay', async () => {
    await knex.migrate.currentVersion({ directory: project.migrations });
    await adopt({ ...options(), to: '001_cats' });
    expect((await takeBack()).report.droppedHistory).toBe(false);
    expect(await knex('knex_migrations').select()).toEqual([]);
  });

  test('once something has run it cannot be taken back, and nothing is', async () => {
    await adopt(options());
    const before = await knex('knex_migrations').orderBy('id').select();
    const error = await failureOf(takeBack());
    expect(error).toMatchObject({ code: 'REFUSED.RAN_SINCE' });
    expect(error.message).toContain('002_dogs');
    expect(error.hint).toContain('knex-adopt downgrade 001_cats');
    expect(await knex('knex_migrations').orderBy('id').select()).toEqual(before);
    expect(await knex('knex_adoption').pluck('undone_at')).toEqual([null]);
  });

  test('where nothing was adopted there is nothing to take back', async () => {
    const error = await failureOf(takeBack());
    expect(error).toMatchObject({ code: 'REFUSED.NO_RECEIPT' });
    expect(await knex.schema.hasTable('knex_adoption')).toBe(false);
  });

  test('a table of that name that is somebody else’s is not written to', async () => {
    await knex.raw('create table knex_adoption (id int primary key)');
    const error = await failureOf(adopt({ ...options(), to: '001_cats' }));
    expect(error).toMatchObject({ code: 'HISTORY.INVALID' });
    expect(await knex.schema.hasTable('knex_migrations')).toBe(false);
    expect(await adopt({ ...options(), to: '001_cats', receipts: 'our_receipts' })).toMatchObject({
      outcome: 'adopted',
    });
    expect(await knex('our_receipts').pluck('revision')).toEqual(['001_cats']);
  });

  test('a receipt that fails takes the history rows with it', async () => {
    await adopt({ ...options(), to: '001_cats' });
    await takeBack();
    await knex('knex_adoption').delete();
    await knex.schema.alterTable('knex_adoption', (t) => t.string('more').notNullable());
    await expect(adopt({ ...options(), to: '001_cats' })).rejects.toThrow(/more/);
    const rows = (await knex.schema.hasTable('knex_migrations'))
      ? await knex('knex_migrations').select()
      : [];
    expect(rows).toEqual([]);
  });
});
