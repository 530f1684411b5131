import { createInterface } from 'node:readline/promises';
import type { Context } from './context.ts';
import { declined } from './usage.ts';

/**
 * Asks before something is written. The question goes to stderr, because stdout is for data.
 *
 * @param what what is about to be done, ending in a newline.
 * @throws AdoptError `USAGE.DECLINED` when the answer is not yes, or when there is no terminal to ask on.
 */
export async function ask(context: Context, what: string, question: string): Promise<void> {
  if (context.stdin.isTTY !== true || !context.stderr.isTTY) {
    throw declined('There is no terminal to ask on, so nothing was done.', 'Say yes beforehand, with --yes.');
  }
  context.stderr.write(`${what}\n`);
  const reader = createInterface({ input: context.stdin });
  try {
    context.stderr.write(`${question} [y/N] `);
    // Ctrl-D closes the terminal's input, and a question that is still open then is never answered.
    const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    const answer = await Promise.race([reader.question('', { signal: context.signal }), closed]);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    reader.close();
  }
  throw declined(
    'The answer was not yes, so nothing was done.',
    'Run it again, and answer yes or give --yes.',
  );
}
