import { commandLogger, defineCommand, jsonOption, lockOption, print, ruleOption } from '../command.ts';

/** `stamp`: record a revision without running anything. */
export const stampCommand = defineCommand({
  command: 'stamp <revision>',
  describe: 'Record a revision, and all before it, as done; refuses when the schema does not meet it',
  examples: [
    ['stamp 002_cat_recognition', 'Record 001 and 002, run nothing'],
    ['stamp 002_cat_recognition --unverified', 'Without looking at the schema'],
  ],
  exits: [
    '0 recorded, or recorded already',
    '4 refused: the schema does not meet it, or another history is there',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    ruleOption(lockOption(jsonOption(yargs)))
      .option('accept', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Accept a risky difference by its name; repeatable',
      })
      .option('unverified', {
        type: 'boolean',
        default: false,
        describe: 'Record it whatever the schema is: Knex will believe it',
      })
      .positional('revision', {
        type: 'string',
        demandOption: true,
        describe: 'A revision of the chain',
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { stampRevision }, { requireRevision }, { lockWaitMs }, { describeStamp }] =
      await Promise.all([
        import('../session.ts'),
        import('../../stamp.ts'),
        import('../../adopt.ts'),
        import('../adoption-options.ts'),
        import('../outcomes.ts'),
      ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const report = await withWorkspace(
      context,
      options,
      { logger, writes: true },
      ({ workspace, settings }) => {
        requireRevision(workspace, options.revision);
        return stampRevision(workspace, options.revision, {
          accept: [...(settings.adopt.accept ?? []), ...(options.accept ?? [])],
          unverified: options.unverified,
          lockWaitMs: lockWaitMs(options, settings.adopt),
        });
      },
    );
    print(context, options.json, report, (style) => describeStamp(report, style));
    return 0;
  },
});
