import type { Knex } from 'knex';
import type { Session } from '../database/session.ts';
import type { TableCopy } from '../database/set-aside.ts';
import { AdoptError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import type { ApplyContext } from './context.ts';
import { sendStatements } from './send-statements.ts';

/** How many rows are copied by one statement. */
const PORTION = 20_000;

type OfKind<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

/** Sends statements one after the other, on the connection of a transaction. */
function onConnection<T>(
  context: ApplyContext,
  knex: Knex,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return knex.transaction((transaction) => context.dialect.glance(transaction, { queries: 0 }, work));
}

async function countTables(context: ApplyContext, session: Session, place: string): Promise<number> {
  const [row] = await session.query(context.dialect.setAside.countTables(place));
  return Number(row?.[0]);
}

function halfway(what: string): AdoptError {
  return new AdoptError('PLAN.UNMET', `${what}, so the rebuild cannot go on by itself.`, {
    hint: 'Nothing was dropped. Move the tables back by hand, or restore a backup, and begin anew.',
  });
}

async function isMoved(context: ApplyContext, session: Session, step: OfKind<'set-aside'>): Promise<boolean> {
  const moved = await countTables(context, session, step.place);
  if (moved > 0 && moved !== step.tables)
    throw halfway(`${step.place} holds ${moved} of the ${step.tables} tables that were to be moved there`);
  return moved > 0;
}

/**
 * Whether everything was moved out of the way already, before a plan was interrupted.
 *
 * @throws AdoptError `PLAN.UNMET` when only some of it was moved, which one statement cannot leave behind.
 */
export function isSetAside(context: ApplyContext, knex: Knex, step: OfKind<'set-aside'>): Promise<boolean> {
  return onConnection(context, knex, (session) => isMoved(context, session, step));
}

/**
 * Moves everything out of the way; nothing where that was done before a plan was interrupted.
 *
 * @throws AdoptError `PLAN.UNMET` as {@link isSetAside}.
 */
export async function setAside(context: ApplyContext, knex: Knex, step: OfKind<'set-aside'>): Promise<void> {
  await onConnection(context, knex, async (session) => {
    if (await isMoved(context, session, step)) return;
    await sendStatements(context.dialect, session, step.statements, 'set the tables aside');
  });
  context.logger.info(
    { event: 'set-aside', place: step.place },
    `set aside ${step.tables} table(s) in ${step.place}`,
  );
}

/** Drops what a replay made in the cleared place: views and their like, then tables. */
async function clearMade(
  context: ApplyContext,
  session: Session,
  { tables, objects }: Awaited<ReturnType<ApplyContext['readKnown']>>,
): Promise<void> {
  const { ddl, setAside: family } = context.dialect;
  const statements = [
    ...objects.flatMap((object) => ddl.write({ kind: 'drop-object', object }) ?? []),
    ...(tables.length === 0 ? [] : family.clear(tables)),
  ];
  await sendStatements(context.dialect, session, statements, 'clear the place');
}

/**
 * Drops what an interrupted replay made in the cleared place. Whatever the chain knows is the replay's own there, since everything else that
 * it knows stands where it was set aside; that is looked at first.
 *
 * @throws AdoptError `PLAN.UNMET` when not everything is there.
 */
export async function clearReplay(
  context: ApplyContext,
  knex: Knex,
  place: string,
  tables: number,
): Promise<void> {
  const made = await context.readKnown(knex);
  if (made.tables.length === 0 && made.objects.length === 0) return;
  await onConnection(context, knex, async (session) => {
    const aside = await countTables(context, session, place);
    if (aside !== tables)
      throw halfway(`${place} holds ${aside} of the ${tables} tables that were set aside there`);
    await clearMade(context, session, made);
  });
}

/**
 * Puts everything back as it was before it was set aside, where a rebuild failed that is no transaction: what was made since is dropped, what was
 * moved is moved back. Nothing is dropped unless all that was moved is there.
 *
 * @throws AdoptError `PLAN.UNMET`
 */
export async function putBack(context: ApplyContext, knex: Knex, step: OfKind<'set-aside'>): Promise<void> {
  const { dialect } = context;
  const made = await context.readKnown(knex);
  await onConnection(context, knex, async (session) => {
    if (await isMoved(context, session, step)) {
      await clearMade(context, session, made);
      await sendStatements(dialect, session, step.undo, 'move the tables back');
    }
    if ((await countTables(context, session, step.place)) > 0)
      throw halfway(`${step.place} is not empty after its tables were moved back`);
    await sendStatements(dialect, session, dialect.setAside.discard(step.place), 'remove the place');
  });
  context.logger.warn({ event: 'put-back', place: step.place }, 'put everything back as it was');
}

interface Digest {
  readonly rows: bigint;
  readonly sum: bigint;
}

async function digestOf(
  context: ApplyContext,
  session: Session,
  copy: TableCopy,
  side: 'from' | 'to',
): Promise<Digest> {
  const [row] = await session.query(context.dialect.setAside.digest(copy, side));
  return { rows: BigInt(row?.[0] ?? 0), sum: BigInt(row?.[1] ?? 0) };
}

/**
 * Copies the rows of one table and holds both sides against each other, in one transaction. What the replay inserted and nothing that is copied
 * replaces stays, and is told: nobody can say whether it was deleted once or its migration never ran here.
 */
async function copyTable(context: ApplyContext, knex: Knex, copy: TableCopy): Promise<void> {
  const statements = context.dialect.setAside.copy(copy);
  const name = copy.to.name;
  const send = (session: Session, texts: readonly string[]) =>
    sendStatements(context.dialect, session, texts, `copy the rows of ${name}`);
  await onConnection(context, knex, async (session) => {
    try {
      await send(session, statements.before);
      const made = await digestOf(context, session, copy, 'to');
      if (made.rows > 0n) {
        context.logger.warn(
          { event: 'kept', table: name, rows: Number(made.rows) },
          `${name}: ${made.rows} row(s) that its migrations insert were not there before, and stay`,
        );
      }
      const from = await digestOf(context, session, copy, 'from');
      const ends = statements.portions === null ? [] : await session.query(statements.portions(PORTION));
      let after: string | null = null;
      // A column that needs a value and is given none is an error also where there are no rows.
      const portions = from.rows === 0n ? [] : [...ends, [null]];
      for (const [index, [end = null]] of portions.entries()) {
        await send(session, [statements.insert(after, end)]);
        after = end;
        if (end !== null) {
          const rows = (index + 1) * PORTION;
          context.logger.info({ event: 'copying', table: name, rows }, `copying ${name}: ${rows} rows`);
        }
      }
      const to = await digestOf(context, session, copy, 'to');
      if (to.rows - made.rows !== from.rows || to.sum - made.sum !== from.sum) {
        throw new AdoptError(
          'PLAN.UNMET',
          `The rows of ${name} are not the same after they were copied: ${to.rows - made.rows} of ${from.rows}.`,
          { hint: 'No row was lost. Please report this.' },
        );
      }
      await send(session, statements.after);
      context.logger.info(
        { event: 'copied', table: name, rows: Number(from.rows) },
        `copied ${name}: ${from.rows} rows`,
      );
    } finally {
      // Where the transaction is broken already, everything goes with it, settings too.
      await send(session, statements.restore).catch(() => undefined);
    }
  });
}

/**
 * Copies all rows back, a table after those that it refers to.
 *
 * @param done told after each table, with what is left.
 * @throws AdoptError `PLAN.UNMET` when what was copied is not what was there, or refers to rows that are nowhere.
 */
export async function copyRows(
  context: ApplyContext,
  knex: Knex,
  step: OfKind<'copy'>,
  done: (rest: OfKind<'copy'>) => Promise<void>,
): Promise<void> {
  const send = (session: Session, texts: readonly string[]) =>
    sendStatements(context.dialect, session, texts, 'drop foreign keys and make them again');
  await onConnection(context, knex, (session) => send(session, step.without));
  for (const [index, copy] of step.copies.entries()) {
    await copyTable(context, knex, copy);
    await done({ ...step, copies: step.copies.slice(index + 1) });
  }
  await onConnection(context, knex, async (session) => {
    for (const { name, rows, sql } of step.orphans) {
      const [row] = await session.query(sql);
      if (Number(row?.[0] ?? 0) === 0) continue;
      throw new AdoptError(
        'PLAN.UNMET',
        // What was there was asked before: it is rows of the migrations that refer to rows of theirs which gave way.
        `After copying, ${name} does not hold: there are ${row?.[0]} ${rows}. They are rows that the migrations insert, and refer to such as gave way to yours.`,
        {
          hint: 'Give your rows the keys that the migrations give to theirs, or complete the database instead (--on-partial complete).',
        },
      );
    }
    await send(session, step.with);
  });
}
