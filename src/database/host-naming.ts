import type { Knex } from 'knex';

/**
 * How a host's Knex writes names, and what it makes of rows: Objection's snake case mappers, for one. Migrations are run so. Knex's own tables are
 * not: its migrator switches both off for them (`Migrator.js`, `disableProcessing`), so whoever does not looks for other tables.
 */
export type HostNaming = Pick<Knex.Config, 'wrapIdentifier' | 'postProcessResponse'>;

/** That part of a configuration; of one that has none nothing. */
export function namingOf({ wrapIdentifier, postProcessResponse }: HostNaming): HostNaming {
  return {
    ...(wrapIdentifier ? { wrapIdentifier } : {}),
    ...(postProcessResponse ? { postProcessResponse } : {}),
  };
}

/** Knex's client as it is for Knex's own tables and ours, on the same connections. */
export function plainClient({ client }: Knex): Knex.Client {
  const { wrapIdentifier, postProcessResponse, ...config } = client.config as Knex.Config;
  if (!wrapIdentifier && !postProcessResponse) return client;
  return Object.create(client, { config: { value: config } });
}

/**
 * Does something with a Knex whose configuration may be written to meanwhile. Knex's migrator makes itself a copy of an instance, but of a
 * transaction it writes into the configuration, which is the host's: from then on the host's own queries would go without its naming.
 */
export async function withOwnConfig<T>(knex: Knex, work: () => Promise<T>): Promise<T> {
  if (!knex.isTransaction) return work();
  const { config } = knex.client;
  const { userParams } = knex;
  knex.client.config = { ...config };
  knex.userParams = { ...userParams };
  try {
    return await work();
  } finally {
    knex.client.config = config;
    knex.userParams = userParams;
  }
}

/** Does something with a connection that writes names and reads rows as the host's Knex does. */
export async function withNaming<T>(knex: Knex, naming: HostNaming, work: () => Promise<T>): Promise<T> {
  const { config } = knex.client;
  knex.client.config = { ...config, ...naming };
  try {
    return await work();
  } finally {
    knex.client.config = config;
  }
}
