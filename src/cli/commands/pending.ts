import { commandLogger, defineCommand, jsonOption, print } from '../command.ts';
import { visible } from '../render/text.ts';

/** `pending`: what is still to be run. */
export const pendingCommand = defineCommand({
  command: ['pending', 'heads'],
  describe: 'Print the revisions that are still to be run, in order',
  examples: [['pending', 'One name each line, for scripts']],
  exits: ['0 printed; nothing is printed when nothing is pending'],
  options: (yargs) => jsonOption(yargs),
  run: async (context, options) => {
    const [{ withWorkspace }, { readPosition }] = await Promise.all([
      import('../session.ts'),
      import('../../position.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const { format, pending } = await withWorkspace(
      context,
      options,
      { logger, writes: false },
      ({ workspace }) => readPosition(workspace),
    );
    print(context, options.json, { format, pending }, () =>
      pending.map((name) => `${visible(name)}\n`).join(''),
    );
    return 0;
  },
});
