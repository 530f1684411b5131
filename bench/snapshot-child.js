// One contender in a process of its own, once: what it takes for the first time, and how large the process gets.
import process from 'node:process';
import { childSettings, timed } from './measure.js';
import { snapshotContenders } from './snapshot-contenders.js';

const { family, url, contender } = childSettings();
const { prepare, run, dispose } = (await snapshotContenders(family, url))[contender];
const megabytes = () => process.resourceUsage().maxRSS / 1024;
const prepared = await prepare();
const before = megabytes();
const { ms } = await timed(() => run(prepared));
console.log(JSON.stringify({ ms, before, peak: megabytes() }));
await dispose(prepared);
