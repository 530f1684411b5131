// What an application pays at every start: importing the library, and looking whether anything is to be done.
import { withDatabase } from './databases.js';
import { inChild, median } from './measure.js';
import { bar } from './snapshots.js';

export async function measureStartUp(families, urls, rounds) {
  const figures = [];
  for (const family of families) {
    const run = await withDatabase(family, urls[family], (url) =>
      inChild('./start-up-child.js', { family, url, rounds }),
    );
    figures.push({
      family,
      statements: run.connected.statements,
      ms: run.connected.ms,
      // Of a new connection Knex itself asks the version and the like.
      statementsWithConnecting: run.fresh.statements,
      msWithConnecting: run.fresh.ms,
    });
  }
  return {
    figures,
    bars: figures.map((row) => bar(`${row.family}, start-up: statements`, row.statements, 2)),
  };
}

export async function measureImport(rounds) {
  const runs = [];
  for (let round = 0; round < rounds; round += 1)
    runs.push(await inChild('./import-child.js', { what: '../dist/index.js' }));
  const ms = median(runs.map((run) => run.ms));
  const figures = [{ knexMs: median(runs.map((run) => run.knexMs)), ms }];
  return { figures, bars: [bar('import beyond Knex: ms', ms, 60)] };
}
