import { defineCommand, dialectOption, jsonOption } from '../command.ts';

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
    const [{ replayAndPrint }, { writeManifestFiles }] = await Promise.all([
      import('../replay.ts'),
      import('../../record.ts'),
    ]);
    await replayAndPrint(context, options, writeManifestFiles);
    return 0;
  },
});
