import type { Session } from '../../database/session.ts';
import { quoteIdentifier } from './quote.ts';

/**
 * What the structure of these schemas stands on and a snapshot does not hold: the schemas, and the extensions with theirs. One query.
 *
 * An extension gets the server's default version (manual, CREATE EXTENSION); `plpgsql` is everywhere.
 */
export async function readFoundations(
  session: Session,
  schemas: readonly string[],
): Promise<readonly string[]> {
  const rows = await session.query(
    `select e.extname::text, n.nspname::text from pg_catalog.pg_extension e
     join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql' order by e.oid`,
  );
  const places = [...new Set([...schemas, ...rows.map((row) => row[1] ?? '')])].filter(
    (schema) => !/^(?:pg_|information_schema$)/.test(schema),
  );
  return [
    ...places.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`),
    ...rows.map(([name, schema]) => {
      const own = /^pg_/.test(schema ?? '') ? '' : ` WITH SCHEMA ${quoteIdentifier(schema ?? '')}`;
      return `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name ?? '')}${own}`;
    }),
  ];
}
