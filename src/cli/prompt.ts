import { createInterface } from 'node:readline/promises';
import type { Context } from './context.ts';
import { visible } from './render/text.ts';
import { declined } from './usage.ts';

/**
 * Puts a question, and gives what was typed; an empty text where the terminal was closed. It goes to stderr, because stdout is for data.
 *
 * @throws AdoptError `USAGE.DECLINED` when there is no terminal to ask on.
 */
async function answerTo(
  context: Context,
  what: string,
  question: string,
  otherwise: string,
): Promise<string> {
  if (context.stdin.isTTY !== true || !context.stderr.isTTY) {
    throw declined('There is no terminal to ask on, so nothing was done.', otherwise);
  }
  context.stderr.write(`${what}\n`);
  const reader = createInterface({ input: context.stdin });
  try {
    context.stderr.write(question);
    // Ctrl-D closes the terminal's input, and a question that is still open then is never answered.
    const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    const answer = await Promise.race([reader.question('', { signal: context.signal }), closed]);
    return answer.trim();
  } finally {
    reader.close();
  }
}

/**
 * Asks before something is written.
 *
 * @param what what is about to be done, ending in a newline.
 * @throws AdoptError `USAGE.DECLINED` when the answer is not yes, or when there is no terminal to ask on.
 */
export async function ask(context: Context, what: string, question: string): Promise<void> {
  const answer = await answerTo(context, what, `${question} [y/N] `, 'Say yes beforehand, with --yes.');
  if (/^y(es)?$/i.test(answer)) return;
  throw declined(
    'The answer was not yes, so nothing was done.',
    'Run it again, and answer yes or give --yes.',
  );
}

/**
 * Asks for a name to be typed before something is done that cannot be undone.
 *
 * @param what what is about to be done, ending in a newline.
 * @param kind what has the name, and the option that gives it beforehand.
 * @param given the name that was given beforehand; then nobody is asked.
 * @throws AdoptError `USAGE.DECLINED` when it is another name, or when none was given and there is no terminal to ask on.
 */
export async function askForName(
  context: Context,
  what: string,
  kind: string,
  name: string,
  given: string | undefined,
): Promise<void> {
  const question = `Type the name of the ${kind} to go on: `;
  const typed = given ?? (await answerTo(context, what, question, `Name the ${kind}, with --${kind} NAME.`));
  if (typed === name) return;
  throw declined(
    `The ${kind} is ${visible(name)} and not ${visible(typed === '' ? 'without a name' : typed)}, so nothing was done.`,
    `See that it is the right ${kind}, and give its name.`,
  );
}
