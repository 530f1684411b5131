import { AdoptError } from '../errors.ts';

/** What is wrong with a command line. */
export function usageError(message: string, hint = 'See "knex-adopt --help".'): AdoptError {
  return new AdoptError('USAGE.INVALID', message, { hint });
}

/** Whoever was asked said no, or nobody could be asked. */
export function declined(message: string, hint: string): AdoptError {
  return new AdoptError('USAGE.DECLINED', message, { hint });
}

/** yargs' own sentences, in ours. */
export function usageFailure(message: string, argv: readonly string[]): AdoptError {
  const command = argv.find((word) => !word.startsWith('-'));
  const hint = `See "knex-adopt ${command === undefined ? '' : `${command} `}--help".`;
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1];
  if (unknown !== undefined) {
    const [first = ''] = unknown.split(', ');
    if (first === command) return usageError(`There is no command "${command}".`);
    const option = argv.some((word) => word.startsWith('-') && word.replace(/^-+/, '').startsWith(first));
    return usageError(
      option ? `There is no option "--${first}" here.` : `"${first}" was not expected here.`,
      hint,
    );
  }
  const meant = /^Did you mean (.*)\?$/.exec(message)?.[1];
  if (meant !== undefined) {
    return usageError(`There is no command "${command ?? ''}".`, `Did you mean "knex-adopt ${meant}"?`);
  }
  const choice = /^Invalid values:\s+Argument: ([\w-]+), Given: (.*), Choices: (.*)$/.exec(message);
  if (choice !== null) {
    const [, name = '', given = '', choices = ''] = choice;
    return usageError(`--${name} does not take ${given}.`, `Give one of: ${choices.replaceAll('"', '')}.`);
  }
  const empty = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (empty !== undefined) return usageError(`--${empty} takes a value.`, hint);
  const exclusive = /^Arguments ([\w-]+) and ([\w-]+) are mutually exclusive/.exec(message);
  if (exclusive !== null)
    return usageError(`--${exclusive[1]} and --${exclusive[2]} exclude each other.`, hint);
  if (/^Not enough non-option arguments/.test(message)) {
    return usageError('An argument is missing.', hint);
  }
  return usageError(message.replace(/\s*\n\s*/g, ' ').replace(/([^.?!])$/, '$1.'), hint);
}
