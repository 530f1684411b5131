import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { recognizeServer } from './flavor.ts';
import { SERVER_QUERY } from './place-queries.ts';
import { driverProcessId } from './session.ts';

/**
 * Who is there, and as whom we are connected. One query.
 *
 * `pooled` compares the process id that the driver was given when it connected with the backend's own: a pooler (PgBouncer, Supavisor, …)
 * invents the former (`hazards.md` (j)). A pooler in session mode looks the same and is refused as well: it cannot be told apart.
 *
 * @throws AdoptError `DETECT.NO_SCHEMA` when no schema of the search path exists, `DETECT.UNSUPPORTED_SERVER`
 */
export async function readServer(session: Session): Promise<ServerFacts> {
  const [row] = await session.query(SERVER_QUERY);
  const [version, number, schema, user, database, recovery, readOnly, processId] = row ?? [];
  const server = recognizeServer(version ?? '', Number(number));
  if (schema == null) {
    throw new AdoptError('DETECT.NO_SCHEMA', 'No schema of the search path exists or may be used.', {
      hint: "Name one that exists with --schema or in Knex's searchPath, or grant this role USAGE on it.",
      details: { user: user ?? '', database: database ?? '' },
    });
  }
  const driver = driverProcessId(session);
  return {
    server,
    defaultSchema: schema,
    user: user ?? '',
    database: database ?? '',
    readOnlyReason: readOnlyReason(recovery === 'true', readOnly === 'on'),
    pooled: server.vendor !== 'pglite' && driver !== null && driver !== Number(processId),
  };
}

function readOnlyReason(recovery: boolean, readOnly: boolean): string | null {
  if (recovery) return 'The server is a standby (pg_is_in_recovery() is true).';
  if (readOnly) return 'Transactions are read-only here by default (default_transaction_read_only is on).';
  return null;
}
