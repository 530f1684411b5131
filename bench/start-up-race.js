#!/usr/bin/env node
/*
 * What happens when N processes start at the same moment on one database: plain Knex's `migrate.latest()` on a fresh one beside
 * `knex-adopt handle-legacy --yes` on a fresh, a legacy and a managed one that is behind, with migrations that take a transaction and with such that
 * take none.
 *
 *   node scripts/with-servers.js -- node bench/start-up-race.js [--processes 8] [--rounds 20] [--plain-rounds ROUNDS] [--warm] [--json FILE]
 *
 * A round is one database and one cold start of all processes; there are so many of each kind. Every process is a new one; plain Knex's wait for a
 * common moment, so that loading modules does not spread them out. With --warm, ours are started once for all rounds and call the library with
 * connections of their own: they then meet within a millisecond, and a thousand rounds take minutes. Plain Knex has no such rounds.
 */
import { fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import createKnex from 'knex';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '20' },
    'plain-rounds': { type: 'string' },
    warm: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const processes = Number(values.processes);
const rounds = Number(values.rounds);
const plainRounds = values.warm ? 0 : Number(values['plain-rounds'] ?? values.rounds);

const SERVERS = [
  { name: 'PostgreSQL', client: 'pg', url: process.env.TEST_POSTGRES_URL, fixtures: 'postgres' },
  { name: 'MariaDB', client: 'mysql2', url: process.env.TEST_MYSQL_URL, fixtures: 'mysql' },
].filter((server) => server.url);
if (SERVERS.length === 0) {
  console.error(
    'Name servers in TEST_POSTGRES_URL and TEST_MYSQL_URL, or run this through scripts/with-servers.js.',
  );
  process.exit(2);
}

/** The SQL of a fixture, as test/support loads it. */
function fixtureSql(family, name) {
  const folder = path.join(root, 'fixtures', family, name);
  const { parts } = JSON.parse(readFileSync(path.join(folder, 'fixture.json'), 'utf8'));
  return parts.map((part) => readFileSync(path.join(folder, part), 'utf8')).join('\n');
}

async function withDatabase(server, setUp, work) {
  const name = `race_${randomBytes(6).toString('hex')}`;
  const admin = createKnex({ client: server.client, connection: server.url, pool: { min: 0, max: 1 } });
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  await admin.raw(`create database ${name}`);
  // mysql2 takes further connection options from the query string.
  const connection = server.client === 'mysql2' ? `${url.href}?multipleStatements=true` : url.href;
  const knex = createKnex({ client: server.client, connection, pool: { min: 0, max: 1 } });
  try {
    if (setUp !== null) await knex.raw(setUp);
    return await work(url.href, knex);
  } finally {
    await knex.destroy();
    await admin.raw(`drop database ${name}${server.client === 'pg' ? ' with (force)' : ''}`);
    await admin.destroy();
  }
}

function start(command, environment) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('exit', (code) => resolve({ code, output }));
  });
}

/** The chain and its manifests in a folder of their own, where every migration says that it takes no transaction. */
const temporary = mkdtempSync(path.join(tmpdir(), 'knex-adopt-race-'));
const committing = path.join(temporary, 'migrations');
cpSync(path.join(root, 'migrations'), committing, { recursive: true });
symlinkSync(path.join(root, 'node_modules'), path.join(temporary, 'node_modules'));
for (const name of readdirSync(committing).filter((file) => file.endsWith('.ts'))) {
  writeFileSync(path.join(committing, name), '\nexport const config = { transaction: false };\n', {
    flag: 'a',
  });
}

const MIGRATIONS = {
  'knex-adopt': path.join(root, 'migrations'),
  'knex-adopt, no transactions': committing,
};
const plainKnex = [path.join(root, 'bench', 'plain-knex.js')];
const handleLegacy = (url, migrations) => [
  path.join(root, 'dist', 'cli', 'main.js'),
  ...['handle-legacy', '--yes', '--url', url, '--migrations', migrations],
];

