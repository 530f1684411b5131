import { AdoptError } from '../errors.ts';

/** What is wrong with a command line. */
export function usageError(message: string, hint = 'See "knex-adopt --help".'): AdoptError {
  return new AdoptError('USAGE.INVALID', message, { hint });
}

/** Whoever was asked said no, or nobody could be asked. */
export function declined(message: string, hint: string): AdoptError {
  return new AdoptError('USAGE.DECLINED', message, { hint });
}

/** Words of a command line, and what is needed to understand them. */
export interface UsageFacts {
  readonly argv: readonly string[];
  /** Names of the options before a command that take a value, which is no command. */
  readonly valued: ReadonlySet<string>;
  /** Commands that are nothing without one of their own. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** The words that are neither an option nor, as far as that can be told, the value of one. */
function plainWords({ argv, valued }: UsageFacts): readonly string[] {
  return argv.filter((word, index) => {
    const before = /^--(.*)$/.exec(argv[index - 1] ?? '')?.[1];
    return !word.startsWith('-') && (before === undefined || !valued.has(before));
  });
}

/** Somebody asked for a group of commands, and for none of the group. */
export function noSuchMember(group: string, members: readonly string[], word?: string): AdoptError {
  const all = `Give one of: ${group} ${members.join(', ')}.`;
  return word === undefined
    ? usageError(all)
    : usageError(`"${group}" has no command "${word}".`, `${all} See "knex-adopt ${group} --help".`);
}

/** yargs' own sentences, in ours. */
export function usageFailure(message: string, facts: UsageFacts): AdoptError {
  const { argv, groups } = facts;
  const [command, second] = plainWords(facts);
  const hint = `See "knex-adopt ${command === undefined ? '' : `${command} `}--help".`;
  const members = groups[command ?? ''];
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1];
  const meant = /^Did you mean (.*)\?$/.exec(message)?.[1];
  if (command !== undefined && members !== undefined && second !== undefined && !members.includes(second)) {
    if (meant !== undefined || unknown?.split(', ')[0] === second)
      return noSuchMember(command, members, second);
  }
  if (unknown !== undefined) {
    const [first = ''] = unknown.split(', ');
    if (first === command) return usageError(`There is no command "${command}".`);
    const option = argv.some((word) => word.startsWith('-') && word.replace(/^-+/, '').startsWith(first));
    return usageError(
      option ? `There is no option "--${first}" here.` : `"${first}" was not expected here.`,
      hint,
    );
  }
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
