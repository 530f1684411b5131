import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { ask } from '../../src/cli/prompt.ts';

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
