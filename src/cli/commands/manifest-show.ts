import { commandLogger, defineCommand, dialectOption } from '../command.ts';

/** `manifest show`: the whole expectation at a revision. */
export const manifestShowCommand = defineCommand({
  command: 'show <revision>',
  describe: 'Print everything that is expected at a revision, as JSON; asks no database',
  examples: [['manifest show 002_cat_recognition', 'All tables as they are to be after it']],
  exits: ['0 printed'],
  options: (yargs) =>
    dialectOption(yargs).positional('revision', {
      type: 'string',
      demandOption: true,
      describe: 'A revision of the chain',
    }),
  run: async (context, options) => {
    const [{ readSettings, usualDialect }, { openOffline }, { requireRevision }, { readExpectation }] =
      await Promise.all([
        import('../config.ts'),
        import('../session.ts'),
        import('../../adopt.ts'),
        import('../../expectation.ts'),
      ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const settings = await readSettings(context, options);
    const dialect = options.dialect ?? (await usualDialect(settings));
    const workspace = await openOffline(context, settings, dialect, logger);
    requireRevision(workspace, options.revision);
    context.stdout.write(await readExpectation(workspace, options.revision));
    return 0;
  },
});
