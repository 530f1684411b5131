import { commandLogger, defineCommand, timeoutOption } from '../command.ts';

/** `wait`: until the database accepts connections. */
export const waitCommand = defineCommand({
  command: 'wait',
  describe: 'Wait until the database accepts connections',
  examples: [['wait --timeout 30', 'For at most half a minute']],
  exits: ['0 it does'],
  options: (yargs) => timeoutOption(yargs),
  run: async (context, options) => {
    const [{ readSettings, requireTarget }, { withDatabase }, { DEFAULT_WAIT_MS, waitForDatabase }] =
      await Promise.all([import('../config.ts'), import('../session.ts'), import('../../wait.ts')]);
    const logger = commandLogger(context, options, { level: 'info' });
    const timeoutMs = options.timeout === undefined ? DEFAULT_WAIT_MS : options.timeout * 1000;
    const settings = await readSettings(context, options);
    const session = { logger, writes: false, embeddedWaitMs: timeoutMs };
    const { milliseconds } = await withDatabase(
      context,
      settings,
      requireTarget(settings),
      session,
      ({ knex }) => waitForDatabase({ knex, timeoutMs, logger, signal: context.signal }),
    );
    logger.info(
      { event: 'connected', milliseconds },
      `the database accepts connections (${milliseconds} ms)`,
    );
    return 0;
  },
});
