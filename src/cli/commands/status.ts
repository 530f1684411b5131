import { commandLogger, defineCommand, jsonOption, print, ruleOption } from '../command.ts';

/** `status`: where the database stands, in a few lines. */
export const statusCommand = defineCommand({
  command: 'status',
  describe: 'Connection, current revision, head, pending, drift, lock and last adoption; writes nothing',
  examples: [
    ['status', 'In a few lines'],
    ['status --check', 'For scripts: the exit code tells'],
  ],
  exits: [
    '0 whatever it is; with --check: up to date',
    "4 with --check: partial, ambiguous, drift, or something is wrong with Knex's history or lock",
    '5 with --check: work is pending',
  ],
  options: (yargs) =>
    ruleOption(jsonOption(yargs)).option('check', {
      type: 'boolean',
      describe: 'Let the exit code tell whether work is pending (5) or something is wrong (4)',
      default: false,
    }),
  run: async (context, options) => {
    const [{ withWorkspace }, { readStatus }, { renderStatus }, { checkExitCode }] = await Promise.all([
      import('../session.ts'),
      import('../../status.ts'),
      import('../render/status.ts'),
      import('../check.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const { status, verdict } = await withWorkspace(
      context,
      options,
      { logger, writes: false },
      ({ workspace }) => readStatus(workspace),
    );
    print(context, options.json, status, (style) => renderStatus(status, style));
    return options.check ? checkExitCode(verdict) : 0;
  },
});
