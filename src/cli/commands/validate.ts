import { commandLogger, defineCommand, dialectOption, jsonOption, print } from '../command.ts';

/** `validate`: whether migrations and manifests may be shipped. */
export const validateCommand = defineCommand({
  command: 'validate',
  describe: 'Check that each migration loads, has up and down, and makes what its manifest says',
  examples: [
    ['validate', 'For continuous integration: replays the migrations on a scratch database'],
    ['validate --offline', 'Only the files'],
  ],
  exits: ['0 nothing is wrong', '4 the manifests are not what the migrations make'],
  options: (yargs) =>
    dialectOption(jsonOption(yargs)).option('offline', {
      type: 'boolean',
      default: false,
      describe: 'Do not replay the migrations',
    }),
  run: async (context, options) => {
    const [{ validateProject }, { describeValidation }, { exitCodeOf }] = await Promise.all([
      import('../validation.ts'),
      import('../outcomes.ts'),
      import('../failure.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'info' });
    const validation = await validateProject(context, options, logger);
    print(context, options.json, validation, (style) => describeValidation(validation, style));
    const [first] = validation.problems;
    return first === undefined ? 0 : exitCodeOf(first);
  },
});
