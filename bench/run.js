#!/usr/bin/env node
/*
 * What knex-adopt costs, held against its bar.
 *
 *   npm run bench -- [--quick] [--only snapshots,classification,startup,import,build] [--rounds N] [--json FILE]
 *
 * Runs on the servers in TEST_POSTGRES_URL and TEST_MYSQL_URL; those not named are started for the run. What counts is the ratios: all sides
 * of one run in turn, on one machine; a busy machine makes every figure worse. Nothing here fails for being slow: it prints.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureClassification } from './classification.js';
import { startBenchServers } from './databases.js';
import { measureManifestBuild } from './manifest-build.js';
import { printTable } from './print-table.js';
import { measureSnapshots } from './snapshots.js';
import { measureImport, measureStartUp } from './start-up.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const SIZES = values.quick
  ? { postgres: [100, 1_000], mysql: [100, 400], classified: [1_000, 100], migrations: 30 }
  : { postgres: [1_000, 10_000], mysql: [1_000, 2_000], classified: [10_000, 1_000], migrations: 300 };

const servers = await startBenchServers();
const { urls } = servers;

const SECTIONS = {
  snapshots: async () => {
    const options = { rounds, peers: true };
    const parts = [];
    for (const family of ['postgres', 'mysql'])
      parts.push(await measureSnapshots(family, urls[family], SIZES[family], options));
    return { figures: parts.flatMap((part) => part.figures), bars: parts.flatMap((part) => part.bars) };
  },
  classification: () => measureClassification(...SIZES.classified, Math.min(rounds, 5)),
  startup: () => measureStartUp(['postgres', 'mysql'], urls, 20),
  import: () => measureImport(11),
  build: () => measureManifestBuild('postgres', urls.postgres, SIZES.migrations, Math.min(rounds, 3)),
};

const wanted = values.only?.split(',') ?? Object.keys(SECTIONS);
const results = {};
try {
  for (const name of wanted) {
    console.log(`\n${name}`);
    results[name] = await SECTIONS[name]();
    // Single times are for the file.
    printTable(results[name].figures.map(({ times: _times, ...figure }) => figure));
  }
} finally {
  await servers.stop();
}

console.log('\nthe bar');
const bars = Object.values(results).flatMap((result) => result.bars);
printTable(
  bars.map(({ what, figure, most, met }) => ({ what, figure, 'at most': most, '': met ? 'met' : 'NOT MET' })),
);
if (values.json !== undefined) {
  const about = { node: process.version, cores: cpus().length, quick: values.quick, rounds };
  writeFileSync(values.json, `${JSON.stringify({ about, ...results }, null, 2)}\n`);
}
