// Snapshots of generated databases, beside the least that could be read.
import { withDatabase } from './databases.js';
import { generateTables } from './generate-database.js';
import { inChild, inTurn, median, ratioOf } from './measure.js';
import { snapshotContenders } from './snapshot-contenders.js';

/** The bar of each family: how many times the floor. */
const RATIO = { postgres: 1.5, mysql: 1.3 };
const MOST_QUERIES = 10;
const MOST_MEGABYTES = 250;

/**
 * How many rounds do not count. The floor is a loop of the driver's; a snapshot is ten times as much code, which a process compiles step by step
 * while it runs (at 1,000 tables: 220 ms of processor time in the first rounds, 50 from about the fifteenth on). So that all sizes measure
 * compiled code on both sides, as many rounds go before as read this many tables. What the first reading in a new process costs, in which
 * neither side has anything compiled, is in the columns beside.
 */
const WARM_UP_TABLES = 20_000;
const warmUpRounds = (tables) => Math.min(20, Math.max(3, Math.ceil(WARM_UP_TABLES / tables)));

/** How many processes are asked what the first reading costs. */
const PROCESSES = 5;

/** The floor's and our first readings, each in processes of its own, in turn. */
async function measureFirst(family, url, contenders) {
  const runs = Object.fromEntries(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < PROCESSES; round += 1) {
    for (const contender of contenders)
      runs[contender].push(await inChild('./snapshot-child.js', { family, url, contender }));
  }
  return runs;
}

async function measureOne(family, url, tables, { rounds, peers }) {
  await generate(family, url, tables);
  const contenders = await snapshotContenders(family, url, { peers });
  const [floor] = Object.keys(contenders);
  const results = await inTurn(contenders, rounds, warmUpRounds(tables));
  const first = await measureFirst(family, url, [floor, 'knex-adopt']);
  const medianOf = (contender, what) => {
    const runs = first[contender];
    return runs === undefined ? null : median(runs.map((run) => run[what]));
  };
  const rows = [];
  for (const [contender, { times, value }] of Object.entries(results)) {
    const own = contender === 'knex-adopt';
    const firstMs = medianOf(contender, 'ms');
    rows.push({
      family,
      tables,
      contender,
      ms: median(times),
      ratio: ratioOf(results, contender, floor),
      queries: own ? value.queries : null,
      firstMs,
      firstRatio: firstMs === null ? null : firstMs / medianOf(floor, 'ms'),
      megabytes: medianOf(contender, 'peak'),
      megabytesBefore: medianOf(contender, 'before'),
      times,
    });
  }
  return rows;
}

async function generate(family, url, tables) {
  const { openKnex } = await import('./databases.js');
  const knex = openKnex(family, url);
  try {
    await generateTables(knex, family, tables);
  } finally {
    await knex.destroy();
  }
}

/** Every size of a family; figures, and what the bar says of them. */
export async function measureSnapshots(family, serverUrl, sizes, options) {
  const figures = [];
  for (const tables of sizes) {
    figures.push(
      ...(await withDatabase(family, serverUrl, (url) => measureOne(family, url, tables, options))),
    );
  }
  const all = figures.filter((row) => row.contender === 'knex-adopt');
  // The bar names 1,000 and 10,000 tables on PostgreSQL, and for the MySQL family the larger size alone.
  const own = family === 'postgres' ? all : all.slice(-1);
  const bars = own.flatMap((row) => [
    bar(`${family}, ${row.tables} tables: times the floor`, row.ratio, RATIO[family]),
    bar(`${family}, ${row.tables} tables: queries`, row.queries, MOST_QUERIES),
    bar(`${family}, ${row.tables} tables: megabytes of the process`, row.megabytes, MOST_MEGABYTES),
  ]);
  const [small, large] = [own[0], own.at(-1)];
  if (small !== large) {
    const growth = large.ms / small.ms / (large.tables / small.tables);
    bars.push(bar(`${family}: growth, where 1 is linear`, growth, 1.2));
  }
  return { figures, bars };
}

/** One line of the bar: met when the figure is not above it. */
export function bar(what, figure, most) {
  return { what, figure, most, met: figure <= most };
}
