/** Everything that is refused on the MySQL family: each by its code, with what to do, and with nothing written. */
import { describeRefusals } from '../support/refusals.ts';
import { REFUSALS } from './refusals/all.ts';

describeRefusals('mysql', REFUSALS);
