/** Migrations that make up a constant on every run (`versions.md` A2.9). */
import { describe, expect, test } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { readManifests } from '../../src/manifest/load.ts';
import { createDatabase, type Family } from '../support/database.ts';
import { createProject, rawMigration } from '../support/project.ts';

const SERVERS: readonly Family[] = ['postgres', 'mysql'];

const MIGRATIONS = {
  '001_cats.js': rawMigration(['create table cats (id int primary key, name varchar(50) not null)']),
  '002_token.js': `
    const { randomUUID } = require('node:crypto');
    exports.up = (knex) => knex.schema.alterTable('cats', (t) => t.string('token', 36).notNullable().defaultTo(randomUUID()));
    exports.down = (knex) => knex.schema.alterTable('cats', (t) => t.dropColumn('token'));`,
  '003_no_token.js': rawMigration([
    'alter table cats drop column token',
    'create table dogs (id int primary key)',
  ]),
};

describe.each(SERVERS)('on %s', (family) => {
  test('a constant made up on every run is expected by kind, also where a later migration removes it', async () => {
    const database = await createDatabase(family);
    const project = await createProject(MIGRATIONS);
    try {
      const knex = database.knex();
      await project.record(knex);
      const manifests = await readManifests(
        `${project.migrations}/manifests`,
        family === 'mysql' ? 'mysql' : 'postgres',
      );
      const cats = new Map(manifests.get('002_token')?.tables).get('cats');
      expect(cats?.columns.find((column) => column.name === 'token')?.default).toEqual({
        varying: 'literal',
      });

      await knex.raw(
        "create table cats (id int primary key, name varchar(50) not null, token varchar(36) not null default 'somebody else''s')",
      );
      expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
        state: 'legacy',
        revision: '002_token',
        differences: [],
        rulesUsed: expect.arrayContaining(['varying-default']),
      });

      await knex.raw('alter table cats alter column token drop default');
      const without = await detectState({ knex, migrations: project.migrations });
      expect(without.state).toBe('partial');
      expect(without.differences).toMatchObject([
        { outcome: 'different', grade: 'blocking', actual: { default: null } },
      ]);
    } finally {
      await database.dispose();
      await project.remove();
    }
  });

  test('anything else that differs between two runs is refused by name', async () => {
    const database = await createDatabase(family);
    const project = await createProject({
      '001_cats.js': `
        exports.up = (knex) => knex.schema.createTable('cats', (t) => t.string('name', 10 + (globalThis.replays = (globalThis.replays ?? 0) + 1)));
        exports.down = (knex) => knex.schema.dropTable('cats');`,
    });
    try {
      await expect(project.record(database.knex())).rejects.toMatchObject({
        code: 'MIGRATIONS.VARYING',
        message: expect.stringContaining('cats'),
      });
    } finally {
      await database.dispose();
      await project.remove();
    }
  });
});
