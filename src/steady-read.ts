import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Dialect } from './database/dialect.ts';
import type { CatalogWatch } from './database/introspection.ts';
import type { QueryCounter, Session } from './database/session.ts';
import { AdoptError, isAdoptError } from './errors.ts';

/** Pauses between attempts: long enough for a migration to finish, short enough that nobody takes the whole for a hang. */
const PAUSES_MS = [100, 400, 1500];

/** What one attempt gave, and whether anything may have disturbed it. */
interface Attempt<T> {
  readonly value: T;
  readonly disturbed: boolean;
}

export interface SteadyRead<T> {
  readonly dialect: Dialect;
  /** The instance, or the transaction that holds the lock. */
  readonly knex: Knex;
  readonly counter: QueryCounter;
  readonly signal?: AbortSignal | undefined;
  /** Reads everything; opens the watch, and says so, before it reads the first thing that may change. */
  read(session: Session, opened: (watch: CatalogWatch) => void): Promise<T>;
  /** Two values with the same digest say the same. */
  digest(value: T): string;
}

/**
 * Nothing is concluded from an attempt that failed because the catalog moved under it.
 *
 * The question whether it did is asked on a connection of the pool, after the reading transaction is over: that one would answer from its own
 * snapshot. In the transaction that holds the lock it is asked in there: it is read committed, so that each of its statements sees what is
 * committed by then, and another connection may not be to be had.
 */
async function attempt<T>(options: SteadyRead<T>): Promise<Attempt<T>> {
  const { dialect, knex, counter } = options;
  let watch: CatalogWatch | undefined;
  const disturbed = async () => {
    const opened = watch;
    return (
      opened !== undefined && (await dialect.glance(knex, counter, (session) => opened.hasChanged(session)))
    );
  };
  let value: T;
  try {
    value = await dialect.read(knex, counter, (session) =>
      options.read(session, (opened) => {
        watch = opened;
      }),
    );
  } catch (error) {
    if (isAdoptError(error) && /^(?:DETECT\.UNSTABLE|CONNECT\..*)$/.test(error.code)) throw error;
    // A table that is gone before its second question, a name that no longer resolves: what it says is not about what is there now.
    if (!(await disturbed().catch(() => false))) throw error;
    throw new AdoptError('DETECT.UNSTABLE', 'The schema changed while it was read.', {
      hint: 'Run the command again when nobody is changing the schema.',
      cause: error,
    });
  }
  return { value, disturbed: await disturbed() };
}

/**
 * Reads until it is proved that what was read was there all at one time: because the catalog held still meanwhile, or because two readings in a
 * row say the same. Tries a few times, within some seconds and what the readings take.
 *
 * @throws AdoptError `DETECT.UNSTABLE` when others kept changing the schema; whatever `read` throws on a schema that held still.
 */
export async function readSteadily<T>(options: SteadyRead<T>): Promise<T> {
  let last: string | null = null;
  for (let attempts = 1; ; attempts += 1) {
    let failure: AdoptError;
    try {
      const { value, disturbed } = await attempt(options);
      if (!disturbed) return value;
      const digest = options.digest(value);
      if (digest === last) return value;
      last = digest;
      failure = new AdoptError(
        'DETECT.UNSTABLE',
        `The schema changed while it was read, ${attempts} times.`,
        {
          hint: 'Run the command again when nobody is changing the schema.',
        },
      );
    } catch (error) {
      if (!isAdoptError(error) || error.code !== 'DETECT.UNSTABLE') throw error;
      last = null;
      failure = error;
    }
    const pause = PAUSES_MS[attempts - 1];
    if (pause === undefined) throw failure;
    await sleep(pause, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
