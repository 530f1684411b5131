import type { Knex } from 'knex';
import type { Change } from '../../src/database/ddl.ts';
import type { Dialect } from '../../src/database/dialect.ts';
import type { Session } from '../../src/database/session.ts';
import { creationOf } from '../../src/database/whole-structure.ts';
import { buildChain, expectedAt } from '../../src/manifest/chain.ts';
import { makeManifest } from '../../src/manifest/make-manifest.ts';
import { objectIdentity, tableElements } from '../../src/schema/elements.ts';
import type { SchemaObject, Snapshot, Table } from '../../src/schema/snapshot.ts';

/** What a manifest says of a database: all that a writer of changes gets to see. */
export interface Expectation {
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
}

/** A database as it is, without a history. */
export async function snapshotOf(
  dialect: Dialect,
  knex: Knex,
  schemas?: readonly string[],
): Promise<Snapshot> {
  return dialect.read(knex, { queries: 0 }, async (session) => {
    const facts = await dialect.readServer(session);
    const options = { schemas: schemas ?? [facts.defaultSchema], exclude: [] };
    return (await dialect.introspect(session, facts, options)).snapshot;
  });
}

/** A snapshot written into a manifest and read out of it again. */
export function throughManifest(snapshot: Snapshot): Expectation {
  const chain = buildChain(snapshot.dialect, [makeManifest(null, 'all', snapshot)]);
  return expectedAt(chain, 0);
}

/** Everything in a database, a line each: equal lines stand for equal things. */
export function lines({ tables, objects }: Expectation): readonly string[] {
  const ofTables = tables.flatMap((table) => [
    `table ${table.key}`,
    ...tableElements(table).map(({ kind, identity, value }) => `${table.key} ${kind} ${identity} ${value}`),
  ]);
  const ofObjects = objects.map((object) => `${objectIdentity(object)} ${object.definition}`);
  return [...ofTables, ...ofObjects].sort();
}

/** The lines of one that the other does not have, counting repetitions. */
export function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const open = [...others];
  return lines.filter((line) => {
    const at = open.indexOf(line);
    if (at >= 0) open.splice(at, 1);
    return at < 0;
  });
}

/** A change that did not come about: null was written for it, or the server refused. */
export interface Failure {
  readonly change: Change;
  readonly sql: readonly string[];
  /** The server's message; null where nothing was written. */
  readonly problem: string | null;
}

/** Runs statements in a savepoint; gives the server's message where it refused. Within a transaction only. */
export async function attempt(session: Session, sql: readonly string[]): Promise<string | null> {
  await session.query('savepoint attempt');
  try {
    for (const statement of sql) await session.query(statement);
    await session.query('release savepoint attempt');
    return null;
  } catch (error) {
    await session.query('rollback to savepoint attempt');
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return `${error instanceof Error ? error.message : String(error)}${cause}`;
  }
}

/** Makes everything in an empty database, each thing as soon as what it needs is there; gives what could not be made. */
export async function makeAll(
  dialect: Dialect,
  knex: Knex,
  expectation: Expectation,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  await dialect.glance(knex, { queries: 0 }, async (session) => {
    await session.query('begin');
    for (const changes of creationOf(expectation)) {
      let open: Failure[] = changes.flatMap((change): Failure[] => {
        const sql = dialect.ddl.write(change);
        if (sql === null) failures.push({ change, sql: [], problem: null });
        return sql === null ? [] : [{ change, sql, problem: null }];
      });
      for (let before = -1; before !== open.length; ) {
        before = open.length;
        const left: Failure[] = [];
        for (const one of open) {
          const problem = await attempt(session, one.sql);
          if (problem !== null) left.push({ ...one, problem });
        }
        open = left;
      }
      failures.push(...open);
    }
    await session.query('commit');
  });
  return failures;
}

/** One thing of a database, and how it goes and comes. */
interface Piece {
  /** As {@link lines} has it. */
  readonly line: string;
  readonly drop: Change;
  readonly add: readonly Change[];
}

function elementPieces(table: Table): readonly Piece[] {
  const { key, columns, primaryKey, uniques, foreignKeys, checks, indexes, unmodelled } = table;
  const changes: Readonly<Record<string, (at: number) => readonly [drop: Change, add: Change] | undefined>> =
    {
      column: (at) =>
        both(columns[at], (column) => [
          { kind: 'drop-column', table: key, column },
          { kind: 'add-column', table: key, column },
        ]),
      'primary-key': () =>
        both(primaryKey, (primaryKey) => [
          { kind: 'drop-primary-key', table: key, primaryKey },
          { kind: 'add-primary-key', table: key, primaryKey },
        ]),
      unique: (at) =>
        both(uniques[at], (unique) => [
          { kind: 'drop-unique', table: key, unique },
          { kind: 'add-unique', table: key, unique },
        ]),
      'foreign-key': (at) =>
        both(foreignKeys[at], (foreignKey) => [
          { kind: 'drop-foreign-key', table: key, foreignKey },
          { kind: 'add-foreign-key', table: key, foreignKey },
        ]),
      check: (at) =>
        both(checks[at], (check) => [
          { kind: 'drop-check', table: key, check },
          { kind: 'add-check', table: key, check },
        ]),
      index: (at) =>
        both(indexes[at], (index) => [
          { kind: 'drop-index', table: key, index },
          { kind: 'create-index', table: key, index },
        ]),
      unmodelled: (at) =>
        both(unmodelled[at], (words) => [
          { kind: 'drop-words', table: key, words },
          { kind: 'create-words', table: key, words },
        ]),
    };
  return tableElements(table).flatMap(({ kind, identity, value, position }) => {
    const [drop, add] = changes[kind]?.(position) ?? [];
    const line = `${key} ${kind} ${identity} ${value}`;
    return drop === undefined || add === undefined ? [] : [{ line, drop, add: [add] }];
  });
}

