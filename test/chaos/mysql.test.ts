import { describeCrowd } from './crowd.ts';
import { LONG } from './figures.ts';
import { describeChaos } from './suite.ts';

describeChaos('mysql');
if (LONG) describeCrowd('mysql');
