/** That the two runs of a chain, which are at it at the same time where there is a server, do not get in each other's way. */
import { afterEach, expect, test } from 'vitest';
import { createDatabase, type Family } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const SERVERS: readonly Family[] = ['postgres', 'mysql'];
const FAMILIES: readonly Family[] = [...SERVERS, 'pglite'];

let project: Project | undefined;
afterEach(() => project?.remove());

/** Keeps in the process which migrations are running, and fails where another one is. */
const alone = (name: string) => `
  exports.up = async (knex) => {
    const runs = (globalThis.runsOfTheChain ??= []);
    runs.push('${name} begins');
    await knex.schema.createTable('${name}', (t) => t.increments());
    await new Promise((resolve) => setTimeout(resolve, 20));
    runs.push('${name} ends');
  };
  exports.down = (knex) => knex.schema.dropTable('${name}');`;

test.each(FAMILIES)('on %s, no migration runs while another does', async (family) => {
  const database = await createDatabase(family);
  Reflect.set(globalThis, 'runsOfTheChain', []);
  try {
    project = await createProject({ '001_a.js': alone('a'), '002_b.js': alone('b'), '003_c.js': alone('c') });
    await project.record(database.knex());
    const runs: readonly string[] = Reflect.get(globalThis, 'runsOfTheChain');
    expect(runs).toHaveLength(12);
    for (const [at, event] of runs.entries()) {
      if (event.endsWith('begins')) expect(runs[at + 1]).toBe(event.replace('begins', 'ends'));
    }
  } finally {
    await database.dispose();
  }
});

test.each(FAMILIES)('on %s, a migration that fails the second time only is named', async (family) => {
  const database = await createDatabase(family);
  Reflect.set(globalThis, 'ranOnce', false);
  try {
    project = await createProject({
      '001_a.js': rawMigration(['create table a (id int)']),
      '002_once.js': `
        exports.up = async () => {
          if (globalThis.ranOnce) throw new Error('once is enough');
          globalThis.ranOnce = true;
        };
        exports.down = async () => {};`,
      '003_c.js': rawMigration(['create table c (id int)']),
    });
    await expect(project.record(database.knex())).rejects.toMatchObject({
      code: 'MIGRATIONS.FAILED',
      message: expect.stringContaining('002_once'),
    });
  } finally {
    await database.dispose();
  }
});

test.each(SERVERS)(
  'on %s, a migration that fails leaves none of the two scratch databases behind',
  async (family) => {
    const database = await createDatabase(family);
    const knex = database.knex();
    const made = new Set<string>();
    knex.on('query', ({ sql }: { readonly sql: string }) => {
      const name = /^create database \W(\w+)/.exec(sql)?.[1];
      if (name !== undefined) made.add(name);
    });
    try {
      project = await createProject({
        '001_a.js': rawMigration(['create table a (id int)']),
        '002_b.js': rawMigration(['create table b (id int)']),
        '003_wrong.js': rawMigration(['create table a (id int)']),
      });
      await expect(project.record(knex)).rejects.toMatchObject({
        message: expect.stringContaining('003_wrong'),
      });
      expect(made.size).toBe(2);
      const databases =
        family === 'mysql'
          ? knex('information_schema.schemata').pluck('schema_name')
          : knex('pg_database').pluck('datname');
      expect((await databases).filter((name: string) => made.has(name))).toEqual([]);
    } finally {
      await database.dispose();
    }
  },
);
