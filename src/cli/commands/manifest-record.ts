import type { Workspace } from '../../workspace.ts';
import { commandLogger, defineCommand, jsonOption, print } from '../command.ts';

/** How many names a line of the log spells out. */
const MOST_NAMES = 10;

/** `manifest record`: the expectation for a revision, from a live database. */
export const manifestRecordCommand = defineCommand({
  command: 'record <revision>',
  describe:
    'Take the expectation for a revision from the database as it is, and write its manifest, in place of one that is there',
  examples: [
    [
      'manifest record 001_initial_schema --url postgres://localhost/cats',
      'For migrations that cannot be replayed',
    ],
    [
      'manifest record 001_initial_schema --variant old-init-sql --url …',
      'Another schema that is accepted for that revision',
    ],
  ],
  exits: ['0 written, or the same already'],
  options: (yargs) =>
    jsonOption(yargs)
      .positional('revision', {
        type: 'string',
        demandOption: true,
        describe:
          'A revision of the chain; without --variant the last that has a manifest or the one after it',
      })
      .option('variant', {
        type: 'string',
        requiresArg: true,
        describe: 'Record the database as an accepted variant of the revision, under this name',
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { requireRevision }, { recordLive }, { recordVariant }, render] =
      await Promise.all([
        import('../session.ts'),
        import('../../adopt.ts'),
        import('../../record-live.ts'),
        import('../../record-variant.ts'),
        import('../render/revision.ts'),
      ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const { revision, variant } = options;
    const record = <T extends { readonly change: string; readonly file: string }>(
      work: (workspace: Workspace) => Promise<T>,
    ) =>
      withWorkspace(context, options, { logger, writes: false }, async ({ workspace }) => {
        requireRevision(workspace, revision);
        const recorded = await work(workspace);
        logger.info({ event: 'recorded', ...recorded }, `${recorded.change}: ${recorded.file}`);
        return recorded;
      });
    if (variant === undefined) {
      const recorded = await record((workspace) => recordLive(workspace, revision));
      const { replaced } = recorded;
      if (replaced.length > 0) {
        const more = replaced.length > MOST_NAMES ? `, and ${replaced.length - MOST_NAMES} more` : '';
        logger.warn(
          { event: 'replaced', revision, replaced },
          `what was expected of ${revision} until now is replaced by what this database has of: ${replaced.slice(0, MOST_NAMES).join(', ')}${more}`,
        );
      }
      print(context, options.json, { format: 1, ...recorded }, (style) =>
        render.renderRevision(recorded.details, style),
      );
    } else {
      const recorded = await record((workspace) => recordVariant(workspace, revision, variant));
      print(context, options.json, { format: 1, ...recorded }, (style) =>
        render.renderVariant(recorded.details, style),
      );
    }
    return 0;
  },
});
