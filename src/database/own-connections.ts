/** A connection as a driver makes it. */
type Connection = object;

/** What a Knex client keeps its connections in (tarn's `Pool`); a pool that the host handed over looks otherwise. */
interface Resources {
  readonly used?: unknown;
  readonly free?: unknown;
}

/** Connections that were opened beside the pool, by client. */
const besidePool = new WeakMap<object, Set<Connection>>();

/** Notes a connection that was opened beside a client's pool. @returns what takes the note back */
export function noteConnection(client: object, connection: Connection): () => void {
  const noted = besidePool.get(client) ?? new Set();
  besidePool.set(client, noted.add(connection));
  return () => void noted.delete(connection);
}

function resourcesOf(list: unknown): Connection[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: { readonly resource?: unknown }) =>
    typeof entry.resource === 'object' && entry.resource !== null ? [entry.resource] : [],
  );
}

/**
 * Every connection that a Knex client has open at this moment: those of its pool and those that were noted. Empty where the pool is not
 * Knex's own, so that nothing is taken for ours that may be another's.
 */
export function ownConnections(client: { readonly pool?: unknown }): readonly Connection[] {
  const pool: Resources = typeof client.pool === 'object' && client.pool !== null ? client.pool : {};
  return [...resourcesOf(pool.used), ...resourcesOf(pool.free), ...(besidePool.get(client) ?? [])];
}
