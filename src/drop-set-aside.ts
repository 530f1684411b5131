import type { Knex } from 'knex';
import { writeFailure } from './apply/write-failure.ts';
import { DEFAULT_LOCK_WAIT_MS } from './carry-out.ts';
import type { ServerFacts } from './database/server-facts.ts';
import type { PlaceContents } from './database/set-aside-place.ts';
import { AdoptError } from './errors.ts';
import { markDropped, readReceipts, type SetAsideReceipt, type StoredReceipt } from './history/receipts.ts';
import { readManagedHistory, withHistoryLock } from './managed-history.ts';
import type { Workspace } from './workspace.ts';

/** How many of those that depend on a place are named. */
const MOST_NAMED = 5;

export interface DropSetAsideOptions {
  readonly lockWaitMs?: number | undefined;
  /** Asked once before anything is dropped. */
  confirm(drop: {
    readonly database: string;
    readonly place: string;
    readonly tables: readonly string[];
    readonly receipt: StoredReceipt;
  }): Promise<void>;
  /** The clock. */
  readonly now?: (() => Date) | undefined;
}

/** What was dropped. Plain data: `drop-set-aside --json`. */
export interface DropSetAsideReport {
  readonly format: 1;
  /** `gone`: it was not there any more, and nothing had to be dropped. */
  readonly outcome: 'dropped' | 'gone';
  readonly place: string;
  readonly tables: readonly string[];
}

/** A receipt of a rebuild, with what it says of the place. */
interface Named {
  readonly receipt: StoredReceipt;
  readonly setAside: SetAsideReceipt;
}

/** The rebuild that set something aside there. @throws AdoptError `REFUSED.NO_RECEIPT` */
function namedBy(receipts: readonly StoredReceipt[], place: string): Named {
  const rebuilds = receipts.flatMap((receipt) =>
    receipt.setAside === undefined ? [] : [{ receipt, setAside: receipt.setAside }],
  );
  const found = rebuilds.findLast((one) => one.setAside.place === place);
  if (found !== undefined) return found;
  const places = rebuilds.filter(({ setAside }) => setAside.droppedAt === undefined);
  throw new AdoptError(
    'REFUSED.NO_RECEIPT',
    `No rebuild of this database has set anything aside in ${place}, so it is not touched.`,
    {
      hint:
        places.length === 0
          ? 'Nothing is set aside: see "knex-adopt history".'
          : `Name one of: ${places.map(({ setAside }) => setAside.place).join(', ')}.`,
    },
  );
}

/** @throws AdoptError `REFUSED.DEPENDENT` when somebody needs what is there, or it is not only what the rebuild put there. */
function requireUnneeded({ tables, others, dependents }: PlaceContents, setAside: SetAsideReceipt): void {
  const { place } = setAside;
  if (dependents.length > 0) {
    const more = dependents.length > MOST_NAMED ? ` and ${dependents.length - MOST_NAMED} more` : '';
    throw new AdoptError(
      'REFUSED.DEPENDENT',
      `What is in ${place} is still used: by ${dependents.slice(0, MOST_NAMED).join(', ')}${more}.`,
      { hint: 'Drop that first, or have it use the tables that took their place.', details: { dependents } },
    );
  }
  const strangers =
    tables.length > setAside.tables
      ? `${tables.length} tables, and the rebuild set aside ${setAside.tables}`
      : others.slice(0, MOST_NAMED).join(', ');
  if (strangers === '') return;
  throw new AdoptError('REFUSED.DEPENDENT', `${place} holds what no rebuild put there: ${strangers}.`, {
    hint: 'Move what is somebody else’s elsewhere.',
    details: { tables, others },
  });
}

/** Drops the place, if it is still there, and marks the receipt: on PostgreSQL in one transaction, elsewhere in this order. */
async function dropAndMark(
  { dialect }: Workspace,
  knex: Knex,
  { setAside }: Named,
  mark: (knex: Knex) => Promise<void>,
): Promise<readonly string[] | null> {
  return knex.transaction(async (transaction) => {
    const contents = await dialect.glance(transaction, { queries: 0 }, async (session) => {
      const found = await dialect.setAsidePlace.look(session, setAside.place, true);
      if (found === null) return null;
      requireUnneeded(found, setAside);
      await session.query(dialect.setAsidePlace.drop(setAside.place));
      return found;
    });
    await mark(transaction);
    return contents?.tables ?? null;
  });
}

/**
 * Drops what a rebuild set aside, which nothing else in this project ever does: only a place that a receipt names, with nothing in it but what
 * the rebuild put there, and nothing elsewhere that needs it. The receipt says afterwards when it was dropped.
 *
 * @throws AdoptError `REFUSED.NO_RECEIPT`, `REFUSED.DEPENDENT` with nothing dropped; `PLAN.FORBIDDEN`, `PLAN.READ_ONLY`; `LOCK.*`, `HISTORY.*`,
 * `CONNECT.*`; whatever `confirm` throws.
 */
export async function dropSetAside(
  workspace: Workspace,
  place: string,
  options: DropSetAsideOptions,
): Promise<DropSetAsideReport> {
  const { knex, dialect, logger } = workspace;
  const managed = await readManagedHistory(workspace);
  const named = namedBy(await readReceipts(knex, managed.history), place);
  const gone: DropSetAsideReport = { format: 1, outcome: 'gone', place, tables: [] };
  if (named.setAside.droppedAt !== undefined) return gone;
  const found = await dialect.glance(knex, { queries: 0 }, (session) =>
    dialect.setAsidePlace.look(session, place, false),
  );
  if (found !== null) {
    requireUnneeded(found, named.setAside);
    const { database }: ServerFacts = managed.facts;
    await options.confirm({ database, place, tables: found.tables, receipt: named.receipt });
  }
  const lockWaitMs = options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS;
  const dropped = await withHistoryLock(workspace, managed, [], lockWaitMs, async (held) => {
    await held.assertHeld();
    const now = (options.now ?? (() => new Date()))();
    const mark = (on: Knex) => markDropped(on, held.history, named.receipt.id, now);
    try {
      return await dropAndMark(workspace, held.knex, named, mark);
    } catch (error) {
      throw writeFailure(dialect, 'session', error);
    }
  });
  if (dropped === null) return gone;
  logger.info({ event: 'dropped', place }, `dropped ${place}`);
  return { format: 1, outcome: 'dropped', place, tables: dropped };
}
