import {
  commandLogger,
  defineCommand,
  jsonOption,
  lockOption,
  print,
  styleFor,
  yesOption,
} from '../command.ts';

/** `handle-legacy`: plan, ask, carry out. */
export const handleLegacyCommand = defineCommand({
  command: 'handle-legacy',
  describe: 'Bring the database under Knex: stamp what its schema proves, run the rest',
  examples: [
    ['handle-legacy --dry-run', 'The plan, with its SQL; writes nothing'],
    ['handle-legacy --yes', 'Plan and carry out without asking'],
    ['handle-legacy --at 002_cat_recognition', 'Settle an ambiguous verdict'],
  ],
  exits: [
    '0 done, or nothing to do',
    '3 declined at the prompt, or nobody to ask',
    '4 refused: partial, ambiguous, drift, …',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    lockOption(yesOption(jsonOption(yargs)))
      .option('dry-run', { type: 'boolean', describe: 'Show the plan and do nothing', default: false })
      .option('to', { type: 'string', requiresArg: true, describe: 'Stop at this revision (default: head)' })
      .option('at', {
        type: 'string',
        requiresArg: true,
        describe: 'Of several revisions that the schema meets, the one it stands at',
      })
      .option('on-partial', {
        choices: ['refuse'] as const,
        requiresArg: true,
        describe: 'What to do about a partial database',
      })
      .option('traceless', {
        choices: ['refuse', 'run', 'skip'] as const,
        requiresArg: true,
        describe: 'What to do about migrations that leave no trace in a schema',
      })
      .option('accept', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Accept a risky difference by its name; repeatable',
      })
      .option('shared', { type: 'boolean', describe: "Others' objects beside ours are expected" }),
  run: async (context, options) => {
    const [{ withWorkspace }, { adoptIn }, { adoptionOptions }, { confirmPlan, exitCodeOfReport }, render] =
      await Promise.all([
        import('../session.ts'),
        import('../../adopt.ts'),
        import('../adoption-options.ts'),
        import('../adoption.ts'),
        Promise.all([import('../render/plan.ts'), import('../render/adoption.ts')]),
      ]);
    const logger = commandLogger(context, options, { level: options.dryRun ? 'error' : 'info' });
    const writes = !options.dryRun;
    const report = await withWorkspace(
      context,
      options,
      { logger, writes },
      async ({ workspace, settings }) => {
        const confirm = confirmPlan(context, options.yes, styleFor(context));
        return adoptIn(workspace, {
          ...adoptionOptions(workspace, options, settings.adopt),
          dryRun: options.dryRun,
          confirm,
        });
      },
    );
    const [{ renderPlan }, { renderAdoption }] = render;
    const { format, outcome, before, plan, after, ...rest } = report;
    print(context, options.json, { format, outcome, before, plan, after, ...rest }, (style) =>
      (options.dryRun || outcome === 'refused') && plan !== null && before !== null
        ? renderPlan(plan, before, style)
        : renderAdoption(report, style),
    );
    return exitCodeOfReport(report);
  },
});
