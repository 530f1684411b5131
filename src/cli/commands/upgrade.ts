import { commandLogger, defineCommand, jsonOption, lockOption, print } from '../command.ts';

/** `upgrade`: run what is pending. */
export const upgradeCommand = defineCommand({
  command: 'upgrade [target]',
  describe: "Run pending migrations by Knex's own migrator, under our lock",
  examples: [
    ['upgrade', 'All of them'],
    ['upgrade +1', 'The next one'],
    ['upgrade 002_cat_recognition', 'Up to and including this one'],
  ],
  exits: [
    '0 done, or nothing to do',
    '4 refused: not adopted yet, an inconsistent history; or a migration failed',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    lockOption(jsonOption(yargs))
      .option('shared', {
        type: 'boolean',
        describe: "Others' objects beside ours are expected (fresh database)",
      })
      .positional('target', {
        type: 'string',
        default: 'head',
        describe: 'head, a revision, or +N for so many more',
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { upgrade }, { adoptionOptions }, { describeRun }] = await Promise.all([
      import('../session.ts'),
      import('../../upgrade.ts'),
      import('../adoption-options.ts'),
      import('../outcomes.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const report = await withWorkspace(
      context,
      options,
      { logger, writes: true, creates: true },
      ({ workspace, settings }) =>
        upgrade(workspace, options.target, adoptionOptions(workspace, options, settings.adopt)),
    );
    print(context, options.json, report, (style) => describeRun(report, report.ran, style));
    return 0;
  },
});
