import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useDatabase } from '../support/use-database.ts';
import { createProject, type Ended, failureOf, ROOT, runProcess } from './command-line.ts';

const MAIN = join(ROOT, 'dist/cli/main.js');

/** Runs the built command line by a shell, as `"$@"` of the script, in the repository. */
function inShell(script: string, args: readonly string[]): Promise<Ended> {
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, MAIN, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
}

describe('a command that has not come to its end does not exit with 0:', () => {
  const database = useDatabase('postgres');

  test('a migration that ends the process while it runs', async () => {
    const project = await createProject({}, { chain: true });
    await project.write({
      'migrations/003_activity_features.ts':
        'export const up = async () => process.exit(0);\nexport const down = async () => {};\n',
    });
    const served = ['--', process.execPath, '-e', 'console.log("served")'];
    const ended = await runProcess(['startup', '--url', database.url, ...served], { cwd: project.folder });
    expect([ended.exitCode, ended.stdout], ended.stderr).toEqual([4, '']);
    expect(failureOf(ended)).toMatchObject({
      code: 'MIGRATIONS.FAILED',
      message: expect.stringMatching(/migration 003_activity_features\.ts was begun last\.$/),
    });
  });

  test('a migration that ends the process when it is loaded', async () => {
    const project = await createProject({ 'migrations/001_cats.js': 'process.exit(0);\n' });
    const ended = await runProcess(['validate', '--offline'], { cwd: project.folder });
    expect([ended.exitCode, ended.stdout], ended.stderr).toEqual([2, '']);
    expect(failureOf(ended).code).toBe('MIGRATIONS.LOAD');
    expect(failureOf(ended).message).toContain('001_cats.js');
  });

  test('a knexfile that ends the process', async () => {
    const project = await createProject({ 'knexfile.js': 'process.exit(0);\n' });
    const ended = await runProcess(['status', '--json'], { cwd: project.folder });
    expect([ended.exitCode, ended.stdout], ended.stderr).toEqual([4, '']);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'MIGRATIONS.FAILED' } });
  });

  test('a working directory that was removed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'knex-adopt-removed-'));
    const ended = await inShell(`cd '${folder}' && rmdir '${folder}' && exec "$@"`, ['status']);
    expect([ended.exitCode, ended.stdout], ended.stderr).toEqual([2, '']);
    expect(failureOf(ended)).toMatchObject({
      code: 'CONFIG.FILE',
      message: 'The working directory does not exist any more.',
    });
  });

  test('a full disk where its output goes', async () => {
    const ended = await inShell('exec "$@" > /dev/full', ['show', '001_initial_schema']);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(failureOf(ended)).toMatchObject({
      code: 'CONFIG.FILE',
      message: 'The command is done, but what it printed could not be written to stdout (ENOSPC).',
    });
  });
});

test('a reader that goes away is no failure', async () => {
  const ended = await inShell('{ "$@"; echo $? >&2; } | true', ['show', '001_initial_schema']);
  expect(ended.stderr).toBe('0\n');
});
