import { commandLogger, defineCommand, jsonOption, lockOption, print, yesOption } from '../command.ts';
import { visible } from '../render/text.ts';

/** `downgrade`: undo what ran. */
export const downgradeCommand = defineCommand({
  command: 'downgrade [target]',
  describe: "Undo migrations by Knex's own migrator, one at a time, under our lock",
  examples: [
    ['downgrade', 'The last one'],
    ['downgrade -2', 'The last two'],
    ['downgrade 001_initial_schema', 'All after this one, which stays'],
    ['downgrade base --yes', 'All of them, without asking'],
  ],
  exits: [
    '0 done, or nothing to do',
    '3 declined at the prompt, or nobody to ask',
    '4 refused: adopted, an inconsistent history; or a migration failed',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    lockOption(yesOption(jsonOption(yargs)))
      .option('below-adoption', {
        type: 'boolean',
        default: false,
        describe: 'Undo migrations too that were adopted and never run: drops what was there before Knex',
      })
      .positional('target', {
        type: 'string',
        default: '-1',
        describe: 'A revision, which stays; -N for so many less; base for all',
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { downgrade }, { lockWaitMs }, { ask }, { describeRun }] = await Promise.all([
      import('../session.ts'),
      import('../../downgrade.ts'),
      import('../adoption-options.ts'),
      import('../prompt.ts'),
      import('../outcomes.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const confirm = async (revisions: readonly string[]) => {
      if (options.yes) return;
      const list = revisions.map((revision) => `  ${visible(revision)}\n`).join('');
      await ask(context, `This undoes, in this order:\n${list}`, 'Undo them?');
    };
    const report = await withWorkspace(
      context,
      options,
      { logger, writes: true },
      ({ workspace, settings }) =>
        downgrade(workspace, options.target, {
          belowAdoption: options.belowAdoption,
          lockWaitMs: lockWaitMs(options, settings.adopt),
          confirm,
        }),
    );
    print(context, options.json, report, (style) => describeRun(report, report.undone, style));
    return 0;
  },
});
