import path from 'node:path';
import { adoptionFlags } from '../adoption-flags.ts';
import { commandLogger, defineCommand, jsonOption, print, styleFor, yesOption } from '../command.ts';

/** Options whose effect is in the plan already. */
const DECISIONS = ['to', 'at', 'on-partial', 'traceless', 'accept', 'shared', 'seed', 'no-seed', 'map'];

/** `handle-legacy`: plan, ask, carry out. */
export const handleLegacyCommand = defineCommand({
  command: 'handle-legacy',
  describe: 'Bring the database under Knex: stamp what its schema proves, run the rest',
  examples: [
    ['handle-legacy --dry-run', 'The plan, with its SQL; writes nothing'],
    ['handle-legacy --rehearse', 'Carry the plan out in a copy without rows, and say how that went'],
    ['handle-legacy --yes', 'Plan and carry out without asking'],
    ['handle-legacy --at 002_cat_recognition', 'Settle an ambiguous verdict'],
    ['handle-legacy --sql -', 'The same as one SQL script; writes nothing'],
    ['handle-legacy --plan plan.json', 'Write the plan for a review; later: --apply plan.json'],
  ],
  exits: [
    '0 done, or nothing to do',
    '3 declined at the prompt, or nobody to ask',
    '4 refused: partial, ambiguous, drift, …',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    adoptionFlags(yesOption(jsonOption(yargs)))
      .option('dry-run', { type: 'boolean', describe: 'Show the plan and do nothing' })
      .option('rehearse', {
        type: 'boolean',
        describe: 'Carry the plan out in a copy of the structure; with --yes go on when that went well',
      })
      .option('sql', {
        type: 'string',
        requiresArg: true,
        describe: 'Write the plan as SQL to this file (- for stdout) and do nothing',
      })
      .option('map', {
        type: 'string',
        requiresArg: true,
        describe: 'A file with other names of tables and columns, and values for columns that have none',
      })
      .option('plan', {
        type: 'string',
        requiresArg: true,
        describe: 'Write the plan to this file and do nothing',
      })
      .option('apply', {
        type: 'string',
        requiresArg: true,
        describe: 'Carry out exactly the plan in this file, or stop',
      })
      .conflicts('apply', [...DECISIONS, 'dry-run', 'sql', 'plan', 'rehearse'])
      .conflicts('plan', 'sql'),
  run: async (context, options) => {
    const [
      { withWorkspace },
      { adoptIn },
      { adoptionOptions },
      { confirmPlan, exitCodeOfReport },
      render,
      { observeHistory },
      { planScript },
      { parsePlan, serializePlan },
      { parseMapping },
      { readGiven, writeGiven },
    ] = await Promise.all([
      import('../session.ts'),
      import('../../adopt.ts'),
      import('../adoption-options.ts'),
      import('../adoption.ts'),
      Promise.all([
        import('../render/plan.ts'),
        import('../render/adoption.ts'),
        import('../render/rehearsal.ts'),
      ]),
      import('../../gather.ts'),
      import('../../plan-script.ts'),
      import('../../plan/plan-format.ts'),
      import('../../plan/mapping.ts'),
      import('../files.ts'),
    ]);
    const { sql, plan: planFile } = options;
    // The working directory becomes that of the knexfile, as Knex has it; files that are named here are where the user is.
    const inPlace = (file: string) => path.resolve(context.cwd, file);
    const rehearse = options.rehearse === true;
    const onlyRehearse = rehearse && !options.yes;
    const dryRun = options.dryRun === true || onlyRehearse || sql !== undefined || planFile !== undefined;
    const logger = commandLogger(context, options, { level: dryRun && !rehearse ? 'error' : 'info' });
    const mapping =
      options.map === undefined
        ? undefined
        : parseMapping(await readGiven(inPlace(options.map)), options.map);
    const reviewed =
      options.apply === undefined
        ? undefined
        : parsePlan(await readGiven(inPlace(options.apply)), options.apply);
    const { report, script } = await withWorkspace(
      context,
      options,
      // A scratch database is better removed than left.
      { logger, writes: !dryRun || rehearse, creates: !dryRun },
      async ({ workspace, settings }) => {
        const confirm = confirmPlan(context, options.yes, styleFor(context));
        const decided = adoptionOptions(workspace, options, settings.adopt);
        const made = await adoptIn(workspace, {
          ...decided,
          mapping,
          plan: reviewed,
          dryRun,
          rehearse,
          confirm,
        });
        if (sql === undefined || made.plan === null || made.plan.refused.length > 0)
          return { report: made, script: null };
        const history = await observeHistory(workspace, workspace.knex);
        return { report: made, script: await planScript(workspace, made.plan, history, context.now()) };
      },
    );
    if (script !== null && sql === '-') {
      context.stdout.write(script);
      return exitCodeOfReport(report);
    }
    if (script !== null && sql !== undefined) await writeGiven(inPlace(sql), script);
    if (planFile !== undefined && report.plan !== null && report.plan.refused.length === 0)
      await writeGiven(inPlace(planFile), serializePlan(report.plan));
    const [{ renderPlan }, { renderAdoption }, { renderRehearsal }] = render;
    const { format, outcome, before, plan, after, ...rest } = report;
    print(context, options.json, { format, outcome, before, plan, after, ...rest }, (style) => {
      const { rehearsal } = report;
      const planned = (dryRun || outcome === 'refused') && plan !== null && before !== null;
      return [
        planned ? renderPlan(plan, before, style) : renderAdoption(report, style),
        ...(rehearsal === undefined ? [] : [renderRehearsal(rehearsal, style)]),
      ].join('\n');
    });
    return exitCodeOfReport(report);
  },
});
