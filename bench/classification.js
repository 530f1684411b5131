// Classification against a long chain, each time in a new process.
import { inChild, median } from './measure.js';
import { bar } from './snapshots.js';

const DATABASES = ['at head', 'one table altered', 'every table altered', 'half of the chain'];

export async function measureClassification(tables, revisions, rounds) {
  const figures = [];
  for (const database of DATABASES) {
    const runs = [];
    for (let round = 0; round < rounds; round += 1)
      runs.push(await inChild('./classification-child.js', { tables, revisions, database }));
    figures.push({
      database,
      tables,
      revisions,
      ms: median(runs.map((run) => run.ms)),
      megabytes: median(runs.map((run) => run.megabytes)),
      verdict: `${runs[0].state}${runs[0].revision === null ? '' : ` at ${runs[0].revision}`}`,
    });
  }
  const bars = figures.flatMap((row) => [
    bar(`classification, ${row.database}: ms`, row.ms, 150),
    bar(`classification, ${row.database}: megabytes on top`, row.megabytes, 100),
  ]);
  return { figures, bars };
}
