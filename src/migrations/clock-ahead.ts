import { AsyncLocalStorage } from 'node:async_hooks';
import type { Knex } from 'knex';

/*
 * A default may be made of the day (`defaultTo(new Date().toDateString())`), and two runs on one day would agree on it. So a second run is given
 * another clock. Only the migrations of that run may see it: what reads the schema, the pool, the first run and the host go by the true one.
 */

/**
 * How far ahead the second run's clock is: 500 days, 7 hours, 17 minutes and 23 seconds, in milliseconds.
 *
 * At whatever moment, in UTC and by local time, year, quarter, month, day of the month, day of the week, hour, minute and second all differ.
 * 500 days are more than a leap year and less than two, so that the year goes on by one or two; they are one year and 134 or 135 days, which is
 * four or five months, and 11 to 19 days short of or beyond a whole number of months; and they are 71 weeks and three days. What the seven
 * hours carry over, and a change to summer time, cannot even that out. As 17 and 23 are far from 0 and from 60, it still holds when the second
 * run comes to a migration half a minute after the first (for the minute: 40, for the hour: half a day; beyond that, days).
 */
export const CLOCK_AHEAD = (((500 * 24 + 7) * 60 + 17) * 60 + 23) * 1000;

/** Milliseconds ahead, for what runs within; undefined or 0 is the true clock. */
const ahead = new AsyncLocalStorage<number>();

/** Real dates, of another moment within {@link ahead}; in everything else it is the constructor that it stands for. */
function standInFor(real: DateConstructor): DateConstructor {
  const now = () => real.now() + (ahead.getStore() ?? 0);
  const standIn: DateConstructor = new Proxy(real, {
    construct(target, given, newTarget) {
      const moment = given.length === 0 && ahead.getStore() ? [now()] : given;
      return Reflect.construct(target, moment, newTarget === standIn ? target : newTarget);
    },
    apply: (target) => (ahead.getStore() ? new target(now()).toString() : target()),
    get: (target, key) => (key === 'now' && ahead.getStore() ? now : Reflect.get(target, key)),
  });
  return standIn;
}

/** Puts the stand-in into the place of `Date`. @returns what takes it away; what somebody else has put there since stays */
function replaceDate(): () => void {
  const real = globalThis.Date;
  const standIn = standInFor(real);
  // Not by assignment, which throws where the host has frozen its globals: there the clock stays the true one.
  Reflect.set(globalThis, 'Date', standIn);
  // For `value.constructor === Date`, by which some tell a date.
  Reflect.set(real.prototype, 'constructor', standIn);
  return () => {
    if (globalThis.Date === standIn) Reflect.set(globalThis, 'Date', real);
    if (real.prototype.constructor === standIn) Reflect.set(real.prototype, 'constructor', real);
  };
}

let users = 0;
let takeAway = () => {};

/** Runs something by the other clock, and awaits it there. */
export type RunAhead = (inner: () => unknown) => Promise<void>;

/**
 * Gives a clock that is ahead, for as long as `work` lasts: what is run by it, and what that calls and awaits, gets another moment from
 * `new Date()`, `Date()` and `Date.now()`. Everything else in the process gets the true one, also meanwhile, and `Date` is what it was when the
 * last of several at once is done, however it ends.
 *
 * Who took `Date.now` into a variable before, asks the server, or asks `Intl`, `Temporal` or `performance` for the time, gets the true one.
 */
export async function withClockAhead<T>(
  milliseconds: number,
  work: (run: RunAhead) => Promise<T>,
): Promise<T> {
  if (users === 0) takeAway = replaceDate();
  users += 1;
  try {
    // Awaited within: a schema builder that a migration returns calls its functions only when it is awaited.
    return await work((inner) =>
      ahead.run(milliseconds, async () => {
        await inner();
      }),
    );
  } finally {
    users -= 1;
    if (users === 0) takeAway();
  }
}

/**
 * Has an instance open, check and give back its connections by the true clock, whoever asks for them: a host's `connection` function may sign a
 * token for this moment, and its `expirationChecker` compare one with it. Tarn goes by the clock only to close what has been idle for long, all
 * other timeouts of Knex and the drivers are timers; with the pool by one clock, that is right too.
 *
 * @returns what undoes it.
 */
export function poolByTrueClock(knex: Knex): () => void {
  const client: object = knex.client;
  const undo = (['acquireConnection', 'releaseConnection'] as const).map((method) => {
    const before = Object.getOwnPropertyDescriptor(client, method);
    const original: (...given: readonly unknown[]) => unknown = Reflect.get(client, method);
    const value = (...given: readonly unknown[]) =>
      ahead.run(0, () => Reflect.apply(original, client, given));
    Object.defineProperty(client, method, { value, configurable: true, writable: true, enumerable: false });
    return () => {
      if (before === undefined) Reflect.deleteProperty(client, method);
      else Object.defineProperty(client, method, before);
    };
  });
  return () => {
    for (const one of undo) one();
  };
}
