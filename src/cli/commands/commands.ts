import type { CommandRegistrar } from '../command.ts';
import { createCommand } from './create.ts';
import { currentCommand } from './current.ts';
import { detectStateCommand } from './detect-state.ts';
import { diffCommand } from './diff.ts';
import { downgradeCommand } from './downgrade.ts';
import { dropSetAsideCommand } from './drop-set-aside.ts';
import { handleLegacyCommand } from './handle-legacy.ts';
import { historyCommand } from './history.ts';
import { manifestCommand } from './manifest.ts';
import { pendingCommand } from './pending.ts';
import { repairHistoryCommand } from './repair-history.ts';
import { showCommand } from './show.ts';
import { stampCommand } from './stamp.ts';
import { startupCommand } from './startup.ts';
import { statusCommand } from './status.ts';
import { unadoptCommand } from './unadopt.ts';
import { upgradeCommand } from './upgrade.ts';
import { validateCommand } from './validate.ts';
import { waitCommand } from './wait.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRegistrar[] = [
  detectStateCommand,
  handleLegacyCommand,
  statusCommand,
  currentCommand,
  historyCommand,
  pendingCommand,
  showCommand,
  diffCommand,
  upgradeCommand,
  downgradeCommand,
  stampCommand,
  unadoptCommand,
  dropSetAsideCommand,
  repairHistoryCommand,
  createCommand,
  validateCommand,
  manifestCommand,
  waitCommand,
  startupCommand,
];
