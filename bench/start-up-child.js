// Start-ups on a managed, up-to-date database: the statements that the driver sends, and the time.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { adopt } from '../dist/index.js';
import { openKnex } from './databases.js';
import { childSettings, median, timed } from './measure.js';

const { family, url, rounds } = childSettings();
const migrations = fileURLToPath(new URL('../migrations', import.meta.url));
// Manifests that are not there: reading one would fail.
const manifests = path.join(migrations, 'none');

/** Counts what goes over the wire, whoever sends it: the drivers' own `query`. */
async function countStatements() {
  const counter = { statements: 0 };
  const driver =
    family === 'postgres' ? (await import('pg')).default.Client : (await import('mysql2')).default.Connection;
  const { query } = driver.prototype;
  driver.prototype.query = function counted(...args) {
    counter.statements += 1;
    return query.apply(this, args);
  };
  return counter;
}

const counter = await countStatements();
const prepared = openKnex(family, url);
await adopt({ knex: prepared, migrations });
await prepared.destroy();

const connected = { ms: [], statements: 0 };
const fresh = { ms: [], statements: 0 };
const outcomes = new Set();
for (let round = 0; round < rounds; round += 1) {
  const knex = openKnex(family, url);
  for (const result of [fresh, connected]) {
    counter.statements = 0;
    const { ms, value } = await timed(() => adopt({ knex, migrations, manifests }));
    result.ms.push(ms);
    result.statements = counter.statements;
    outcomes.add(value.outcome);
  }
  await knex.destroy();
}
console.log(
  JSON.stringify({
    outcomes: [...outcomes],
    connected: { ...connected, ms: median(connected.ms) },
    fresh: { ...fresh, ms: median(fresh.ms) },
  }),
);
process.exitCode = outcomes.size === 1 && outcomes.has('up-to-date') ? 0 : 1;
