import { commandLogger, defineCommand, jsonOption, print } from '../command.ts';
import { visible } from '../render/text.ts';

/** `current`: the revision the database is at. */
export const currentCommand = defineCommand({
  command: 'current',
  describe: 'Print the revision that is recorded, or that the schema proves where Knex has no history',
  examples: [['current', 'Only the name, for scripts']],
  exits: ['0 printed; nothing is printed where there is no revision'],
  options: (yargs) => jsonOption(yargs),
  run: async (context, options) => {
    const [{ withWorkspace }, { readPosition }] = await Promise.all([
      import('../session.ts'),
      import('../../position.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const { pending: _, ...position } = await withWorkspace(
      context,
      options,
      { logger, writes: false },
      ({ workspace }) => readPosition(workspace),
    );
    if (!position.recorded) {
      const { state, current } = position;
      logger.warn(
        { event: 'current', ...position },
        `Knex has no history here: the database is ${state}${current === null ? '' : `, and its schema proves ${current}`}`,
      );
    }
    print(context, options.json, position, () =>
      position.current === null ? '' : `${visible(position.current)}\n`,
    );
    return 0;
  },
});
