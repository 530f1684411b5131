import type { CatalogWatch } from '../../database/introspection.ts';
import type { Session } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';

/**
 * Whether the catalog held still while it was read.
 *
 * information_schema is in no transaction's snapshot and has no version (`hazards.md` (h)): each query sees what is there when it runs. A digest
 * of it before and after would cost as much as reading it twice more. But the server counts the statements that it is given, by kind (8.0 manual,
 * 7.1.10, Com_xxx), for everybody to see, in a millisecond: where nobody began a DDL statement on the whole server, nothing changed but by one
 * begun before, and those are looked for among the running statements. Where somebody did, in whatever database, who asks reads again and
 * compares: two equal reads are the proof.
 *
 * Not seen is a statement of another user, begun before and ended meanwhile, by a role without PROCESS. Carrying out a plan does not rest on
 * that: it reads again under the lock and goes on only when that gave the same.
 */
const COUNTERS_QUERY = `show global status where variable_name regexp '^com_(alter|create|drop|rename)_'
  and variable_name not regexp '_(temporary_table|user|role|server|event|resource_group)$'`;

/** Without `FULL`, statements are cut at 100 characters, which is enough. */
const RUNNING_QUERY = 'show processlist';

const DDL =
  /^\s*(?:\/\*.*?\*\/\s*|--.*\n\s*|#.*\n\s*)*(?:(?:alter|create|drop|rename)\b(?!\s+(?:temporary|user|role|server|event)\b)|optimize\s+table)/is;

/** How many statements of each kind of DDL the server was given since it started. One query. */
export async function ddlCounters(session: Session): Promise<string> {
  return JSON.stringify(await session.query(COUNTERS_QUERY));
}

/** Id, user and statement of the DDL that is running in these databases, as far as this user may see it. */
async function running(session: Session, schemas: readonly string[]): Promise<string[]> {
  const rows = await session.query(RUNNING_QUERY);
  return rows.flatMap(([id, user, , database, , , , statement]) =>
    statement != null && schemas.includes(database ?? '') && DDL.test(statement)
      ? [`connection ${id}, user ${user}: ${statement.replace(/\s+/g, ' ').trim().slice(0, 60)}`]
      : [],
  );
}

/** @throws AdoptError `DETECT.UNSTABLE` when a DDL statement is running in one of the databases */
export async function watchCatalog(session: Session, schemas: readonly string[]): Promise<CatalogWatch> {
  const before = await ddlCounters(session);
  const statements = await running(session, schemas);
  if (statements.length > 0) {
    throw new AdoptError(
      'DETECT.UNSTABLE',
      `Somebody is changing the schema at this moment: ${statements.slice(0, 3).join('; ')}.`,
      {
        hint: 'Run the command again when it has finished.',
        details: { statements },
      },
    );
  }
  return { hasChanged: async (later) => (await ddlCounters(later)) !== before };
}
