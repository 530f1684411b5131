import { adoptionFlags } from '../adoption-flags.ts';
import { commandLogger, defineCommand, jsonOption, print, styleFor, yesOption } from '../command.ts';

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
    adoptionFlags(yesOption(jsonOption(yargs))).option('dry-run', {
      type: 'boolean',
      describe: 'Show the plan and do nothing',
      default: false,
    }),
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