function both<T>(
  item: T | null | undefined,
  pair: (item: T) => readonly [Change, Change],
): readonly [Change, Change] | undefined {
  return item === null || item === undefined ? undefined : pair(item);
}

function pieces({ tables, objects }: Expectation): readonly Piece[] {
  return [
    ...objects.map(
      (object): Piece => ({
        line: `${objectIdentity(object)} ${object.definition}`,
        drop: { kind: 'drop-object', object },
        add: [{ kind: 'create-object', object }],
      }),
    ),
    ...tables.map(
      (table): Piece => ({
        line: `table ${table.key}`,
        drop: { kind: 'drop-table', table: table.key },
        add: [
          { kind: 'create-table', table },
          ...table.foreignKeys.map(
            (foreignKey): Change => ({ kind: 'add-foreign-key', table: table.key, foreignKey }),
          ),
        ],
      }),
    ),
    ...tables.flatMap(elementPieces),
  ];
}

/** What became of a piece that was dropped and made again. */
export interface Outcome {
  readonly line: string;
  /**
   * `unwritten`: one of the two is not written. `kept`: the server does not drop it. `refused`: it does not make it again. `unlike`: it made
   * something else. `again`: it is there as it was, and the server changed nothing else.
   */
  readonly became: 'unwritten' | 'kept' | 'refused' | 'unlike' | 'again';
  readonly detail: string;
}

/** A text without the characters that quoting puts in. */
function bare(text: string): string {
  return text.replaceAll(/["\\]/g, '');
}

/** Whether nothing else of the database names it, so that dropping it takes nothing along without a word. */
function standsAlone({ line, drop }: Piece, all: readonly string[]): boolean {
  if (drop.kind === 'drop-column') {
    const name = bare(drop.column.name);
    return !all.some((other) => other !== line && bare(other).includes(name));
  }
  if (drop.kind !== 'drop-table') return true;
  const own = [`table ${drop.table}`, `${drop.table} `];
  const name = bare(drop.table);
  return !all.some((other) => bare(other).includes(name) && !own.some((start) => other.startsWith(start)));
}

/**
 * Drops each thing of a database, makes it again, and looks; all of it undone in the end. Things that nothing depends on go and come one after
 * the other before it is looked; others, with what depends on them, one at a time.
 */
export async function dropAndMakeEach(
  dialect: Dialect,
  knex: Knex,
  schemas: readonly string[],
): Promise<readonly Outcome[]> {
  const expectation = throughManifest(await snapshotOf(dialect, knex, schemas));
  const all = lines(expectation);
  const outcomes: Outcome[] = [];
  const depended: (Piece & { readonly dropping: readonly string[]; readonly adding: readonly string[] })[] =
    [];
  const trx = await knex.transaction();
  const look = async () => lines(await snapshotOf(dialect, trx, schemas));
  const run = (sql: readonly string[]) =>
    dialect.glance(trx, { queries: 0 }, (session) => attempt(session, sql));
  try {
    const alone: string[] = [];
    for (const piece of pieces(expectation)) {
      const { line } = piece;
      const dropping = dialect.ddl.write(piece.drop);
      const added = piece.add.map((change) => dialect.ddl.write(change));
      const adding = added.flatMap((sql) => sql ?? []);
      if (dropping === null || added.includes(null)) {
        outcomes.push({ line, became: 'unwritten', detail: dropping === null ? 'drop' : 'make' });
      } else if (standsAlone(piece, all) && (await run([...dropping, ...adding])) === null) alone.push(line);
      else depended.push({ ...piece, dropping, adding });
    }
    const found = await look();
    const [strange, lost] = [without(found, all), without(all, found)];
    for (const line of alone)
      outcomes.push({ line, became: lost.includes(line) ? 'unlike' : 'again', detail: '' });
    for (const line of strange) outcomes.push({ line, became: 'unlike', detail: 'was not there before' });
    await trx.raw('savepoint piece');
    for (const { line, dropping, adding } of depended) {
      const cascading = dropping.map((sql, at) => (at === dropping.length - 1 ? `${sql} cascade` : sql));
      const drop = async () => (await run(dropping)) && (await run(cascading));
      const kept = await drop();
      const refused = kept === null ? await run(adding) : null;
      if (kept !== null) outcomes.push({ line, became: 'kept', detail: kept });
      else if (refused !== null) outcomes.push({ line, became: 'refused', detail: refused });
      else {
        const found = await look();
        let other = without(found, all);
        if (other.length > 0) {
          // What dropping alone leaves of others is not what making it again did.
          await trx.raw('rollback to savepoint piece');
          await drop();
          other = without(other, await look());
        }
        const again = !without(all, found).includes(line) && other.length === 0;
        outcomes.push({ line, became: again ? 'again' : 'unlike', detail: other.join(' | ') });
      }
      await trx.raw('rollback to savepoint piece');
    }
    return outcomes;
  } finally {
    await trx.rollback();
  }
}
