import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session, TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { translateError } from './errors.ts';
import { serverInfo } from './flavor.ts';
import { SERVER_QUERY } from './queries.ts';

/** Unknown system variable: a server older than all that are supported (MySQL 8.0 Error Message Reference). */
const UNKNOWN_VARIABLE = 1193;

async function askServer(session: Session): Promise<TextRow> {
  try {
    const [row = []] = await session.query(SERVER_QUERY);
    return row;
  } catch (error) {
    if (translateError(error) === null && (error as { errno?: unknown } | null)?.errno === UNKNOWN_VARIABLE) {
      throw new AdoptError(
        'DETECT.UNSUPPORTED_SERVER',
        'This server does not know a variable that every supported one has.',
        {
          hint: 'Use MySQL 8 or later (5.6 and 5.7 for tables and keys), or MariaDB 10.5 or later.',
          cause: error,
        },
      );
    }
    throw error;
  }
}

/**
 * Why nothing should be written here, or null. It is about the server: `read_only` is reported although SUPER, READ ONLY ADMIN and
 * CONNECTION ADMIN may pass over it, because what is adopted on a replica is not adopted where the data is written.
 *
 * That the transaction we read in is read-only is our own doing and is not looked at.
 */
function readOnlyReason(readOnly: string | null, innodbReadOnly: string | null): string | null {
  // MariaDB 12 answers with words; 0 and OFF are the only "no" (KB, read_only).
  const set = (value: string | null) => value !== null && value !== '0' && value.toUpperCase() !== 'OFF';
  if (set(innodbReadOnly)) return 'The server runs with innodb_read_only, as the reader of a cluster does.';
  return set(readOnly) ? 'The server runs with read_only, as a replica does.' : null;
}

/**
 * Server, database and user, in one query.
 *
 * @throws AdoptError `DETECT.NO_SCHEMA` when the connection has no database, `DETECT.UNSUPPORTED_SERVER`
 */
export async function readServer(session: Session): Promise<ServerFacts> {
  const [version, comment, database, user, readOnly, innodbReadOnly] = await askServer(session);
  const server = serverInfo(version ?? '', comment ?? '');
  if (database === null || database === undefined) {
    throw new AdoptError('DETECT.NO_SCHEMA', 'The connection has no database selected.', {
      hint: 'Put the name of the database into the connection: mysql://user@host/DATABASE, or connection.database.',
    });
  }
  return {
    server,
    defaultSchema: database,
    user: user ?? '',
    database,
    readOnlyReason: readOnlyReason(readOnly ?? null, innodbReadOnly ?? null),
    // A proxy in front of MySQL does not show itself; GET_LOCK makes ProxySQL keep one connection (ProxySQL, Multiplexing).
    pooled: false,
  };
}