const workers = values.warm
  ? Array.from({ length: processes }, () => fork(path.join(root, 'bench', 'start-up-worker.js')))
  : [];
await Promise.all(workers.map((worker) => once(worker, 'message')));

async function again(worker, job) {
  worker.send(job);
  return (await once(worker, 'message'))[0];
}

/** One start of all processes on one database. @returns how each ended, with what it printed where it failed */
function startAll(server, contender, url) {
  const migrations = MIGRATIONS[contender];
  if (migrations !== undefined && values.warm) {
    return Promise.all(workers.map((worker) => again(worker, { client: server.client, url, migrations })));
  }
  const command = migrations === undefined ? plainKnex : handleLegacy(url, migrations);
  const environment = {
    BENCH_CLIENT: server.client,
    BENCH_URL: url,
    BENCH_START_AT: String(Date.now() + 1500),
  };
  return Promise.all(Array.from({ length: processes }, () => start(command, environment)));
}

async function race(server, contender, fixture, rounds) {
  const setUp = fixture === 'fresh' ? null : fixtureSql(server.fixtures, fixture);
  const started = performance.now();
  const result = {
    server: server.name,
    contender,
    database: fixture,
    rounds,
    roundsWithFailure: 0,
    failedProcesses: 0,
    lockedForEver: 0,
    ranTwice: 0,
    unfinished: 0,
    secondsPerRound: 0,
  };
  for (let round = 0; round < rounds; round += 1) {
    await withDatabase(server, setUp, async (url, knex) => {
      const outcomes = await startAll(server, contender, url);
      const failed = outcomes.filter((outcome) => outcome.code !== 0);
      result.failedProcesses += failed.length;
      if (failed.length > 0) {
        result.roundsWithFailure += 1;
        if (contender !== 'plain Knex') console.error(failed[0].output.trim());
      }
      const locks = await knex('knex_migrations_lock')
        .select('is_locked')
        .catch(() => []);
      if (locks.length !== 1 || Number(locks[0].is_locked) !== 0) result.lockedForEver += 1;
      const names = await knex('knex_migrations')
        .pluck('name')
        .catch(() => []);
      if (new Set(names).size !== names.length) result.ranTwice += 1;
      if (new Set(names).size !== 3) result.unfinished += 1;
    });
  }
  result.secondsPerRound = Number(((performance.now() - started) / 1000 / rounds).toFixed(2));
  console.error(
    `${server.name}, ${contender}, ${fixture}: ${result.roundsWithFailure} of ${rounds} rounds with a failure`,
  );
  return result;
}

const results = [];
for (const server of SERVERS) {
  if (plainRounds > 0) results.push(await race(server, 'plain Knex', 'fresh', plainRounds));
  for (const contender of ['knex-adopt', 'knex-adopt, no transactions']) {
    for (const fixture of ['fresh', 'legacy-002', 'managed-002']) {
      results.push(await race(server, contender, fixture, rounds));
    }
  }
}
for (const worker of workers) worker.disconnect();
rmSync(temporary, { recursive: true });
console.log(`${processes} processes at once`);
console.table(
  results.map(
    ({
      server,
      contender,
      database,
      rounds,
      roundsWithFailure,
      failedProcesses,
      lockedForEver,
      ranTwice,
      unfinished,
      secondsPerRound,
    }) => ({
      server,
      contender,
      database,
      rounds,
      'rounds with a failure': roundsWithFailure,
      'failed processes': failedProcesses,
      'locked for ever': lockedForEver,
      'recorded twice': ranTwice,
      'not at head': unfinished,
      'seconds per round': secondsPerRound,
    }),
  ),
);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ processes, results }, null, 2)}\n`);
process.exitCode = results.some(
  (result) =>
    result.contender !== 'plain Knex' &&
    result.roundsWithFailure + result.lockedForEver + result.ranTwice + result.unfinished > 0,
)
  ? 1
  : 0;
