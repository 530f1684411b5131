import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Logger } from '../logger.ts';
import { DIALECT_NAMES } from '../schema/snapshot.ts';
import type { PlaceOptions } from './config.ts';
import type { Context } from './context.ts';
import { type Failure, failureJson } from './failure.ts';
import { createLogger, type LogLevel, type LogStyle } from './log.ts';
import { createStyle, type Style } from './render/style.ts';
import { withoutSecrets } from './secrets.ts';
import { usageError } from './usage.ts';

/** Options that every command has. */
export interface GlobalOptions extends PlaceOptions {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly logFormat?: 'text' | 'json' | undefined;
}

/** A command before it is put into yargs. */
export interface CommandDefinition<Options> {
  /** As yargs takes it: `show <revision>`; more than one for aliases. */
  readonly command: string | readonly string[];
  readonly describe: string;
  /** Command line without the program's name, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** What each exit status means here; beside those that every command may end with. */
  readonly exits: readonly string[];
  options(yargs: Argv<GlobalOptions>): Argv<Options>;
  /** Imports what it needs when it runs, so that no command pays for another. @returns the exit status */
  run(context: Context, options: ArgumentsCamelCase<Options>): Promise<number>;
}

/** Puts one command into yargs; what it ends with goes to `finish`. */
export type CommandRegistrar = (
  yargs: Argv<GlobalOptions>,
  context: Context,
  finish: (exitCode: number) => void,
) => Argv<GlobalOptions>;

const COMMON_EXITS = ['2 usage, configuration, or it could not be told', '7 database unreachable'];

/** Examples and exit codes at the end of a command's help. */
export function withHelp<Options>(
  yargs: Argv<Options>,
  { examples, exits }: Pick<CommandDefinition<unknown>, 'examples' | 'exits'>,
): Argv<Options> {
  for (const [line, meaning] of examples) yargs.example(`$0 ${line}`, meaning);
  const codes = [...exits, ...COMMON_EXITS].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return yargs.epilogue(`Exit codes:\n${codes.map((code) => `  ${code}`).join('\n')}`);
}

/** Makes a command. */
export function defineCommand<Options>(definition: CommandDefinition<Options>): CommandRegistrar {
  return (yargs, context, finish) =>
    yargs.command({
      command: definition.command,
      describe: definition.describe,
      builder: (own) => withHelp(definition.options(own), definition),
      handler: async (options) => finish(await definition.run(context, options)),
    });
}

/** `--json` promises one object for a failure: the first, which is also that of the exit status. The data hold all of them. */
function onlyFirst(): (failure: Omit<Failure, 'stack'>) => string {
  let told = false;
  return (failure) => {
    if (told) return '';
    told = true;
    return failureJson(failure);
  };
}

/** The log that a command writes: to stderr, without secrets. A failure in it has the form that `--json` promises where that was given. */
export function commandLogger(
  context: Context,
  options: GlobalOptions & { readonly json?: boolean | undefined },
  usual: { readonly level: LogLevel; readonly style?: LogStyle },
): Logger {
  const level = options.quiet === true ? 'error' : options.verbose === true ? 'debug' : usual.level;
  return createLogger({
    style: logStyle(context, options, usual.style ?? 'people'),
    level,
    now: context.now,
    ...(options.json === true ? { failure: onlyFirst() } : {}),
    write: (text) => context.stderr.write(withoutSecrets(text, context.secrets)),
  });
}

/** What `--log-format` says, else `LOG_FORMAT` where it is a word of ours: an application may have other words for it. */
export function logStyle(
  { env }: Pick<Context, 'env'>,
  { logFormat }: Pick<GlobalOptions, 'logFormat'>,
  usual: LogStyle,
): LogStyle {
  return (logFormat ?? env.LOG_FORMAT) === 'json' ? 'json' : usual;
}

/** Whether a stream's reader wants colours (https://no-color.org, https://force-color.org). */
export function styleFor({ env, stdout }: Context): Style {
  const wanted = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
  const unwanted = (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb';
  return createStyle(wanted || (stdout.isTTY && !unwanted));
}

/** Prints the data asked for: as one JSON object, or in words. */
export function print(
  context: Context,
  json: boolean | undefined,
  data: unknown,
  words: (style: Style) => string,
): void {
  context.stdout.write(json === true ? `${JSON.stringify(data, null, 2)}\n` : words(styleFor(context)));
}

/** `--json`, for commands that print data. */
export function jsonOption<Options>(yargs: Argv<Options>) {
  return yargs.option('json', { type: 'boolean', describe: 'Print one JSON object', default: false });
}

/** `--yes`, for commands that ask. */
export function yesOption<Options>(yargs: Argv<Options>) {
  return yargs.option('yes', { alias: 'y', type: 'boolean', describe: 'Do not ask', default: false });
}

/** `--without-rule`, for commands that judge a schema. */
export function ruleOption<Options>(yargs: Argv<Options>) {
  return yargs.option('without-rule', {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Take nothing for equal by this rule; repeatable (docs/formats.md lists them)',
  });
}

/** `--lock-timeout`, for commands that take the lock. */
export function lockOption<Options>(yargs: Argv<Options>) {
  return yargs.option('lock-timeout', {
    type: 'string',
    requiresArg: true,
    describe: 'How long to wait for another process that holds the lock, in seconds (default 60)',
    coerce: (text: string) => secondsOption('--lock-timeout', text),
  });
}

/** @throws AdoptError `USAGE.INVALID` when it is no number of seconds. */
export function secondsOption(name: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw usageError(`${name} takes a number of seconds.`);
}

/** `--dialect`, for commands that need no database. */
export function dialectOption<Options>(yargs: Argv<Options>) {
  return yargs.option('dialect', {
    choices: DIALECT_NAMES,
    requiresArg: true,
    describe: 'Family of the manifests (default: that of the database configured)',
  });
}

/** `--timeout`, for commands that wait for the database. */
export function timeoutOption<Options>(yargs: Argv<Options>) {
  return yargs.option('timeout', {
    type: 'string',
    requiresArg: true,
    describe: 'How long to wait for the database, in seconds (default 60)',
    coerce: (text: string) => secondsOption('--timeout', text),
  });
}
