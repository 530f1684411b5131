/** What a rebuild set aside is dropped by a command of its own, by name, and only when nothing needs it. */
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DropSetAsideOptions, dropSetAside } from '../../src/drop-set-aside.ts';
import { readHistoryEntries } from '../../src/history-entries.ts';
import { adopt } from '../../src/library.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf } from '../support/failure.ts';
import { dropPlaces, placesBeside } from '../support/partial.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CATS = 'create table cats (id int primary key, name varchar(20) not null)';
const TOYS =
  'create table toys (id int primary key, cat_id int not null, constraint toys_cat foreign key (cat_id) references cats (id))';
const DOGS = 'create table dogs (id int primary key)';

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  let project: Project;
  let database: TestDatabase;
  let knex: Knex;
  let place: string;

  beforeAll(async () => {
    project = await createProject({
      '001_cats.js': rawMigration([CATS, TOYS], ['drop table toys', 'drop table cats']),
      '002_dogs.js': rawMigration([DOGS], ['drop table dogs']),
    });
    const scratch = await createDatabase(family);
    await project.record(scratch.knex());
    await scratch.dispose();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
    await knex.raw('create table cats (id int primary key, name varchar(20), stray int)');
    await knex.raw(TOYS);
    await knex('cats').insert({ id: 1, name: 'Minka' });
    await knex('toys').insert({ id: 1, cat_id: 1 });
    expect(await adopt({ ...options(), onPartial: 'rebuild' })).toMatchObject({ outcome: 'rebuilt' });
    [place = ''] = await placesBeside(database, knex);
    expect(place).not.toBe('');
  });
  afterEach(async () => {
    await dropPlaces(database, knex).finally(() => database.dispose());
  });

  const options = () => ({ knex, migrations: project.migrations });
  const drop = async (at: string, changes: Partial<DropSetAsideOptions> = {}) => {
    const workspace = await openWorkspace(options());
    return dropSetAside(workspace, at, { confirm: async () => {}, ...changes });
  };
  const quoted = (name: string) => (family === 'mysql' ? `\`${name}\`` : `"${name}"`);
  const receipt = async () => {
    const { receipts } = await readHistoryEntries(await openWorkspace(options()));
    return receipts.at(-1);
  };
  const expectKept = async () => {
    expect(await placesBeside(database, knex)).toContain(place);
    expect(await knex(`${place}.cats`).pluck('id')).toEqual([1]);
    expect((await receipt())?.setAside?.droppedAt).toBeUndefined();
  };

  test('it is asked for by the name of the database, dropped, and the receipt says when; the database stays as it is', async () => {
    expect(await receipt()).toMatchObject({ strategy: 'rebuild', setAside: { place, tables: 2 } });
    const asked: unknown[] = [];
    const report = await drop(place, {
      now: () => new Date('2026-03-04T05:06:07.890Z'),
      confirm: async ({ receipt: _, ...rest }) => {
        asked.push(rest);
      },
    });
    expect(asked).toEqual([{ database: database.name, place, tables: ['cats', 'toys'] }]);
    expect(report).toEqual({ format: 1, outcome: 'dropped', place, tables: ['cats', 'toys'] });
    expect(await placesBeside(database, knex)).toEqual([]);
    expect(await receipt()).toMatchObject({
      setAside: { place, tables: 2, droppedAt: '2026-03-04T05:06:07.890Z' },
    });
    expect(await knex('toys').pluck('cat_id')).toEqual([1]);
    expect(await adopt(options())).toMatchObject({ outcome: 'up-to-date' });
  });

  test('twice is once, and nobody is asked again', async () => {
    await drop(place);
    const report = await drop(place, { confirm: () => expect.unreachable() });
    expect(report).toMatchObject({ outcome: 'gone', tables: [] });
  });

  test('whoever says no keeps it', async () => {
    await expect(drop(place, { confirm: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    await expectKept();
  });

  test('a place that was dropped by hand, or by a run that was killed before it said so, is marked', async () => {
    await dropPlaces(database, knex);
    expect(await drop(place, { confirm: () => expect.unreachable() })).toMatchObject({ outcome: 'gone' });
    expect((await receipt())?.setAside?.droppedAt).toMatch(/^\d{4}-/);
  });

  test('a place that no receipt names is not touched, whatever it is called', async () => {
    const other = `${place}0`;
    await knex.raw(`create schema ${quoted(other)}`);
    try {
      const error = await failureOf(drop(other));
      expect(error).toMatchObject({ code: 'REFUSED.NO_RECEIPT', hint: expect.stringContaining(place) });
      expect(await failureOf(drop(family === 'mysql' ? database.name : 'public'))).toMatchObject({
        code: 'REFUSED.NO_RECEIPT',
      });
      expect(await placesBeside(database, knex)).toContain(other);
      expect(await knex('cats').pluck('id')).toEqual([1]);
    } finally {
      await knex.raw(`drop schema ${quoted(other)}`);
    }
  });

  test('a view elsewhere that reads it keeps it', async () => {
    await knex.raw(`create view old_cats as select * from ${quoted(place)}.cats`);
    const error = await failureOf(drop(place));
    expect(error).toMatchObject({ code: 'REFUSED.DEPENDENT', message: expect.stringContaining('old_cats') });
    await expectKept();
    expect(await knex('old_cats').pluck('id')).toEqual([1]);
    await knex.raw('drop view old_cats');
    expect(await drop(place)).toMatchObject({ outcome: 'dropped' });
  });

  test('a foreign key from elsewhere keeps it', async () => {
    const key = `foreign key (cat_id) references ${quoted(place)}.cats (id)`;
    await knex.raw(`create table notes (cat_id int not null, constraint notes_cat ${key})`);
    const error = await failureOf(drop(place));
    expect(error).toMatchObject({ code: 'REFUSED.DEPENDENT', message: expect.stringContaining('notes') });
    await expectKept();
    await knex.schema.dropTable('notes');
    expect(await drop(place)).toMatchObject({ outcome: 'dropped' });
  });

  test('a foreign key to elsewhere is its own, and goes with it', async () => {
    await knex.raw('create table owners (id int primary key)');
    const key = 'foreign key (stray) references';
    const owners = family === 'mysql' ? `${quoted(database.name)}.owners` : 'public.owners';
    await knex.raw(`alter table ${quoted(place)}.cats add constraint cats_owner ${key} ${owners} (id)`);
    expect(await drop(place)).toMatchObject({ outcome: 'dropped' });
    await knex('owners').insert({ id: 1 });
  });

  test('what somebody else put there keeps it', async () => {
    await knex.raw(`create table ${quoted(place)}.diary (id int primary key)`);
    const error = await failureOf(drop(place));
    expect(error).toMatchObject({ code: 'REFUSED.DEPENDENT', message: expect.stringContaining('3 tables') });
    await expectKept();
  });

  test('what comes to need it while the question is open keeps it', async () => {
    const confirm = () => knex.raw(`create view old_cats as select * from ${quoted(place)}.cats`);
    const error = await failureOf(drop(place, { confirm }));
    expect(error).toMatchObject({ code: 'REFUSED.DEPENDENT' });
    await expectKept();
  });
});

describe('what only one family has', () => {
  test('on postgres, a column of a type, a function’s argument and a sequence that stand there keep it', async () => {
    const project = await createProject({
      '001_cats.js': rawMigration([CATS], ['drop table cats']),
      '002_dogs.js': rawMigration([DOGS], ['drop table dogs']),
    });
    const database = await createDatabase('postgres');
    const knex = database.knex();
    try {
      await project.record(knex);
      await knex.raw('create table cats (id serial primary key, name varchar(20), stray int)');
      const at = { knex, migrations: project.migrations };
      expect(await adopt({ ...at, onPartial: 'rebuild' })).toMatchObject({ outcome: 'rebuilt' });
      const [place = ''] = await placesBeside(database, knex);
      const workspace = await openWorkspace(at);
      const drop = () => dropSetAside(workspace, place, { confirm: async () => {} });
      await knex.raw(`create type "${place}".mood as enum ('shy')`);
      for (const [make, unmake] of [
        [`create table feelings (mood "${place}".mood)`, 'drop table feelings'],
        [
          `create function mooded("${place}".mood) returns int language sql as 'select 1'`,
          'drop function mooded',
        ],
        [`create table numbered (id int default nextval('"${place}".cats_id_seq'))`, 'drop table numbered'],
        [`create publication cats_out for table "${place}".cats`, 'drop publication cats_out'],
      ] as const) {
        await knex.raw(make);
        expect([make, (await failureOf(drop())).code]).toEqual([make, 'REFUSED.DEPENDENT']);
        await knex.raw(unmake);
      }
      expect(await drop()).toMatchObject({ outcome: 'dropped', tables: ['cats'] });
    } finally {
      await database.dispose();
      await project.remove();
    }
  });

  test('on mysql, a routine and a trigger elsewhere that name it, and a view in it, keep it', async () => {
    const project = await createProject({
      '001_cats.js': rawMigration([CATS], ['drop table cats']),
      '002_dogs.js': rawMigration([DOGS], ['drop table dogs']),
    });
    const database = await createDatabase('mysql');
    const knex = database.knex();
    try {
      await project.record(knex);
      await knex.raw('create table cats (id int primary key, name varchar(20), stray int)');
      const at = { knex, migrations: project.migrations };
      expect(await adopt({ ...at, onPartial: 'rebuild' })).toMatchObject({ outcome: 'rebuilt' });
      const [place = ''] = await placesBeside(database, knex);
      const workspace = await openWorkspace(at);
      const drop = () => dropSetAside(workspace, place, { confirm: async () => {} });
      for (const [make, unmake] of [
        [`create procedure look() select * from \`${place}\`.cats`, 'drop procedure look'],
        [
          `create trigger cats_kept before delete on cats for each row insert into \`${place}\`.cats (id) values (old.id)`,
          'drop trigger cats_kept',
        ],
        [`create view \`${place}\`.old as select 1 as one`, `drop view \`${place}\`.old`],
      ] as const) {
        await knex.raw(make);
        expect([make, (await failureOf(drop())).code]).toEqual([make, 'REFUSED.DEPENDENT']);
        await knex.raw(unmake);
      }
      expect(await drop()).toMatchObject({ outcome: 'dropped', tables: ['cats'] });
    } finally {
      await dropPlaces(database, knex);
      await database.dispose();
      await project.remove();
    }
  });
});
