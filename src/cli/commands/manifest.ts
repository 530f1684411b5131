import { type CommandRegistrar, withHelp } from '../command.ts';
import { noSuchMember } from '../usage.ts';
import { manifestBuildCommand } from './manifest-build.ts';
import { manifestCheckCommand } from './manifest-check.ts';
import { manifestRecordCommand } from './manifest-record.ts';
import { manifestShowCommand } from './manifest-show.ts';

/** What comes after the word `manifest`. */
export const MANIFEST_COMMANDS = ['build', 'check', 'show', 'record'] as const;

/** `manifest …`: everything about the expectations beside the migrations. */
export const manifestCommand: CommandRegistrar = (yargs, context, finish) =>
  yargs.command({
    command: 'manifest',
    describe: 'Build, check, show or record the expectations: one manifest for each revision',
    builder: (own) => {
      for (const register of [
        manifestBuildCommand,
        manifestCheckCommand,
        manifestShowCommand,
        manifestRecordCommand,
      ])
        register(own, context, finish);
      return withHelp(own, {
        examples: [['manifest build', 'Then commit what it wrote']],
        exits: ['0 done'],
      });
    },
    handler: () => {
      throw noSuchMember('manifest', MANIFEST_COMMANDS);
    },
  });
