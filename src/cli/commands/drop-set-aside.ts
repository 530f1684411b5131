import { commandLogger, defineCommand, jsonOption, lockOption, print } from '../command.ts';
import { visible } from '../render/text.ts';

/** `drop-set-aside`: drop what a rebuild moved out of the way. */
export const dropSetAsideCommand = defineCommand({
  command: 'drop-set-aside <place>',
  describe: 'Drop, for good, what a rebuild moved out of the way',
  examples: [
    ['drop-set-aside public_aside_20260304050607', "Asks for the database's name"],
    ['drop-set-aside public_aside_20260304050607 --database shop', 'Where there is no terminal'],
  ],
  exits: [
    '0 dropped, or gone before',
    '3 the name was another, or nobody to ask',
    '4 refused: no receipt names it, or something needs it',
    '6 somebody holds the lock',
  ],
  options: (yargs) =>
    lockOption(jsonOption(yargs))
      .positional('place', {
        type: 'string',
        demandOption: true,
        describe:
          'The schema (PostgreSQL) or database (MySQL, MariaDB) that the receipt of the rebuild names',
      })
      .option('database', {
        type: 'string',
        requiresArg: true,
        describe: 'The name of the database that was rebuilt, in place of typing it when asked',
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { dropSetAside }, { lockWaitMs }, { askForName }, { describeDrop }] =
      await Promise.all([
        import('../session.ts'),
        import('../../drop-set-aside.ts'),
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
        dropSetAside(workspace, options.place, {
          lockWaitMs: lockWaitMs(options, settings.adopt),
          confirm: async ({ database, place, tables, receipt }) => {
            const list = tables.map((name) => `  ${visible(name)}\n`).join('');
            const what = `This drops for good what was set aside in ${visible(place)} on ${receipt.at}, with every row:\n${list}`;
            await askForName(context, what, 'database', database, options.database);
          },
          now: context.now,
        }),
    );
    print(context, options.json, report, (style) => describeDrop(report, style));
    return 0;
  },
});
