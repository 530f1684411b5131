import { defineCommand, dialectOption, jsonOption } from '../command.ts';

/** `manifest check`: what `manifest build` would change. */
export const manifestCheckCommand = defineCommand({
  command: 'check',
  describe: 'Replay the migrations and compare with the manifests; writes nothing',
  examples: [['manifest check', 'For continuous integration: fails when they disagree']],
  exits: ['0 they agree', '4 they do not, or a migration failed'],
  options: (yargs) => dialectOption(jsonOption(yargs)),
  run: async (context, options) => {
    const [{ replayAndPrint }, { compareManifestFiles }, { requireSameManifests }] = await Promise.all([
      import('../replay.ts'),
      import('../../record.ts'),
      import('../stale.ts'),
    ]);
    requireSameManifests(await replayAndPrint(context, options, compareManifestFiles));
    return 0;
  },
});
