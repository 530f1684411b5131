/** `--without-rule`, and `withoutRules` in a knexfile. */
import { beforeAll, describe, expect, test } from 'vitest';
import { EQUIVALENCE_RULES } from '../../src/equivalence-rules.ts';
import { runSql } from '../support/database.ts';
import { useDatabase } from '../support/use-database.ts';
import { createProject, failureOf, type Project } from './command-line.ts';

const MIGRATION = `
exports.up = (knex) => knex.schema.createTable('toys', (table) => {
  table.integer('id').primary();
  table.string('name', 40);
  table.index(['name']);
});
exports.down = (knex) => knex.schema.dropTable('toys');
`;

describe('a rule is switched off', () => {
  const database = useDatabase('postgres');

  /** A project whose manifest has been built, with further knexfiles. */
  async function built(): Promise<Project> {
    const knexfile = (adopt = '') =>
      `module.exports = { client: 'pg', connection: ${JSON.stringify(database.url)}, migrations: { directory: './migrations' }${adopt} };`;
    const project = await createProject({
      'knexfile.js': knexfile(),
      'strict.js': knexfile(", adopt: { withoutRules: ['constraint-and-index-names'] }"),
      'wrong.js': knexfile(", adopt: { withoutRules: ['constraint-names'] }"),
      'migrations/001_toys.js': MIGRATION,
    });
    const { exitCode, stderr } = await project.run(['manifest', 'build', '--quiet']);
    expect(exitCode, stderr).toBe(0);
    return project;
  }

  // The index under a name of somebody else's, as another tool would have made it.
  beforeAll(() =>
    runSql(
      database,
      'create table toys (id integer primary key, name varchar(40)); create index by_name on toys (name)',
    ),
  );

  test('by nobody: the database is met, and the report says by which rule', async () => {
    const project = await built();
    const { exitCode, stdout } = await project.run(['detect-state']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('legacy at 001_toys');
    expect(stdout).toContain('taken for equal: constraint-and-index-names');
  });

  test.each([
    ['on the command line', ['--without-rule', 'constraint-and-index-names']],
    ['in the knexfile', ['--knexfile', 'strict.js']],
    ['in both', ['--knexfile', 'strict.js', '--without-rule', 'column-order']],
  ])('%s: the report shows what rested on it, and says so', async (_where, words) => {
    const project = await built();
    const { exitCode, stdout } = await project.run(['detect-state', ...words]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/different +public\.toys +index toys_name_index/);
    expect(stdout).toContain('equal by constraint-and-index-names, which is switched off');
    expect(stdout).toMatch(/rules switched off: .*constraint-and-index-names/);
    expect(stdout).not.toContain('taken for equal');
  });

  test('status --check, stamp and handle-legacy go by it too', async () => {
    const project = await built();
    const off = ['--without-rule', 'constraint-and-index-names'];
    expect((await project.run(['status', '--check'])).exitCode).toBe(5);
    expect((await project.run(['status', '--check', ...off])).exitCode).toBe(4);
    const stamp = await project.run(['stamp', '001_toys', ...off]);
    expect([stamp.exitCode, failureOf(stamp).code]).toEqual([4, 'REFUSED.UNMET']);
    const handle = await project.run(['handle-legacy', '--yes', '--json', ...off]);
    expect(handle.exitCode).toBe(4);
    expect(JSON.parse(handle.stdout)).toMatchObject({
      outcome: 'refused',
      before: { withoutRules: ['constraint-and-index-names'] },
      plan: { refused: [{ code: 'REFUSED.PARTIAL' }] },
    });
  });

  test('what is recorded from the database is not changed by it', async () => {
    const project = await built();
    const plain = await project.run(['manifest', 'record', '001_toys', '--json']);
    const strict = await project.run(['manifest', 'record', '001_toys', '--json', '--knexfile', 'strict.js']);
    expect(JSON.parse(plain.stdout)).toMatchObject({ change: 'changed' });
    expect(JSON.parse(strict.stdout)).toMatchObject({ change: 'unchanged' });
  });

  test.each([
    ['--without-rule', ['--without-rule', 'constraint-names']],
    ['a knexfile', ['--knexfile', 'wrong.js']],
  ])('that does not exist: %s is refused, and told all that do', async (_where, words) => {
    const project = await built();
    const ended = await project.run(['detect-state', ...words]);
    expect(ended.exitCode).toBe(2);
    const { code, message, hint } = failureOf(ended);
    expect([code, message]).toEqual(['USAGE.INVALID', 'There is no equivalence rule "constraint-names".']);
    for (const rule of EQUIVALENCE_RULES) expect(hint).toContain(rule);
  });
});
