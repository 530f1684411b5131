import { adoptionFlags } from '../adoption-flags.ts';
import { commandLogger, defineCommand, timeoutOption } from '../command.ts';
import type { Context } from '../context.ts';
import { usageError } from '../usage.ts';

const NO = ['false', '0', 'no', 'off'];
const YES = ['true', '1', 'yes', 'on'];

/** Why this start-up only reports; null when it does what is to be done. `AUTO_MIGRATE` wins, because it says so by name. */
function reportOnly({ env }: Pick<Context, 'env'>): string | null {
  const word = env.AUTO_MIGRATE ?? '';
  if (NO.includes(word.toLowerCase())) return `AUTO_MIGRATE=${word}`;
  if (YES.includes(word.toLowerCase())) return null;
  if (word !== '') throw usageError('AUTO_MIGRATE is neither true nor false.', 'Set it to one of them.');
  return env.NODE_ENV === 'test' ? 'NODE_ENV=test' : null;
}

/** Where nothing was to be written, that the verdict could not be told keeps no application from starting. */
const NOTHING_BUT_A_REPORT = /^(?:DETECT|HISTORY|MANIFEST|MIGRATIONS)\./;

/** `startup`: an entrypoint. */
export const startupCommand = defineCommand({
  command: 'startup',
  describe: 'Wait for the database, bring it under Knex and up to date, then run a command in its place',
  examples: [
    ['startup -- node server.js', 'The command gets the signals, and its exit code is ours'],
    ['startup', 'For an init container'],
    ['AUTO_MIGRATE=false knex-adopt startup -- node server.js', 'Only report, then run the command'],
  ],
  exits: [
    '0 done (without a command)',
    "the command's own (with a command; 128 and the signal when it died of one)",
    '4 refused, the command was not started',
    '6 somebody holds the lock',
  ],
  options: (yargs) => timeoutOption(adoptionFlags(yargs)),
  run: async (context, options) => {
    const [{ readSettings, requireTarget }, session, { adoptionOptions }, { startup }, failures] =
      await Promise.all([
        import('../config.ts'),
        import('../session.ts'),
        import('../adoption-options.ts'),
        import('../../startup.ts'),
        import('../failure.ts'),
      ]);
    const logger = commandLogger(context, options, { level: 'info', style: 'lines' });
    const words = (options['--'] as readonly string[] | undefined) ?? [];
    const start = async (why: string | null): Promise<number> => {
      const timeoutMs = options.timeout === undefined ? undefined : options.timeout * 1000;
      const settings = await readSettings(context, options);
      const result = await session.withDatabase(
        context,
        settings,
        requireTarget(settings),
        { logger, writes: true, creates: why === null, embeddedWaitMs: timeoutMs ?? 60_000 },
        ({ knex }) =>
          startup({
            ...session.workspaceOptions(context, settings, knex, logger),
            ...adoptionOptions({ knex }, options, settings.adopt),
            timeoutMs,
            reportOnly: why,
          }),
      );
      const refusal = result.kind === 'adopted' ? result.report.plan?.refused[0] : undefined;
      return refusal === undefined ? 0 : failures.exitCodeOf(refusal);
    };
    const why = reportOnly(context);
    try {
      const exitCode = await start(why);
      if (exitCode !== 0) return exitCode;
    } catch (error) {
      if (context.signal.aborted) throw error;
      const failure = failures.describeFailure(error);
      const { code, message, hint, stack } = failure;
      logger.error({ event: 'failed', code, hint }, message);
      if (stack !== null) logger.debug({ event: 'failed' }, stack);
      if (words.length === 0 || why === null || !NOTHING_BUT_A_REPORT.test(code)) {
        return failures.exitCodeOf(failure);
      }
    }
    if (words.length === 0 || context.signal.aborted) return 0;
    const { runCommand } = await import('../run-command.ts');
    return runCommand(context, words);
  },
});
