import type { Visibility } from '../../database/introspection.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { uniqueSorted } from '../../util/order.ts';
import { quoteString } from './expression-tree.ts';
import type { Flavor } from './flavor.ts';
import { type Grant, grantDatabase, holds, parseGrant } from './grants.ts';

/** What the catalog itself gave away about what it does not show. */
export interface Sightings {
  /** Tables without a column, views without a text. */
  readonly hidden: readonly ObjectKey[];
  /** Routines without a body. */
  readonly hiddenRoutines: readonly ObjectKey[];
}

/**
 * The grants in force for this session: the account's own, and those of its active roles. One query.
 *
 * @param literal whether databases in them are names without wildcards.
 */
export async function readGrants(session: Session, literal: boolean): Promise<readonly Grant[]> {
  // Without FOR it is about the session: MariaDB adds the current role and PUBLIC (KB, SHOW GRANTS), MySQL 8 the active roles (manual, 15.7.7.22).
  const rows = await session.query('show grants');
  return rows.flatMap((row) => parseGrant(row[0] ?? '', literal) ?? []);
}

/** `'user'@'host'`, out of what current_user() says. */
function grantee(user: string): string {
  const at = user.lastIndexOf('@');
  return at < 0 ? quoteString(user) : `${quoteString(user.slice(0, at))}@${quoteString(user.slice(at + 1))}`;
}

/**
 * Whether this role sees everything of the schemas, proved from its grants, because a server of this family shows who has no privilege
 * nothing at all and does not say so (`hazards.md` (a)).
 *
 * Complete takes SELECT on the whole database; and whatever was seen must be there in full: a column for every table, a text for every view,
 * a body for every routine. Measured on MariaDB 10.11 and 11.8 and MySQL 9.7: with SELECT alone tables, columns, keys and checks are all
 * there; a view's text takes SHOW VIEW; triggers take TRIGGER, routines any privilege on routines, and without it nothing tells of them,
 * which `unseen` says.
 */
export function judgeVisibility(
  grants: readonly Grant[],
  sightings: Sightings,
  facts: ServerFacts,
  flavor: Flavor,
  schemas: readonly string[],
): Visibility {
  const user = grantee(facts.user);
  const everywhere = (privilege: string) => schemas.every((schema) => holds(grants, privilege, schema));
  const seesRoutines = ['EXECUTE', 'CREATE ROUTINE', 'ALTER ROUTINE', 'SHOW CREATE ROUTINE'].some(everywhere);
  const statements: string[] = [];
  const hidden = uniqueSorted([...sightings.hidden, ...sightings.hiddenRoutines]);
  const complete = everywhere('SELECT') && hidden.length === 0;
  for (const schema of schemas) {
    const database = grantDatabase(schema);
    if (!holds(grants, 'SELECT', schema) || sightings.hidden.length > 0)
      statements.push(`GRANT SELECT, SHOW VIEW ON ${database}.* TO ${user};`);
    if (sightings.hiddenRoutines.length > 0)
      statements.push(`GRANT ${flavor.routineBodyGrant(database)} TO ${user};`);
  }
  const grantAll = (privilege: string) =>
    schemas.map((schema) => `GRANT ${privilege} ON ${grantDatabase(schema)}.* TO ${user};`).join(' ');
  const unseen = [
    ...(everywhere('TRIGGER') ? [] : [{ kind: 'trigger', grant: grantAll('TRIGGER') } as const]),
    ...(seesRoutines || holds(grants, 'SHOW_ROUTINE', facts.database)
      ? []
      : [{ kind: 'function', grant: grantAll('EXECUTE') } as const]),
  ];
  return { complete, hidden, grants: uniqueSorted(statements), unseen };
}
