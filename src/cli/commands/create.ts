import path from 'node:path';
import { commandLogger, defineCommand, jsonOption, print } from '../command.ts';
import { visible } from '../render/text.ts';
import { usageError } from '../usage.ts';

/** `create`: a new migration. */
export const createCommand = defineCommand({
  command: 'create <name>',
  describe: 'Write a new, empty migration in the style of those there are; asks no database',
  examples: [['create add_cat_weights', '004_add_cat_weights.ts after 003_….ts']],
  exits: ['0 written'],
  options: (yargs) =>
    jsonOption(yargs)
      .option('ext', {
        choices: ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'] as const,
        requiresArg: true,
        describe: 'Extension (default: that of the last migration)',
      })
      .positional('name', { type: 'string', demandOption: true, describe: 'What it does, in a few words' }),
  run: async (context, options) => {
    const [{ readSettings }, { createMigration }] = await Promise.all([
      import('../config.ts'),
      import('../../create-migration.ts'),
    ]);
    const { folders } = await readSettings(context, options);
    const folder = folders.at(-1);
    if (folder === undefined) {
      throw usageError(
        'The migrations come from a migrationSource, which has no folder to write to.',
        'Name a folder with --migrations DIR.',
      );
    }
    const extension = options.ext === undefined ? undefined : `.${options.ext}`;
    const file = await createMigration({ folder, name: options.name, extension, now: context.now() });
    commandLogger(context, options, { level: 'info' }).info(
      { event: 'created', file },
      'write its up and down, then run "knex-adopt manifest build" and commit both',
    );
    const shown = path.relative(context.cwd, file);
    print(context, options.json, { format: 1, file }, () => `${visible(shown)}\n`);
    return 0;
  },
});
