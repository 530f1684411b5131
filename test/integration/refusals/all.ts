import type { RefusalCode, Situations } from '../../support/refusals.ts';
import { ADOPTING } from './adopting.ts';
import { COMMANDS } from './commands.ts';
import { HISTORY } from './history.ts';
import { LOCKS } from './locks.ts';
import { PARTIAL } from './partial.ts';
import { PLANS } from './plans.ts';

/** A situation, at least, for every code of a refusal: one without does not compile. */
export const REFUSALS: Situations<RefusalCode> = {
  ...ADOPTING,
  ...PARTIAL,
  ...COMMANDS,
  ...PLANS,
  ...HISTORY,
  ...LOCKS,
};
