import { describeCrowd } from './crowd.ts';
import { LONG } from './figures.ts';
import { describeChaos } from './suite.ts';

describeChaos('postgres');
if (LONG) describeCrowd('postgres');
