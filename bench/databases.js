// The servers of a run, and databases on them that are gone afterwards.
import { randomBytes } from 'node:crypto';
import { createJiti } from 'jiti';
import createKnex from 'knex';

const CLIENTS = { postgres: 'pg', mysql: 'mysql2' };

/** The tests' servers: those named in the environment, or started for this run. */
export async function startBenchServers() {
  const { startServers } = await createJiti(import.meta.url).import('../test/support/servers.ts');
  return startServers();
}

/** A Knex instance of one connection, which the caller closes. */
export function openKnex(family, url, settings = {}) {
  // mysql2 takes further connection options from the query string.
  const connection = family === 'mysql' ? `${url}?multipleStatements=true` : url;
  return createKnex({ client: CLIENTS[family], connection, pool: { min: 0, max: 1 }, ...settings });
}

/** Runs `work(url)` with an empty database of its own. */
export async function withDatabase(family, serverUrl, work) {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const admin = async (statement) => {
    const knex = openKnex(family, serverUrl);
    try {
      await knex.raw(statement);
    } finally {
      await knex.destroy();
    }
  };
  await admin(`create database ${name}`);
  try {
    return await work(url.href);
  } finally {
    await admin(`drop database ${name}${family === 'postgres' ? ' with (force)' : ''}`);
  }
}
