import { commandLogger, defineCommand, dialectOption, jsonOption, print } from '../command.ts';

/** `diff`: two structures held against each other. */
export const diffCommand = defineCommand({
  command: 'diff <a> <b>',
  describe: 'Differences between two of: a revision, live, a URL; writes nothing',
  examples: [
    ['diff head live', 'What the database has otherwise than the last revision'],
    ['diff 001_initial_schema 003_activity_features', 'What lies between two revisions; asks no database'],
    ['diff live postgres://localhost/copy --check', 'For scripts: the exit code tells'],
  ],
  exits: ['0 whatever they are; with --check: equal', '5 with --check: they differ'],
  options: (yargs) =>
    dialectOption(jsonOption(yargs))
      .option('check', {
        type: 'boolean',
        describe: 'Let the exit code tell whether they differ (5)',
        default: false,
      })
      .positional('a', {
        type: 'string',
        demandOption: true,
        describe: 'What is expected: a revision, head, base, live (the database configured), or a URL',
      })
      .positional('b', {
        type: 'string',
        demandOption: true,
        describe: 'What is held against it: the same',
      }),
  run: async (context, options) => {
    const [{ readSettings, usualDialect }, sides, { diffBetween }, { dialectNamed }, { renderDiff }] =
      await Promise.all([
        import('../config.ts'),
        import('../sides.ts'),
        import('../../diff.ts'),
        import('../../dialects/dialect-of.ts'),
        import('../render/diff.ts'),
      ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const settings = await readSettings(context, options);
    const a = sides.namedSide(context, settings, options.a);
    const b = sides.namedSide(context, settings, options.b);
    const dialect = sides.commonDialect([a, b]) ?? options.dialect ?? (await usualDialect(settings));
    const [expected, actual] = await sides.readSides(context, settings, [a, b], dialect, logger);
    const diff = diffBetween(expected, actual, dialectNamed(dialect).ddl);
    print(context, options.json, diff, (style) => renderDiff(diff, style));
    return options.check && !diff.equal ? 5 : 0;
  },
});
