import {
  commandLogger,
  defineCommand,
  jsonOption,
  lockOption,
  print,
  styleFor,
  yesOption,
} from '../command.ts';

/** `repair-history`: mend Knex's own two tables where it is proved what is right. */
export const repairHistoryCommand = defineCommand({
  command: 'repair-history',
  describe: "Mend Knex's history and lock, where it is proved what is right",
  examples: [
    ['repair-history --dry-run', 'What is wrong, what mends it, and what undoes that; writes nothing'],
    ['repair-history --yes', 'Mend all of it without asking'],
    ['repair-history --only lock', 'Only this step of the plan'],
  ],
  exits: [
    '0 done, or nothing to mend',
    '3 declined at the prompt, or nobody to ask',
    '4 refused: something is not proved',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    lockOption(yesOption(jsonOption(yargs)))
      .option('dry-run', {
        type: 'boolean',
        describe: 'Show the plan and do nothing',
        default: false,
      })
      .option('only', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Carry out this step of the plan, by its name; repeatable',
      })
      .option('force-unlock', {
        type: 'boolean',
        describe: "Free Knex's lock although somebody may hold it",
        default: false,
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { repairIn }, { lockWaitMs }, { ask }, render, { ERROR_EXIT_CODES }] =
      await Promise.all([
        import('../session.ts'),
        import('../../repair-history.ts'),
        import('../adoption-options.ts'),
        import('../prompt.ts'),
        import('../render/repair.ts'),
        import('../../errors.ts'),
      ]);
    const logger = commandLogger(context, options, { level: options.dryRun ? 'error' : 'info' });
    const report = await withWorkspace(
      context,
      options,
      { logger, writes: !options.dryRun },
      ({ workspace, settings }) =>
        repairIn(workspace, {
          knex: workspace.knex,
          only: options.only ?? [],
          forceUnlock: options.forceUnlock,
          dryRun: options.dryRun,
          lockWaitMs: lockWaitMs(options, settings.adopt),
          now: context.now,
          confirm: async (plan, undo) => {
            if (!options.yes)
              await ask(context, render.renderRepairPlan(plan, styleFor(context)), 'Carry out this plan?');
            // Before anything is written: whatever happens then, this is kept.
            context.stderr.write(render.undoScript(undo));
            return true;
          },
        }),
    );
    print(context, options.json, report, (style) => render.renderRepair(report, style));
    const [refusal] = report.plan.refused;
    return refusal === undefined ? 0 : ERROR_EXIT_CODES[refusal.code];
  },
});
