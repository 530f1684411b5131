import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProject, failureOf, ROOT, run, runProcess } from './command-line.ts';

const COMMANDS = [
  'detect-state',
  'handle-legacy',
  'status',
  'current',
  'history',
  'pending',
  'show',
  'diff',
  'upgrade',
  'downgrade',
  'stamp',
  'create',
  'validate',
  'manifest',
  'wait',
  'startup',
];

test('--version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await runProcess(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help names every command, on stdout', async () => {
  const { exitCode, stdout, stderr } = await runProcess(['--help']);
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ +knex-adopt ${command}\\b`, 'm'));
});

test.each(COMMANDS)('%s --help has an example and the exit codes', async (command) => {
  const { exitCode, stdout, stderr } = await runProcess([command, '--help']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Examples:');
  expect(stdout).toMatch(/Exit codes:\n +0 /);
});

describe('a command line that makes no sense is one sentence and exit status 2:', () => {
  test.each([
    [[], 'Give a command.', ''],
    [['detect'], 'There is no command "detect".', ''],
    [['detect-stat'], 'There is no command "detect-stat".', 'detect-state'],
    [['--url', 'pglite:cats', 'detect'], 'There is no command "detect".', ''],
    [['--bogus'], 'There is no option "--bogus" here.', ''],
    [['--url', 'pglite:cats'], 'Give a command.', ''],
    [['manifest', 'frob'], '"manifest" has no command "frob".', 'manifest build, check, show, record'],
    [['manifest', 'something'], '"manifest" has no command "something".', 'build, check, show, record'],
    [['--url', 'pglite:cats', 'manifest', 'chek'], '"manifest" has no command "chek".', 'manifest build'],
    [['upgrade', 'head', 'more'], '"more" was not expected here.', 'upgrade --help'],
    [['status', '--jsn'], 'There is no option "--jsn" here.', 'status --help'],
    [['show'], 'An argument is missing.', 'show --help'],
    [['manifest'], 'Give one of: manifest build, check, show, record.', ''],
    [['handle-legacy', '--traceless', 'maybe'], '--traceless does not take "maybe".', 'refuse, run, skip'],
    [['handle-legacy', '--to', 'a', '--to', 'b'], '--to was given more than once.', ''],
    [['wait', '--timeout', 'soon'], '--timeout takes a number of seconds.', ''],
    [['status', '--url'], '--url takes a value.', 'status --help'],
  ])('%j', async (words, message, hint) => {
    const ended = await runProcess(words);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(ended.stdout).toBe('');
    const failure = failureOf(ended);
    expect(failure.code).toBe('USAGE.INVALID');
    expect(failure.message).toContain(message);
    expect(failure.hint).toContain(hint);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(3);
  });
});

test.each([
  ['--log-format=json', 'status', '--bogus'],
  ['status', '--log-format', 'json', '--bogus'],
])('a failure is a line of JSON where the log is: %s %s %s', async (...words) => {
  const ended = await run(words);
  expect([ended.exitCode, ended.stdout]).toEqual([2, '']);
  expect(JSON.parse(ended.stderr)).toMatchObject({ level: 'error', code: 'USAGE.INVALID' });
});

test('what a migration prints does not get into the data', async () => {
  const project = await createProject({}, { chain: true });
  const file = 'migrations/001_initial_schema.ts';
  const text = await readFile(join(project.folder, file), 'utf8');
  await project.write({ [file]: `console.log('chatter'); console.table([1]);\n${text}` });
  const shown = await project.run(['show', '001_initial_schema', '--json']);
  expect(shown.exitCode, shown.stderr).toBe(0);
  expect(JSON.parse(shown.stdout)).toMatchObject({ revision: '001_initial_schema' });
  expect(shown.stderr).toContain('chatter');
});

test('output is plain when it is piped, and coloured when that is asked for', async () => {
  const paint = String.fromCharCode(27);
  expect((await runProcess(['show', '001_initial_schema'])).stdout).not.toContain(paint);
  const coloured = await runProcess(['show', '001_initial_schema'], { env: { FORCE_COLOR: '1' } });
  expect(coloured.stdout).toContain(paint);
});
