import { commandLogger, defineCommand, jsonOption, print } from '../command.ts';

/** `history`: every migration, with what became of it. */
export const historyCommand = defineCommand({
  command: 'history',
  describe: 'Every migration of the chain, marked adopted, ran or pending; writes nothing',
  examples: [['history', 'With batches and times']],
  exits: ['0 printed'],
  options: (yargs) => jsonOption(yargs),
  run: async (context, options) => {
    const [{ withWorkspace }, { readHistoryEntries }, { renderHistory }] = await Promise.all([
      import('../session.ts'),
      import('../../history-entries.ts'),
      import('../render/history.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const report = await withWorkspace(context, options, { logger, writes: false }, ({ workspace }) =>
      readHistoryEntries(workspace),
    );
    print(context, options.json, report, (style) => renderHistory(report, style));
    return 0;
  },
});
