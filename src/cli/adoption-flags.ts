import type { Argv } from 'yargs';
import { lockOption, ruleOption } from './command.ts';

/** The options that decide about an adoption. */
export function adoptionFlags<Options>(yargs: Argv<Options>) {
  return ruleOption(lockOption(yargs))
    .option('to', { type: 'string', requiresArg: true, describe: 'Stop at this revision (default: head)' })
    .option('at', {
      type: 'string',
      requiresArg: true,
      describe: 'Of several revisions that the schema meets, the one it stands at',
    })
    .option('on-partial', {
      choices: ['refuse', 'complete', 'rebuild'] as const,
      requiresArg: true,
      describe: 'What to do about a partial database',
    })
    .option('traceless', {
      choices: ['refuse', 'run', 'skip'] as const,
      requiresArg: true,
      describe: 'What to do about migrations that leave no trace in a schema',
    })
    .option('accept', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Accept a risky difference by its name; repeatable',
    })
    .option('shared', { type: 'boolean', describe: "Others' objects beside ours are expected" })
    .option('skip-preflight', {
      type: 'boolean',
      describe: 'Do not look for names that pending migrations use and that are others here',
    })
    .option('seed', {
      type: 'boolean',
      describe: "After a fresh install, and only then, have Knex's seeds run once",
    })
    .option('no-seed', { type: 'boolean', describe: 'Run no seeds, whatever the knexfile says' })
    .conflicts('seed', 'no-seed');
}
