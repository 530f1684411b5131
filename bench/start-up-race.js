#!/usr/bin/env node
/*
 * What happens when N processes start at the same moment on one database: plain Knex's `migrate.latest()` on a fresh one beside
 * `knex-adopt handle-legacy --yes` on a fresh, a legacy and a managed one that is behind, with migrations that take a transaction and with such that
 * take none.
 *
 *   node scripts/with-servers.js -- node bench/start-up-race.js [--processes 8] [--rounds 20] [--plain-rounds ROUNDS]
 *     [--library | --warm] [--json FILE]
 *
 * A round is one database and one cold start of all processes; there are so many of each kind. Every process is a new one; plain Knex's wait for a
 * common moment, so that loading modules does not spread them out. With --library ours are new processes too, of an application that calls the
 * library at its start and whose migrations are compiled, as images ship them. With --warm such processes are started once for all rounds: they then
 * meet within a millisecond. Plain Knex has no rounds with either.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
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
    library: { type: 'boolean', default: false },
    warm: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const processes = Number(values.processes);
const rounds = Number(values.rounds);
const byLibrary = values.library || values.warm;
const plainRounds = byLibrary ? 0 : Number(values['plain-rounds'] ?? values.rounds);

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

/** The chain and its manifests in two folders of their own; in the other one every migration says that it takes no transaction. */
const temporary = mkdtempSync(path.join(tmpdir(), 'knex-adopt-race-'));
const transactional = path.join(temporary, 'migrations');
const committing = path.join(temporary, 'committing');
for (const folder of [transactional, committing])
  cpSync(path.join(root, 'migrations'), folder, { recursive: true });
symlinkSync(path.join(root, 'node_modules'), path.join(temporary, 'node_modules'));
for (const name of readdirSync(committing).filter((file) => file.endsWith('.ts'))) {
  writeFileSync(path.join(committing, name), '\nexport const config = { transaction: false };\n', {
    flag: 'a',
  });
}

/** The chain as JavaScript, with its manifests, in a folder beside it. */
function compiled(migrations) {
  const folder = `${migrations}-compiled`;
  const sources = readdirSync(migrations).filter((file) => file.endsWith('.ts'));
  execFileSync(process.execPath, [
    path.join(root, 'node_modules', '.bin', 'tsc'),
    ...['--ignoreConfig', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022', '--outDir', folder],
    ...sources.map((file) => path.join(migrations, file)),
  ]);
  cpSync(path.join(migrations, 'manifests'), path.join(folder, 'manifests'), { recursive: true });
  return folder;
}

const MIGRATIONS = {
  'knex-adopt': byLibrary ? compiled(transactional) : transactional,
  'knex-adopt, no transactions': byLibrary ? compiled(committing) : committing,
};
const plainKnex = [path.join(root, 'bench', 'plain-knex.js')];
const handleLegacy = (url, migrations) => [
  path.join(root, 'dist', 'cli', 'main.js'),
  ...['handle-legacy', '--yes', '--url', url, '--migrations', migrations],
];

const newWorker = () => fork(path.join(root, 'bench', 'start-up-worker.js'));
const workers = values.warm ? Array.from({ length: processes }, newWorker) : [];
await Promise.all(workers.map((worker) => once(worker, 'message')));

async function again(worker, job) {
  worker.send(job);
  return (await once(worker, 'message'))[0];
}

/** In a process of its own, which begins to load its modules now. */
async function anew(job) {
  const worker = newWorker();
  await once(worker, 'message');
  const outcome = await again(worker, job);
  worker.disconnect();
  return outcome;
}

/** One start of all processes on one database. @returns how each ended, with what it printed where it failed */
function startAll(server, contender, url) {
  const migrations = MIGRATIONS[contender];
  if (byLibrary) {
    const job = { client: server.client, url, migrations };
    return Promise.all(
      values.warm
        ? workers.map((worker) => again(worker, job))
        : Array.from({ length: processes }, () => anew(job)),
    );
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
  const sql = fixture === 'fresh' ? null : fixtureSql(server.fixtures, fixture);
  // A history is of the files that ran: where those are compiled ones, it says so.
  const setUp = byLibrary ? (sql?.replaceAll(/(?<=\b\d{3}_\w+)\.ts\b/g, '.js') ?? null) : sql;
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
