/** Hosts whose Knex writes names, and reads rows, otherwise: what is Knex's own and ours goes without, as Knex's migrator does it. */
import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHistoryEntries } from '../../src/history-entries.ts';
import { adopt } from '../../src/library.ts';
import { readStatus } from '../../src/status.ts';
import { unadopt } from '../../src/unadopt.ts';
import { openWorkspace } from '../../src/workspace.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project } from '../support/project.ts';

/** Every key of every row by another name. */
function keysBy(rename: (key: string) => string) {
  const rows = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rows);
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [rename(key), inner]));
  };
  return rows;
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** As Objection's `knexSnakeCaseMappers` has it, without and with `upperCase`. */
const MAPPERS: Readonly<Record<string, Pick<Knex.Config, 'wrapIdentifier' | 'postProcessResponse'>>> = {
  'snake case': {
    wrapIdentifier: (name, original) => original(snake(name)),
    postProcessResponse: keysBy(camel),
  },
  'upper case': {
    wrapIdentifier: (name, original) => original(name === '*' ? name : snake(name).toUpperCase()),
    postProcessResponse: keysBy((key) => camel(key.toLowerCase())),
  },
};

const FILES = {
  '001_cats.js': `exports.up = (knex) => knex.schema.createTable('cats', (t) => { t.increments(); t.string('fullName'); });
exports.down = (knex) => knex.schema.dropTable('cats');`,
  '002_mood.js': `exports.up = (knex) => knex.schema.alterTable('cats', (t) => { t.string('lastMood'); });
exports.down = (knex) => knex.schema.alterTable('cats', (t) => { t.dropColumn('lastMood'); });`,
};

describe.each(['postgres', 'mysql', 'pglite'] as const)('on %s', (family) => {
  describe.each(Object.keys(MAPPERS))('names in %s', (name) => {
    let project: Project;
    let database: TestDatabase;
    let knex: Knex;
    beforeEach(async () => {
      project = await createProject(FILES);
      database = await createDatabase(family);
      knex = database.knex(MAPPERS[name]);
      await project.record(knex);
      await knex.schema.createTable('cats', (t) => {
        t.increments();
        t.string('fullName');
      });
      await knex('cats').insert({ fullName: 'Minka' });
    });
    afterEach(async () => {
      await database.dispose();
      await project.remove();
    });

    const options = () => ({ knex, migrations: project.migrations });
    const columnsOf = async (table: string) => {
      const place = family === 'mysql' ? 'database()' : 'current_schema()';
      const plain = database.knex();
      const result = await plain.raw(
        `select column_name as name from information_schema.columns where table_schema = ${place} and table_name = ? order by 1`,
        [table],
      );
      const rows: { name: string }[] = family === 'mysql' ? result[0] : result.rows;
      return rows.map((row) => row.name);
    };

    test('an adoption is found by its receipt, by Knex, and by whoever takes it back', async () => {
      const now = () => new Date('2026-03-04T05:06:07.000Z');
      expect((await adopt({ ...options(), to: '001_cats', now })).outcome).toBe('adopted');
      expect(await columnsOf('knex_adoption')).toContain('undone_at');
      expect(await columnsOf('knex_migrations')).toEqual(['batch', 'id', 'migration_time', 'name']);
      const workspace = await openWorkspace(options());
      const history = await readHistoryEntries(workspace);
      expect(history.entries.map((entry) => [entry.revision, entry.status, entry.at])).toEqual([
        ['001_cats', 'adopted', '2026-03-04T05:06:07.000Z'],
        ['002_mood', 'pending', null],
      ]);
      expect((await readStatus(workspace)).status.adoption?.receipt).toMatchObject({
        stamped: ['001_cats.js'],
        undoneAt: null,
      });
      const { removed } = await unadopt(workspace, { confirm: async () => {}, now });
      expect(removed).toEqual(['001_cats.js']);
      expect(await columnsOf('knex_migrations')).toEqual([]);
      expect((await adopt(options())).outcome).toBe('adopted');
      const [completed, pending] = await knex.migrate.list({ directory: project.migrations });
      expect([completed.length, pending]).toEqual([2, []]);
      expect(await knex('cats').select('fullName', 'lastMood')).toEqual([
        { fullName: 'Minka', lastMood: null },
      ]);
    });
  });
});
