import { beforeAll, describe, expect, test } from 'vitest';
import { runSql } from '../support/database.ts';
import { useDatabase } from '../support/use-database.ts';
import { failureOf, run } from './command-line.ts';

describe('what is refused is told once, in one form', () => {
  const database = useDatabase('postgres');

  beforeAll(() => runSql(database, 'create table somebody_elses (id integer primary key)'));

  test.each([[['upgrade']], [['handle-legacy', '--yes']]])('in words by %j', async (command) => {
    const ended = await run([...command, '--url', database.url]);
    expect([failureOf(ended).code, ended.exitCode], ended.stderr).toEqual(['REFUSED.SHARED', 4]);
    expect(ended.stderr.match(/^knex-adopt: /gm)).toHaveLength(1);
    expect(ended.stderr.match(/code: /g)).toHaveLength(1);
  });

  test.each([
    [['upgrade', '--json'], false],
    [['handle-legacy', '--dry-run', '--json'], true],
    [['handle-legacy', '--yes', '--json', '--quiet'], true],
  ])('as the object that --json promises by %j', async (command, data) => {
    const ended = await run([...command, '--url', database.url]);
    expect(ended.exitCode, ended.stderr).toBe(4);
    // Nothing but the log of what was found may be before it.
    const { error } = JSON.parse(ended.stderr.slice(ended.stderr.indexOf('{')));
    expect(error).toMatchObject({ code: 'REFUSED.SHARED' });
    expect(ended.stderr).not.toContain('knex-adopt: ');
    if (!data) return expect(ended.stdout).toBe('');
    expect(JSON.parse(ended.stdout)).toMatchObject({ plan: { refused: [{ code: 'REFUSED.SHARED' }] } });
  });
});
