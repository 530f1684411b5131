import { commandLogger, defineCommand, dialectOption, jsonOption, print } from '../command.ts';

/** `manifest build`: replay the chain, write the expectations. */
export const manifestBuildCommand = defineCommand({
  command: 'build',
  describe: 'Replay the migrations on a scratch database and write one manifest for each revision',
  examples: [
    ['manifest build', 'For PostgreSQL, in an embedded database when no server is configured'],
    ['manifest build --url mysql://root@localhost/cats', 'For MySQL and MariaDB: on a temporary database'],
  ],
  exits: ['0 written, or nothing to write', '4 a migration failed'],
  options: (yargs) => dialectOption(jsonOption(yargs)),
  run: async (context, options) => {
    const [
      { readSettings },
      { replayProgress, withScratch },
      { replayManifests, writeManifestFiles },
      { renderManifestChanges },
    ] = await Promise.all([
      import('../config.ts'),
      import('../scratch.ts'),
      import('../../record.ts'),
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
          changes: await writeManifestFiles(workspace, manifests),
        };
      },
    );
    print(context, options.json, { format: 1, ...result }, (style) =>
      renderManifestChanges(result.changes, style),
    );
    return 0;
  },
});
