import { commandLogger, defineCommand, dialectOption, jsonOption, print } from '../command.ts';

/** `show`: one migration. */
export const showCommand = defineCommand({
  command: 'show <revision>',
  describe: 'What one migration changes, according to its manifest; asks no database',
  examples: [['show 002_cat_recognition', 'Its tables, columns, keys and indexes']],
  exits: ['0 printed'],
  options: (yargs) =>
    dialectOption(jsonOption(yargs)).positional('revision', {
      type: 'string',
      demandOption: true,
      describe: 'A revision of the chain',
    }),
  run: async (context, options) => {
    const [
      { readSettings, usualDialect },
      { openOffline },
      { requireRevision },
      { readRevisionDetails },
      render,
    ] = await Promise.all([
      import('../config.ts'),
      import('../session.ts'),
      import('../../adopt.ts'),
      import('../../revision-details.ts'),
      import('../render/revision.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const settings = await readSettings(context, options);
    const dialect = options.dialect ?? (await usualDialect(settings));
    const workspace = await openOffline(context, settings, dialect, logger);
    requireRevision(workspace, options.revision);
    const details = await readRevisionDetails(workspace, options.revision);
    print(context, options.json, details, (style) => render.renderRevision(details, style));
    return 0;
  },
});
