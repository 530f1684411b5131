/** Migrations that make up a constant on every run (`versions.md` A2.9). */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { detectState } from '../../src/detect.ts';
import { dialectOf } from '../../src/dialects/dialect-of.ts';
import { readManifests } from '../../src/manifest/load.ts';
import { compareManifestFiles, replayManifests } from '../../src/record.ts';
import { openWorkspace } from '../../src/workspace.ts';
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

/** Defaults made of the day: in the function, in a builder that is awaited by who called it, and when the module is loaded. */
const OF_THE_DAY = {
  '001_days.js': `
    const today = new Date().toISOString().slice(0, 10);
    exports.up = (knex) => {
      (globalThis.momentsOfRuns ??= []).push(Date.now());
      return knex.schema.createTable('days', (t) => {
        t.integer('id').notNullable().primary();
        t.string('text', 20).defaultTo(new Date().toDateString());
        t.date('day').defaultTo(today);
        t.integer('nine').defaultTo(9);
      });
    };
    exports.down = (knex) => knex.schema.dropTable('days');`,
  '002_year.mjs': `
    const today = new Date().toISOString().slice(0, 10);
    export const up = async (knex) => {
      await knex('days').insert({ id: 1, day: new Date() });
      await knex.schema.alterTable('days', (t) => t.integer('year').defaultTo(new Date().getFullYear()));
      await knex.schema.alterTable('days', (t) => t.date('since').defaultTo(today));
    };
    export const down = async () => {};`,
  '003_month.ts': `
    const month: number = new Date().getMonth();
    export async function up(knex) {
      await knex.schema.alterTable('days', (t) => t.integer('month').defaultTo(month));
    }
    export async function down() {}`,
};

const trueDate = globalThis.Date;
afterEach(() => {
  vi.useRealTimers();
  expect(globalThis.Date).toBe(trueDate);
  expect(trueDate.prototype.constructor).toBe(trueDate);
});

test.each<Family>(['postgres', 'mysql', 'pglite'])(
  'on %s, a constant made of the day is expected by kind: on another day the manifests are the same, and so is a database',
  async (family) => {
    const database = await createDatabase(family);
    const project = await createProject(OF_THE_DAY);
    const dialect = family === 'mysql' ? 'mysql' : 'postgres';
    Reflect.set(globalThis, 'momentsOfRuns', []);
    try {
      const knex = database.knex();
      const before = Date.now();
      await project.record(knex);
      const after = Date.now();
      const [first = 0, second = 0] = Reflect.get(globalThis, 'momentsOfRuns') as readonly number[];
      expect(first >= before && first <= after, 'the first run has the true clock').toBe(true);
      expect(second).toBeGreaterThan(after + 365 * 86_400_000);

      const manifests = await readManifests(`${project.migrations}/manifests`, dialect);
      const days = new Map(manifests.get('003_month')?.tables).get('days');
      expect(
        Object.fromEntries(days?.columns.map(({ name, default: value }) => [name, value]) ?? []),
      ).toEqual({
        id: undefined,
        text: { varying: 'literal' },
        day: { varying: 'literal' },
        nine: { literal: '9' },
        year: { varying: 'literal' },
        since: { varying: 'literal' },
        month: { varying: 'literal' },
      });

      await knex.raw(`create table days (id int primary key not null, text varchar(20) default 'Sat Apr 04 2015',
        day date default '2015-04-04', nine int default 9, year int default 2015, since date default '2015-04-04', month int default 3)`);
      expect(await detectState({ knex, migrations: project.migrations })).toMatchObject({
        state: 'legacy',
        revision: '003_month',
        differences: [],
      });

      vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 1, 3) });
      const faked = globalThis.Date;
      const scratch = await dialectOf(knex).createScratch(knex);
      try {
        const workspace = await openWorkspace({ knex, migrations: project.migrations });
        const changes = await compareManifestFiles(workspace, await replayManifests(workspace, scratch));
        expect(changes.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'unchanged']);
        expect(globalThis.Date).toBe(faked);
      } finally {
        await scratch.remove();
      }
    } finally {
      vi.useRealTimers();
      await database.dispose();
      await project.remove();
    }
  },
);

describe.each(SERVERS)('on %s', (family) => {
  test('a table named after the month is refused, and the hint names the clock and what to do', async () => {
    const database = await createDatabase(family);
    const project = await createProject({
      '001_events.js': `
        exports.up = (knex) => knex.schema.createTable('events_' + new Date().toISOString().slice(0, 7), (t) => t.increments());
        exports.down = async () => {};`,
    });
    try {
      await expect(project.record(database.knex())).rejects.toMatchObject({
        code: 'MIGRATIONS.VARYING',
        message: expect.stringContaining('events_'),
        hint: expect.stringMatching(/clock.*Write the date/),
      });
    } finally {
      await database.dispose();
      await project.remove();
    }
  });

  test('a migration that fails by the other clock only is named with the reason, and Date is what it was', async () => {
    const database = await createDatabase(family);
    const project = await createProject({
      '001_until.js': `
        exports.up = async () => {
          if (new Date() > new Date(globalThis.startOfTest + 86400000)) throw new Error('too late');
        };
        exports.down = async () => {};`,
    });
    Reflect.set(globalThis, 'startOfTest', Date.now());
    try {
      await expect(project.record(database.knex())).rejects.toMatchObject({
        code: 'MIGRATIONS.FAILED',
        message: expect.stringMatching(/001_until.*too late/),
        hint: expect.stringContaining('clock'),
      });
    } finally {
      await database.dispose();
      await project.remove();
    }
  });

  test('a module is evaluated again, what it imports is not, and one that does not bear it is run as it is', async () => {
    const database = await createDatabase(family);
    const table = (name: string) => `
exports.up = (knex) => knex.schema.createTable('${name}', (t) => t.integer('made').defaultTo(made));
exports.down = async () => {};`;
    const project = await createProject({
      '001_once.js': `
const made = Math.min(Math.random(), 0);
globalThis.evaluations.push('once');
if (globalThis.evaluations.filter((one) => one === 'once').length > 1) throw new Error('once is enough');${table('once')}`,
      '002_called.js': `const { next } = require('../helper.js');\nconst made = next();${table('called')}`,
      '003_imported.js': `const { made } = require('../helper.js');${table('imported')}`,
    });
    Reflect.set(globalThis, 'evaluations', []);
    await project.write(
      '../helper.js',
      `globalThis.evaluations.push('helper'); let last = 0; exports.next = () => { last += 1; return last; }; exports.made = 7;`,
    );
    try {
      await project.record(database.knex());
      // Knex loads them all at once, in no certain order.
      expect([...Reflect.get(globalThis, 'evaluations')].sort()).toEqual(['helper', 'once', 'once']);
      const manifests = await readManifests(
        `${project.migrations}/manifests`,
        family === 'mysql' ? 'mysql' : 'postgres',
      );
      const made = ['once', 'called', 'imported'].map(
        (name, index) =>
          new Map([...manifests.values()][index]?.tables)
            .get(name)
            ?.columns.find((one) => one.name === 'made')?.default,
      );
      expect(made).toEqual([{ literal: '0' }, { varying: 'literal' }, { literal: '7' }]);
    } finally {
      await database.dispose();
      await project.remove();
    }
  });

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
