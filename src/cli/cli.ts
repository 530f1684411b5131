import yargs, { type Argv } from 'yargs';
import { type CommandRegistrar, type GlobalOptions, logStyle } from './command.ts';
import { COMMANDS } from './commands/commands.ts';
import { MANIFEST_COMMANDS } from './commands/manifest.ts';
import type { Context } from './context.ts';
import { describeFailure, exitCodeOf, failureJson, failureText } from './failure.ts';
import { createLogger } from './log.ts';
import { type KnownOptions, requireText, requireTrueOrFalse } from './option-values.ts';
import { withoutSecrets } from './secrets.ts';
import { usageError, usageFailure } from './usage.ts';

const PLACES = 'Where things are:';

function globalOptions(program: Argv): Argv<GlobalOptions> {
  return program
    .option('url', {
      type: 'string',
      requiresArg: true,
      group: PLACES,
      describe: 'Database: postgres://, mysql://, mariadb://, pglite:DIR or pglite::memory:',
    })
    .option('knexfile', { type: 'string', requiresArg: true, group: PLACES, describe: 'Knexfile' })
    .option('env', {
      type: 'string',
      requiresArg: true,
      group: PLACES,
      describe: 'Environment of the knexfile',
    })
    .option('migrations', { type: 'string', requiresArg: true, group: PLACES, describe: 'Migrations folder' })
    .option('manifests', { type: 'string', requiresArg: true, group: PLACES, describe: 'Manifests folder' })
    .option('schema', {
      type: 'string',
      array: true,
      requiresArg: true,
      group: PLACES,
      describe: 'Schema to look at; repeatable, the default one first',
    })
    .option('table', { type: 'string', requiresArg: true, group: PLACES, describe: "Knex's history table" })
    .option('receipts', {
      type: 'string',
      requiresArg: true,
      group: PLACES,
      describe: 'Our own table, with a receipt for each adoption (default knex_adoption)',
    })
    .option('log-format', {
      choices: ['text', 'json'] as const,
      requiresArg: true,
      describe: 'Log lines on stderr',
    })
    .option('quiet', { type: 'boolean', describe: 'Log nothing but failures' })
    .option('verbose', { type: 'boolean', describe: 'Log everything, and stacks of defects' });
}

/** What yargs knows; its types leave that out. */
const knownOptions = (program: Argv) => (program as unknown as { getOptions(): KnownOptions }).getOptions();

const LISTS = new Set(['_', '--', 'schema', 'accept', 'only', 'without-rule', 'withoutRule']);

/** yargs makes a list of what is given twice; which of two was meant is not ours to guess. */
function onlyOnce(options: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(options)) {
    if (Array.isArray(value) && !LISTS.has(name)) throw usageError(`--${name} was given more than once.`);
  }
  return true;
}

function program(
  context: Context,
  commands: readonly CommandRegistrar[],
  finish: (exitCode: number) => void,
): Argv {
  const base = globalOptions(
    yargs([], context.cwd)
      .scriptName('knex-adopt')
      .locale('en')
      .usage(
        '$0 <command>\n\nSays at which revision of a Knex migration chain a database stands, and brings it under Knex.',
      )
      .parserConfiguration({
        'populate--': true,
        'parse-numbers': false,
        'parse-positional-numbers': false,
        'boolean-negation': false,
        'greedy-arrays': false,
        'dot-notation': false,
      })
      .strict()
      .recommendCommands()
      .version(context.version)
      .help()
      .alias('help', 'h')
      .wrap(100)
      .exitProcess(false),
  );
  for (const register of commands) register(base, context, finish);
  const facts = {
    argv: context.argv,
    valued: new Set(Object.keys(knownOptions(base).narg)),
    groups: { manifest: MANIFEST_COMMANDS },
  };
  return base
    .check((options) => {
      const known = knownOptions(base);
      requireTrueOrFalse(context.argv, known);
      requireText(options, known);
      // Asked for here, and not of yargs, which would ask before it says what it does not know.
      const answered = options.help === true || options.version === true;
      if (options._.length === 0 && !answered) throw usageError('Give a command.');
      return onlyOnce(options);
    }, true)
    .fail((message, error) => {
      // yargs' own failures come as a message or as an error of its own; what a handler threw comes as it is.
      if (error !== undefined && error !== null && error.name !== 'YError') throw error;
      throw usageFailure(message ?? error.message, facts);
    });
}

/** The words of the command line before `--`, where a misread command line is still asked for what it wants. */
function ownWords({ argv }: Context): readonly string[] {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end);
}

function wants(context: Context, option: string): boolean {
  return ownWords(context).some((word) => word === option || word === `${option}=true`);
}

function wantsJsonLog(context: Context): boolean {
  const words = ownWords(context);
  return words.some(
    (word, index) => word === '--log-format=json' || (word === 'json' && words[index - 1] === '--log-format'),
  );
}

/** The one place where a failure is told. @returns the exit status */
export function reportFailure(context: Context, error: unknown): number {
  const failure = describeFailure(error);
  const shown = wants(context, '--verbose') || (context.env.DEBUG ?? '') !== '';
  const write = (text: string) => context.stderr.write(withoutSecrets(text, context.secrets));
  const logFormat = wantsJsonLog(context) ? 'json' : undefined;
  if (wants(context, '--json')) {
    write(failureJson(failure));
  } else if (logStyle(context, { logFormat }, 'people') === 'json') {
    const { code, message, hint } = failure;
    createLogger({ style: 'json', level: 'error', now: context.now, write }).error(
      { event: 'failed', code, hint },
      message,
    );
  } else {
    write(failureText(failure));
  }
  if (failure.stack !== null && shown) write(`${failure.stack}\n`);
  return exitCodeOf(failure);
}

/**
 * Runs one command line to its end. Nothing is thrown: every failure is told once, on stderr, and is an exit status.
 *
 * @returns the exit status; that of an interrupted command is for the caller to say.
 */
export async function runCli(context: Context): Promise<number> {
  let exitCode = 0;
  let printed = '';
  try {
    const command = program(context, COMMANDS, (code) => {
      exitCode = code;
    }).parseAsync([...context.argv], {}, (_error, _options, output) => {
      printed = output;
    });
    await Promise.race([command, context.stray]);
    if (printed !== '') context.stdout.write(`${printed}\n`);
    return exitCode;
  } catch (error) {
    // The interruption itself is told by whoever received the signal.
    return context.signal.aborted ? exitCode : reportFailure(context, error);
  }
}
