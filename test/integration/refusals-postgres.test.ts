/** Everything that is refused on PostgreSQL: each by its code, with what to do, and with nothing written. */
import { describeRefusals } from '../support/refusals.ts';
import { REFUSALS } from './refusals/all.ts';

describeRefusals('postgres', REFUSALS);
