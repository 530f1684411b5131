import { commandLogger, defineCommand, jsonOption, lockOption, print, yesOption } from '../command.ts';
import { visible } from '../render/text.ts';

/** `unadopt`: take back what an adoption wrote. */
export const unadoptCommand = defineCommand({
  command: 'unadopt',
  describe: 'Take back exactly what the last adoption recorded, while nothing has run since',
  examples: [['unadopt --yes', 'Without asking']],
  exits: [
    '0 taken back',
    '3 declined at the prompt, or nobody to ask',
    '4 refused: no adoption, or something has run since',
    '6 somebody holds the lock',
  ],
  options: (yargs) => lockOption(yesOption(jsonOption(yargs))),
  run: async (context, options) => {
    const [{ withWorkspace }, { unadopt }, { lockWaitMs }, { ask }, { describeUnadoption }] =
      await Promise.all([
        import('../session.ts'),
        import('../../unadopt.ts'),
        import('../adoption-options.ts'),
        import('../prompt.ts'),
        import('../outcomes.ts'),
      ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const report = await withWorkspace(
      context,
      options,
      { logger, writes: true },
      ({ workspace, settings }) =>
        unadopt(workspace, {
          lockWaitMs: lockWaitMs(options, settings.adopt),
          confirm: async (receipt) => {
            if (options.yes) return;
            const list = receipt.stamped.map((name) => `  ${visible(name)}\n`).join('');
            await ask(context, `This removes from the history:\n${list}`, 'Take the adoption back?');
          },
        }),
    );
    print(context, options.json, report, (style) => describeUnadoption(report, style));
    return 0;
  },
});
