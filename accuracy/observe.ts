import type { Verdict } from '../src/classify/verdict.ts';
import { dialectOf } from '../src/dialects/dialect-of.ts';
import { judge, type Observation, observeDatabase } from '../src/gather.ts';
import { silentLogger } from '../src/logger.ts';
import type { Chain } from '../src/manifest/chain.ts';
import type { Migration } from '../src/migrations/migration.ts';
import type { Workspace } from '../src/workspace.ts';
import type { Scratch, Server } from './scratch.ts';

const POSTGRES_SCHEMAS = `
  SELECT nspname::text FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  ORDER BY nspname <> 'public', nspname`;

/** What a database is seen to be. */
export interface Sighting {
  readonly observation: Observation;
  /** The verdict on it, by a chain and its migrations. @throws AdoptError `DETECT.BLIND` */
  judge(chain: Chain, migrations: readonly Migration[]): Verdict;
}

/**
 * Reads a database as `detect-state` reads it, in every schema that it has.
 *
 * @param chain that it will be held against, which some rules look at; null where there is none yet.
 */
export async function observeScratch(
  scratch: Scratch,
  server: Server,
  chain: Chain | null,
): Promise<Sighting> {
  const schemas = server.dialect === 'postgres' ? await scratch.list(POSTGRES_SCHEMAS) : [];
  const { knex } = scratch;
  const workspaceOf = (migrations: readonly Migration[]): Workspace => ({
    knex,
    dialect: dialectOf(knex),
    source: {
      migrations,
      origin: 'dumps',
      load: () => Promise.reject(new Error('A dump is no migration.')),
    },
    manifests: '',
    schemas,
    tableName: 'knex_migrations',
    historySchema: null,
    receipts: 'knex_adoption',
    author: { tool: 'accuracy', application: null },
    withoutRules: [],
    logger: silentLogger,
    observer: undefined,
    signal: undefined,
  });
  const observation = await observeDatabase(workspaceOf([]), knex, { queries: 0 }, chain);
  return {
    observation,
    judge: (by, migrations) => judge(workspaceOf(migrations), by, observation),
  };
}
