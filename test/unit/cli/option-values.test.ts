import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireTrueOrFalse } from '../../../src/cli/option-values.ts';
import { failureOf } from '../../cli/command-line.ts';
import { runInProcess } from '../../cli/in-process.ts';

/** Commands without sub-commands, each with a word for every argument that it needs. */
async function commands(parent: readonly string[] = []): Promise<string[][]> {
  const { stdout } = await runInProcess([...parent, '--help']);
  const found: string[][] = [];
  for (const [, words = ''] of stdout.matchAll(
    /^ {2}knex-adopt ((?:[a-z]|<| (?=[a-z<]))\S*(?: <\S+>| [a-z-]+)*)/gm,
  )) {
    const command = words.split(' ').map((word) => (word.startsWith('<') ? '001' : word));
    if (command.length <= parent.length) continue;
    if (command.join(' ') === 'manifest') found.push(...(await commands(command)));
    else found.push(command);
  }
  return found;
}

/** Its options that are true or false, by the names in its help; but for those that yargs itself answers, whatever they are given. */
async function booleanOptions(command: readonly string[]): Promise<string[]> {
  const { stdout } = await runInProcess([...command, '--help']);
  const [options = ''] = stdout.split('\nExamples:');
  const names = options
    .split(/\n(?= +(?:-\w, )?--)/)
    .filter((text) => text.includes('[boolean]'))
    .flatMap((text) => [/-\w(?=, )/.exec(text)?.[0] ?? [], /--[\w-]+/.exec(text)?.[0] ?? []].flat());
  return names.filter((name) => !['-h', '--help', '--version'].includes(name));
}

describe('an option that is true or false takes nothing else,', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'knex-adopt-options-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('whatever the command', async () => {
    const seen = new Map<string, string[]>();
    for (const command of await commands()) {
      const options = await booleanOptions(command);
      seen.set(command.join(' '), options);
      for (const option of options) {
        for (const value of ['1', 'yes', 'TRUE']) {
          const ended = await runInProcess([...command, `${option}=${value}`], folder);
          const what = `${command.join(' ')} ${option}=${value}: ${ended.stderr}`;
          expect([ended.exitCode, ended.stdout], what).toEqual([2, '']);
          expect(failureOf(ended), what).toEqual({
            code: 'USAGE.INVALID',
            message: `${option} does not take "${value}".`,
            hint: `Give ${option} alone, ${option}=true or ${option}=false.`,
          });
        }
      }
    }
    // That the helps were read.
    expect(seen.size).toBeGreaterThan(20);
    expect(seen.get('handle-legacy')).toEqual(
      expect.arrayContaining([
        '--dry-run',
        '--rehearse',
        '-y',
        '--yes',
        '--no-seed',
        '--shared',
        '--json',
        '--quiet',
      ]),
    );
    expect(seen.get('repair-history')).toContain('--dry-run');
    expect(seen.get('manifest build')).toContain('--verbose');
  });
});

test('an option that takes text is not given an empty one', async () => {
  for (const [command, option] of [
    ['status', 'schema'],
    ['status', 'url'],
    ['handle-legacy', 'map'],
    ['handle-legacy', 'apply'],
    ['handle-legacy', 'on-partial'],
    ['wait', 'timeout'],
    ['validate', 'dialect'],
  ] as const) {
    for (const words of [[`--${option}=`], [`--${option}`, '']]) {
      const ended = await runInProcess([command, ...words]);
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
      expect(failureOf(ended), ended.stderr).toMatchObject({
        code: 'USAGE.INVALID',
        message: expect.stringMatching(new RegExp(`^--${option} (takes|does not take) `)),
      });
    }
  }
});

describe('of the words', () => {
  const known = { boolean: ['dry-run', 'no-seed', 'yes'], alias: { yes: ['y'], 'dry-run': ['dryRun'] } };
  const check =
    (...words: string[]) =>
    () =>
      requireTrueOrFalse(words, known);

  test.each(['--dry-run=1', '--dryRun=yes', '--no-seed=maybe', '-y=no', '-y1', '-y-', '-xy=1'])(
    '%s is refused',
    (word) => {
      expect(check('handle-legacy', word)).toThrow(/^--?(dry-run|no-seed|y) does not take /);
    },
  );

  test.each([
    [['--dry-run', '1']],
    [['--dry-run=true', '--no-seed=false', '-y=true', '--dryRun=false']],
    [['--no-seed', '-y', '-1', '+1', '-']],
    [['--url=1', '--accept=--dry-run=1']],
    [['--', '--dry-run=1']],
  ])('%j are not', (words) => {
    expect(check(...words)).not.toThrow();
  });
});
