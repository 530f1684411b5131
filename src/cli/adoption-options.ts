import type { AdoptOptions } from '../adopt.ts';
import type { Workspace } from '../workspace.ts';
import type { AdoptSection } from './config-knexfile.ts';

/** What the command line decides about an adoption; what it leaves out the knexfile may say. */
export interface AdoptionChoices {
  readonly to?: string | undefined;
  readonly at?: string | undefined;
  readonly onPartial?: 'refuse' | 'complete' | 'rebuild' | undefined;
  readonly traceless?: 'refuse' | 'run' | 'skip' | undefined;
  readonly accept?: readonly string[] | undefined;
  readonly shared?: boolean | undefined;
  readonly seed?: boolean | undefined;
  readonly noSeed?: boolean | undefined;
  readonly skipPreflight?: boolean | undefined;
  /** Seconds. */
  readonly lockTimeout?: number | undefined;
}

/** How long to wait for the lock, in milliseconds; undefined for the usual. */
export function lockWaitMs(
  choices: Pick<AdoptionChoices, 'lockTimeout'>,
  section: AdoptSection,
): number | undefined {
  const seconds = choices.lockTimeout ?? section.lockWait;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** The options of an adoption in a workspace. */
export function adoptionOptions(
  workspace: Pick<Workspace, 'knex'>,
  choices: AdoptionChoices,
  section: AdoptSection,
): AdoptOptions {
  return {
    knex: workspace.knex,
    to: choices.to,
    at: choices.at,
    onPartial: choices.onPartial ?? section.onPartial,
    traceless: choices.traceless ?? section.traceless,
    // Both are said by name: what a reviewed file accepts and what is accepted this once.
    accept: [...(section.accept ?? []), ...(choices.accept ?? [])],
    shared: choices.shared ?? section.shared,
    seed: choices.noSeed ? 'never' : choices.seed ? 'when-fresh' : section.seed,
    preflight: choices.skipPreflight !== true,
    lockWaitMs: lockWaitMs(choices, section),
  };
}
