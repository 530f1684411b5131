import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { ask, askForName } from '../../src/cli/prompt.ts';

/** As much of a process as a question takes, at a terminal or not. */
function terminal(answer: string, isTTY = true): { context: Context; shown: () => string } {
  let shown = '';
  const output = {
    isTTY,
    write: (text: string) => {
      shown += text;
    },
  };
  const context: Context = {
    argv: [],
    env: {},
    cwd: '.',
    version: '0',
    stdout: { isTTY, write: () => expect.unreachable('a question is no data') },
    stderr: output,
    stdin: Object.assign(new PassThrough(), { isTTY }),
    signal: new AbortController().signal,
    secrets: new Set(),
    now: () => new Date(0),
    enterDirectory: () => {},
    stray: new Promise<never>(() => {}),
    takeSignals: () => () => {},
  };
  (context.stdin as PassThrough).end(`${answer}\n`);
  return { context, shown: () => shown };
}

describe('before something is written', () => {
  test.each(['y', 'yes', 'Y', ' YES '])('"%s" is a yes', async (answer) => {
    const { context, shown } = terminal(answer);
    await ask(context, 'This undoes 003.\n', 'Undo it?');
    expect(shown()).toContain('This undoes 003.');
    expect(shown()).toContain('Undo it? [y/N]');
  });

  test.each(['', 'n', 'no', 'yesterday', 'ja'])('"%s" is none', async (answer) => {
    const { context } = terminal(answer);
    await expect(ask(context, 'This undoes 003.\n', 'Undo it?')).rejects.toMatchObject({
      code: 'USAGE.DECLINED',
    });
  });

  test('nobody is asked where there is no terminal', async () => {
    const { context, shown } = terminal('yes', false);
    await expect(ask(context, 'This undoes 003.\n', 'Undo it?')).rejects.toMatchObject({
      code: 'USAGE.DECLINED',
      hint: expect.stringContaining('--yes'),
    });
    expect(shown()).toBe('');
  });

  test('an interrupted question is no yes', async () => {
    const { context } = terminal('');
    const controller = new AbortController();
    const silent = Object.assign(new PassThrough(), { isTTY: true });
    const asked = ask({ ...context, stdin: silent, signal: controller.signal }, '', 'Undo it?');
    controller.abort();
    await expect(asked).rejects.toThrow();
  });

  test('a terminal that closes without an answer is no yes', async () => {
    const { context } = terminal('');
    const closed = Object.assign(new PassThrough(), { isTTY: true });
    closed.end();
    await expect(ask({ ...context, stdin: closed }, '', 'Undo it?')).rejects.toMatchObject({
      code: 'USAGE.DECLINED',
    });
  });
});

describe('before something is dropped for good', () => {
  const what = 'This drops 2 tables.\n';

  test.each(['shop', ' shop '])('the name "%s" lets it go on', async (answer) => {
    const { context, shown } = terminal(answer);
    await askForName(context, what, 'database', 'shop', undefined);
    expect(shown()).toContain('This drops 2 tables.');
    expect(shown()).toContain('Type the name of the database to go on: ');
  });

  test.each(['', 'y', 'yes', 'Shop', 'shop2'])('"%s" does not', async (answer) => {
    const { context } = terminal(answer);
    await expect(askForName(context, what, 'database', 'shop', undefined)).rejects.toMatchObject({
      code: 'USAGE.DECLINED',
      message: expect.stringContaining('The database is shop'),
    });
  });

  test('a name that was given beforehand is taken for it, and nobody is asked; another is refused', async () => {
    const { context, shown } = terminal('', false);
    await askForName(context, what, 'database', 'shop', 'shop');
    await expect(askForName(context, what, 'database', 'shop', 'shops')).rejects.toMatchObject({
      code: 'USAGE.DECLINED',
    });
    expect(shown()).toBe('');
  });

  test('where there is no terminal and none was given, the hint names the option', async () => {
    const { context } = terminal('shop', false);
    await expect(askForName(context, what, 'database', 'shop', undefined)).rejects.toMatchObject({
      code: 'USAGE.DECLINED',
      hint: expect.stringContaining('--database NAME'),
    });
  });
});
