import path from 'node:path';
import { commandLogger, defineCommand, jsonOption, print, ruleOption } from '../command.ts';

/** `detect-state`: the verdict, with its evidence. */
export const detectStateCommand = defineCommand({
  command: 'detect-state',
  describe: 'Say where the database stands, with the evidence; writes nothing',
  examples: [
    ['detect-state --url postgres://localhost/cats', 'A report for people'],
    ['detect-state --json', 'The same as one JSON object'],
    ['detect-state --html report.html', 'The report as a page for a reviewer, too'],
    ['detect-state --check', 'For scripts: the exit code tells'],
  ],
  exits: [
    '0 whatever the verdict; with --check: up to date',
    "4 with --check: partial, ambiguous, drift, or something is wrong with Knex's history or lock",
    '5 with --check: work is pending',
  ],
  options: (yargs) =>
    ruleOption(jsonOption(yargs))
      .option('html', {
        type: 'string',
        requiresArg: true,
        describe: 'Write the report as one HTML file, too',
      })
      .option('check', {
        type: 'boolean',
        describe: 'Let the exit code tell whether work is pending (5) or something is wrong (4)',
        default: false,
      }),
  run: async (context, options) => {
    const [{ withWorkspace }, { detectIn }, { renderReport }, { checkExitCode }] = await Promise.all([
      import('../session.ts'),
      import('../../detect.ts'),
      import('../render/report.ts'),
      import('../check.ts'),
    ]);
    const logger = commandLogger(context, options, { level: 'warn' });
    const { report } = await withWorkspace(context, options, { logger, writes: false }, ({ workspace }) =>
      detectIn(workspace),
    );
    if (options.html !== undefined) {
      const [{ renderHtmlReport }, { writeGiven }] = await Promise.all([
        import('../render/html.ts'),
        import('../files.ts'),
      ]);
      const made = { at: context.now(), version: context.version };
      await writeGiven(path.resolve(context.cwd, options.html), renderHtmlReport(report, made));
    }
    print(context, options.json, report, (style) => renderReport(report, style));
    return options.check ? checkExitCode(report) : 0;
  },
});
