/** What a role may not see proves nothing: never a verdict, always the statements that would let it look. */
import type { Knex } from 'knex';
import createKnex from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { adopt } from '../../src/library.ts';
import {
  createBlindRole,
  createDatabase,
  createReader,
  type Family,
  runSql,
  type TestDatabase,
} from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { createProject, rawMigration } from '../support/project.ts';
import { MIGRATIONS as migrations } from '../support/reference-chain.ts';

const SERVERS: readonly Family[] = ['postgres', 'mysql'];

describe.each(SERVERS)('on %s', (family) => {
  let database: TestDatabase;
  const opened: Knex[] = [];
  const connect = (url: string) => {
    const knex = createKnex({
      client: family === 'mysql' ? 'mysql2' : 'pg',
      connection: url,
      pool: { min: 0, max: 1 },
    });
    opened.push(knex);
    return knex;
  };

  beforeEach(async () => {
    database = await createDatabase(family);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((knex) => knex.destroy()));
    await database?.dispose();
  });

  test('a role that may only read, and make no database, gets the same verdict as the owner (pain 29)', async () => {
    await runSql(database, await loadFixture(family, 'legacy-002'));
    const { timing: _ours, ...owner } = await detectState({ knex: database.knex(), migrations });
    const { timing: _theirs, ...reader } = await detectState({
      knex: connect(await createReader(database)),
      migrations,
    });
    expect(reader).toEqual(owner);
  });

  test('a role without any grant is told what to grant, and never that the database is fresh', async () => {
    await runSql(database, await loadFixture(family, 'legacy-002'));
    const knex = connect(await createBlindRole(database));
    await expect(detectState({ knex, migrations })).rejects.toMatchObject({
      code: 'DETECT.BLIND',
      hint: expect.stringMatching(/GRANT SELECT/),
    });
    await expect(adopt({ knex, migrations })).rejects.toMatchObject({ code: 'DETECT.BLIND' });
  });

  test('a role that may only read is told that it may not write, and nothing is left behind', async () => {
    await runSql(database, await loadFixture(family, 'legacy-002'));
    const knex = connect(await createReader(database));
    await expect(adopt({ knex, migrations })).rejects.toMatchObject({
      code: 'PLAN.FORBIDDEN',
      hint: expect.stringMatching(/CREATE/),
    });
    expect(await detectState({ knex, migrations })).toMatchObject({
      state: 'legacy',
      history: { present: false },
    });
  });

  test('a history that may not be read is no missing history', async () => {
    await runSql(database, await loadFixture(family, 'managed-002'));
    const knex = connect(await createBlindRole(database));
    await expect(detectState({ knex, migrations })).rejects.toMatchObject({
      code: family === 'postgres' ? 'HISTORY.UNREADABLE' : 'DETECT.BLIND',
    });
  });
});

test('on the MySQL family a chain with a trigger needs a role that can see triggers', async () => {
  const database = await createDatabase('mysql');
  const project = await createProject({
    '001_cats.js': rawMigration(
      [
        'create table cats (id int primary key, seen int not null default 0)',
        'create trigger cats_seen before insert on cats for each row set new.seen = 1',
      ],
      ['drop table cats'],
    ),
  });
  let reader: Knex | undefined;
  try {
    const knex = database.knex();
    await project.record(knex);
    await adopt({ knex, migrations: project.migrations });
    reader = createKnex({
      client: 'mysql2',
      connection: await createReader(database),
      pool: { min: 0, max: 1 },
    });
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
      state: 'managed',
      drift: false,
    });
    await knex.raw(
      'create trigger cats_of_a_stranger before insert on cats for each row set new.id = new.id',
    );
    expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
      revision: '001_cats',
      candidates: ['001_cats'],
      differences: [{ grade: 'risky' }, { grade: 'risky' }],
    });
    await expect(detectState({ knex: reader, migrations: project.migrations })).rejects.toMatchObject({
      code: 'DETECT.BLIND',
      hint: expect.stringMatching(/GRANT TRIGGER ON/),
    });
  } finally {
    await reader?.destroy();
    await database.dispose();
    await project.remove();
  }
});
