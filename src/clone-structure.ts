import type { Knex } from 'knex';
import type { Change } from './database/ddl.ts';
import type { Dialect } from './database/dialect.ts';
import type { Session } from './database/session.ts';
import { creationOf, type Structure } from './database/whole-structure.ts';
import { isAdoptError } from './errors.ts';
import { objectIdentity } from './schema/elements.ts';
import type { SchemaObject, Table } from './schema/snapshot.ts';

/** Something that a copy of a structure does not have. */
export interface LeftOut {
  readonly what: string;
  /** As a sentence without its full stop. */
  readonly why: string;
}

/** What was made of a structure. */
export interface Cloned {
  readonly tables: number;
  readonly objects: number;
  readonly leftOut: readonly LeftOut[];
}

/** A change that is to be made, as far as it has not been. */
interface Open {
  readonly change: Change;
  readonly statements: readonly string[];
  readonly why: string;
}

function whatOf(change: Change): string {
  if (change.kind === 'create-table') return `table ${change.table.key}`;
  if (change.kind === 'create-object') return objectIdentity(change.object);
  if (change.kind === 'add-foreign-key') return `foreign key ${change.foreignKey.name} of ${change.table}`;
  return change.kind;
}

/** The server's own words, without the statement that Knex puts before them. */
function reasonOf(error: unknown): string {
  const told = isAdoptError(error) && error.cause instanceof Error ? error.cause : error;
  const message = told instanceof Error ? told.message : String(told);
  return message.replace(/\s+/g, ' ').replace(/\.$/, '');
}

/** Runs statements, and gives those that are left when the server refuses one. */
async function attempt(dialect: Dialect, knex: Knex, one: Open): Promise<Open | null> {
  const run = async (on: Knex, statements: readonly string[], done: () => void) => {
    await dialect.glance(on, { queries: 0 }, async (session) => {
      for (const statement of statements) {
        await session.query(statement);
        done();
      }
    });
  };
  let count = 0;
  const next = () => {
    count += 1;
  };
  try {
    if (!dialect.capabilities.transactionalDdl) await run(knex, one.statements, next);
    else await knex.transaction((transaction) => run(transaction, one.statements, () => undefined));
    return null;
  } catch (error) {
    return { ...one, statements: one.statements.slice(count), why: reasonOf(error) };
  }
}

/** Makes each as soon as what it needs is there, and gives those that could not be made. */
async function makeAll(
  dialect: Dialect,
  knex: Knex,
  wanted: readonly Open[],
  signal: AbortSignal | undefined,
): Promise<readonly Open[]> {
  let open = wanted;
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    const left: Open[] = [];
    for (const one of open) {
      signal?.throwIfAborted();
      const rest = await attempt(dialect, knex, one);
      if (rest !== null) left.push(rest);
    }
    open = left;
  }
  return open;
}

/** What is read with every rule, whatever is switched off: DDL is written from it. */
const canonical = <T extends Table | SchemaObject>(one: T): T => (one.strict?.canonical ?? one) as T;

/**
 * Makes a structure, strangers included and without a row, in an empty scratch database. What this tool cannot write, what the server does not
 * take and what would be made outside of the scratch database is left out, and named.
 *
 * @param foundations see `Dialect.readFoundations`.
 * @param others databases that are not to be touched.
 */
export async function cloneStructure(
  dialect: Dialect,
  knex: Knex,
  structure: Structure,
  foundations: readonly string[],
  others: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Cloned> {
  const leftOut: LeftOut[] = [];
  await dialect.glance(knex, { queries: 0 }, async (session: Session) => {
    for (const statement of foundations) {
      await session.query(statement).catch((error: unknown) => {
        leftOut.push({ what: statement, why: reasonOf(error) });
      });
    }
  });
  const tables = structure.tables.map(canonical);
  const objects = structure.objects.map(canonical);
  for (const changes of creationOf({ tables, objects })) {
    const wanted = changes.flatMap((change): Open[] => {
      const statements = dialect.ddl.write(change);
      const why =
        statements === null
          ? 'it cannot be written from what is known of it'
          : statements.some((sql) => dialect.mayReachOutside(sql, others))
            ? 'it names another database'
            : null;
      if (statements !== null && why === null) return [{ change, statements, why: '' }];
      leftOut.push({ what: whatOf(change), why: why ?? '' });
      return [];
    });
    const failed = await makeAll(dialect, knex, wanted, signal);
    leftOut.push(...failed.map(({ change, why }) => ({ what: whatOf(change), why })));
  }
  const missing = (kind: string) => leftOut.filter(({ what }) => what.startsWith(kind)).length;
  const lostTables = missing('table ');
  const lostObjects = leftOut.length - lostTables - missing('foreign key ') - missing('CREATE ');
  return { tables: tables.length - lostTables, objects: objects.length - lostObjects, leftOut };
}
