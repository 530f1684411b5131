// How long one more import takes, once Knex is there.
import { childSettings, timed } from './measure.js';

const { what } = childSettings();
const knex = await timed(() => import('knex'));
const { ms } = what === null ? { ms: 0 } : await timed(() => import(what));
console.log(JSON.stringify({ knexMs: knex.ms, ms }));
