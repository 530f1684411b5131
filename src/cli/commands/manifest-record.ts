import { commandLogger, defineCommand, jsonOption, print } from '../command.ts';

/** `manifest record`: the expectation for a revision, from a live database. */
export const manifestRecordCommand = defineCommand({
  command: 'record <revision>',
  describe: 'Take the expectation for a revision from the database as it is, and write its manifest',
  examples: [
    [
      'manifest record 001_initial_schema --url postgres://localhost/cats',
      'For migrations that cannot be replayed',
    ],
  ],
  exits: ['0 written, or the same already'],
  options: (yargs) =>
    jsonOption(yargs).positional('revision', {
      type: 'string',
      demandOption: true,
      describe: 'A revision of the chain, the last that has a manifest or the one after it',
    }),
  run: async (context, options) => {
    const [{ withWorkspace }, { requireRevision }, { recordLive }, { renderRevision }] = await Promise.all([
      import('../session.ts'),
      import('../../adopt.ts'),
      import('../../record-live.ts'),
      import('../render/revision.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const recorded = await withWorkspace(context, options, { logger, writes: false }, ({ workspace }) => {
      requireRevision(workspace, options.revision);
      return recordLive(workspace, options.revision);
    });
    logger.info({ event: 'recorded', ...recorded }, `${recorded.change}: ${recorded.file}`);
    print(context, options.json, { format: 1, ...recorded }, (style) =>
      renderRevision(recorded.details, style),
    );
    return 0;
  },
});
