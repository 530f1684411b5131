import type { CommandRegistrar } from '../command.ts';
import { detectStateCommand } from './detect-state.ts';
import { handleLegacyCommand } from './handle-legacy.ts';
import { manifestCommand } from './manifest.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRegistrar[] = [
  detectStateCommand,
  handleLegacyCommand,
  manifestCommand,
];
