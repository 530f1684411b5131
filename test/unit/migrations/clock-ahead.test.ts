import { isDate } from 'node:util/types';
import knexFactory from 'knex';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CLOCK_AHEAD, poolByTrueClock, withClockAhead } from '../../../src/migrations/clock-ahead.ts';

const trueDate = globalThis.Date;
const HOUR = 3_600_000;

afterEach(() => vi.useRealTimers());

/** Whatever a text may be made of, in UTC and by local time. */
function partsOf(date: Date): readonly number[] {
  return [
    date.getUTCFullYear(),
    Math.floor(date.getUTCMonth() / 3),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCDay(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getDay(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ];
}

describe('how far ahead', () => {
  const { TZ } = process.env;
  afterEach(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });

  // In UTC 400 years, after which the calendar begins anew; around a day's end, and also when the second run is half a minute late.
  test.each(['UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    'every part of the date and time differs on every day, in %s',
    (zone) => {
      process.env.TZ = zone;
      expect(new Date(0).getHours() === 0).toBe(zone === 'UTC');
      const alike: string[] = [];
      const end = Date.UTC(zone === 'UTC' ? 2400 : 2040, 0, 1);
      for (let day = Date.UTC(2000, 0, 1); day < end; day += 24 * HOUR) {
        for (const time of [0, 16 * HOUR + 42 * 60_000 + 59_999, 24 * HOUR - 1]) {
          const first = partsOf(new Date(day + time));
          for (const late of [0, 30_000]) {
            const second = partsOf(new Date(day + time + late + CLOCK_AHEAD));
            if (first.some((part, at) => part === second[at])) alike.push(`${day + time} ${late}`);
          }
        }
      }
      expect(alike).toEqual([]);
    },
  );
});

describe('the clock', () => {
  test('is ahead within, and the true one beside it and afterwards', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 28) });
    const faked = globalThis.Date;
    const within: unknown[] = [];
    const beside: unknown[] = [];
    const read = () => [new Date().toISOString(), Date.now(), Date().slice(0, 15)];
    await withClockAhead(48 * HOUR, async (run) => {
      const running = run(async () => {
        within.push(read());
        await Promise.resolve();
        within.push(read());
      });
      beside.push(read());
      await running;
      beside.push(read());
    });
    const now = Date.UTC(2026, 10, 28);
    const text = (moment: number) => new faked(moment).toDateString();
    const at = (moment: number) => [new faked(moment).toISOString(), moment, text(moment)];
    expect(beside).toEqual([at(now), at(now)]);
    expect(within).toEqual([at(now + 48 * HOUR), at(now + 48 * HOUR)]);
    expect(globalThis.Date).toBe(faked);
  });

  test('is what a builder sees that is returned and calls back only when it is awaited', async () => {
    let seen = 0;
    await withClockAhead(HOUR, (run) =>
      run(() => ({
        // biome-ignore lint/suspicious/noThenProperty: Knex's builders are such.
        then: (done: () => void) => {
          seen = Date.now();
          done();
        },
      })),
    );
    expect(seen).toBeGreaterThan(Date.now() + HOUR / 2);
  });

  test('gives dates that are dates for everybody', async () => {
    await withClockAhead(HOUR, (run) =>
      run(() => {
        const date = new Date();
        expect(date instanceof Date && date instanceof trueDate && isDate(date)).toBe(true);
        expect(Object.prototype.toString.call(date)).toBe('[object Date]');
        expect(date.constructor).toBe(Date);
        expect(structuredClone(date)).toEqual(date);
        expect(new Date(0).getTime()).toBe(0);
        expect(new Date(date).getTime()).toBe(date.getTime());
        expect(new Date(2026, 1, 3).getMonth()).toBe(1);
        expect(Number.isNaN(new Date(undefined as unknown as number).getTime())).toBe(true);
        expect([Date.UTC(2026), Date.parse('2026-01-01T00:00:00Z'), Date.length, Date.name]).toEqual([
          trueDate.UTC(2026),
          trueDate.UTC(2026),
          trueDate.length,
          trueDate.name,
        ]);
        class Day extends Date {
          readonly kind = 'day';
        }
        const day = new Day();
        expect([day instanceof Day, day instanceof Date, day.kind, isDate(day)]).toEqual([
          true,
          true,
          'day',
          true,
        ]);
        expect(day.getTime()).toBeGreaterThanOrEqual(date.getTime());
      }),
    );
  });

  test('leaves Date as it was, also after a failure, and when the last of two ends', async () => {
    await expect(
      withClockAhead(HOUR, (run) =>
        run(() => {
          throw new RangeError('no');
        }),
      ),
    ).rejects.toThrow(RangeError);
    expect([globalThis.Date, trueDate.prototype.constructor]).toEqual([trueDate, trueDate]);

    let end = () => {};
    const long = withClockAhead(HOUR, async (run) => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      await run(() => expect(Date.now()).toBeGreaterThan(trueDate.now() + HOUR / 2));
    });
    await withClockAhead(2 * HOUR, (run) =>
      run(() => expect(Date.now()).toBeGreaterThan(trueDate.now() + 1.5 * HOUR)),
    );
    end();
    await long;
    expect(globalThis.Date).toBe(trueDate);
    expect(trueDate.prototype.constructor).toBe(trueDate);
    expect(Object.getOwnPropertyDescriptor(globalThis, 'Date')).toMatchObject({
      writable: true,
      enumerable: false,
      configurable: true,
    });
  });

  test('leaves what somebody else has put into its place since', async () => {
    await withClockAhead(HOUR, async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    });
    expect(Date.now()).toBe(0);
  });
});

test('a pool opens, checks and gives back its connections by the true clock', async () => {
  const seen: number[] = [];
  const knex = knexFactory({ client: 'pg', connection: {}, pool: { min: 0, max: 1 } });
  Object.assign(knex.client, {
    acquireRawConnection: async () => {
      seen.push(Date.now());
      return {};
    },
    validateConnection: async () => seen.push(Date.now()) > 0,
    destroyRawConnection: async () => {},
  });
  const own = Object.keys(Object.getOwnPropertyDescriptors(knex.client));
  const undo = poolByTrueClock(knex);
  try {
    await withClockAhead(CLOCK_AHEAD, (run) =>
      run(async () => {
        const held = await knex.client.acquireConnection();
        // Opened, in its time, by who gives one back.
        const next = knex.client.acquireConnection();
        await knex.client.releaseConnection(held);
        await knex.client.releaseConnection(await next);
        expect(Date.now()).toBeGreaterThan(trueDate.now() + HOUR);
      }),
    );
  } finally {
    undo();
    await knex.destroy();
  }
  expect(seen.length).toBeGreaterThan(1);
  for (const moment of seen) expect(moment).toBeLessThan(trueDate.now() + HOUR);
  expect(Object.keys(Object.getOwnPropertyDescriptors(knex.client)).sort()).toEqual(own.sort());
});
