import { commandLogger, defineCommand, dialectOption, jsonOption, print } from '../command.ts';

/** `manifest check`: what `manifest build` would change. */
export const manifestCheckCommand = defineCommand({
  command: 'check',
  describe: 'Replay the migrations and compare with the manifests; writes nothing',
  examples: [['manifest check', 'For continuous integration: fails when they disagree']],
  exits: ['0 they agree', '4 they do not, or a migration failed'],
  options: (yargs) => dialectOption(jsonOption(yargs)),
  run: async (context, options) => {
    const [
      { readSettings },
      { replayProgress, withScratch },
      { compareManifestFiles, replayManifests },
      { requireSameManifests },
      { renderManifestChanges },
    ] = await Promise.all([
      import('../config.ts'),
      import('../scratch.ts'),
      import('../../record.ts'),
      import('../stale.ts'),
      import('../render/manifest-changes.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const settings = await readSettings(context, options);
    const result = await withScratch(
      context,
      settings,
      options.dialect,
      logger,
      async (workspace, scratch) => {
        const manifests = await replayManifests(workspace, scratch, replayProgress(context, logger));
        return {
          dialect: workspace.dialect.name,
          changes: await compareManifestFiles(workspace, manifests),
        };
      },
    );
    print(context, options.json, { format: 1, ...result }, (style) =>
      renderManifestChanges(result.changes, style),
    );
    requireSameManifests(result.changes);
    return 0;
  },
});
