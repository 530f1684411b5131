import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adopt } from '../../src/library.ts';
import { planAdoption } from '../../src/plan-adoption.ts';
import { repairHistory } from '../../src/repair-history.ts';
import { tableChecksums } from '../support/database.ts';
import { failureOf } from '../support/failure.ts';
import { contentsOf, dropPlaces } from '../support/partial.ts';
import { createOwner } from '../support/roles.ts';
import { again, expectSurvived } from './accident.ts';
import { type Chain, createChain } from './chain.ts';
import { type Children, type Fault, startChildren } from './child.ts';
import { LONG, note, tried } from './figures.ts';
import {
  expectConverged,
  expectNothingLost,
  expectNothingTwice,
  type Family,
  type Scene,
  setScene,
} from './scene.ts';
import { STRATEGIES, type Strategy } from './starts.ts';

const LONG_TIMEOUT_MS = 3_600_000;
const TIMEOUT_MS = LONG ? LONG_TIMEOUT_MS : 240_000;

const LOCKS = /get_lock|pg_try_advisory/i;
/** Statements that change something, or end what changes it. */
const WRITES =
  /^\s*(?:insert|update|delete|create|alter|drop|rename|truncate|set\s|begin|commit|savepoint|release)/i;

/** What a strategy sends when nothing happens, each by its position from 1. */
interface Trace {
  readonly statements: readonly string[];
  readonly all: readonly number[];
  readonly lock: number;
  readonly writes: readonly number[];
}

/** Of many, a few, evenly: the first, the last, and between. */
function some(positions: readonly number[], count: number): readonly number[] {
  const step = (positions.length - 1) / Math.max(1, count - 1);
  const chosen = Array.from({ length: count }, (_, index) => positions[Math.round(index * step)] ?? 1);
  return [...new Set(chosen)];
}

/** How many accidents of each kind the short form has. */
const SHORT: Readonly<
  Record<Strategy, { readonly kills: number; readonly cuts: number; readonly errors: number }>
> = {
  install: { kills: 2, cuts: 0, errors: 0 },
  stamp: { kills: 2, cuts: 0, errors: 0 },
  complete: { kills: 3, cuts: 1, errors: 2 },
  rebuild: { kills: 4, cuts: 1, errors: 2 },
  upgrade: { kills: 1, cuts: 0, errors: 0 },
  'upgrade command': { kills: 1, cuts: 0, errors: 0 },
};

const KILLS: readonly Fault['kind'][] = ['kill-before', 'kill-while', 'kill-after'];

/**
 * Of each statement that writes: before it, after it, and between its being sent and its answer. A statement that only reads leaves the database as
 * the one before it did, and of those some are enough. Where all is one transaction, so are some answers that are never seen.
 */
function killPoints(trace: Trace, commits: boolean, count: number): readonly Fault[] {
  const { all, writes, lock } = trace;
  if (!LONG) {
    const after = writes.filter((at) => at > lock);
    return some(after, count + 2)
      .slice(1, -1)
      .map((at, index) => ({ kind: KILLS[index % KILLS.length] ?? 'kill-before', at }));
  }
  const written = new Set(writes);
  const reads = all.filter((at) => !written.has(at));
  // After one is before the next.
  const before = writes.flatMap((at) => (written.has(at + 1) ? [at] : [at, at + 1]));
  return tried([
    ...before.map((at) => ({ kind: 'kill-before', at }) as const),
    ...some(reads, 10).map((at) => ({ kind: 'kill-before', at }) as const),
    ...(commits ? writes : some(writes, 15)).map((at) => ({ kind: 'kill-while', at }) as const),
    ...some(all, 10).map((at) => ({ kind: 'kill-after', at }) as const),
  ]);
}

/** The same accidents for a server family: every one of them in the long form, a sample in the short. */
export function describeChaos(family: Family): void {
  const modes = family === 'postgres' && LONG ? [false, true] : [false];
  describe.each(modes)('with a migration that takes no transaction: %s', (committing) => {
    let chain: Chain;
    let children: Children;
    beforeAll(async () => {
      chain = await createChain(family, committing);
      children = startChildren(family);
    });
    afterAll(async () => {
      children.stop();
      await chain.remove();
    });
    // A rebuild is one transaction on PostgreSQL, or it is refused.
    const strategies = STRATEGIES.filter((strategy) => !(committing && strategy === 'rebuild'));
    describe.each(strategies)('%s', (strategy) => {
      describeStrategy(family, strategy, committing, () => ({ chain, children }));
    });
  });
}

function describeStrategy(
  family: Family,
  strategy: Strategy,
  committing: boolean,
  shared: () => { readonly chain: Chain; readonly children: Children },
): void {
  let scene: Scene;
  let trace: Trace;
  const count = SHORT[strategy];
  const run = (...faults: readonly Fault[]) => expectSurvived(scene, shared().children, faults);

  beforeAll(async () => {
    const { chain, children } = shared();
    scene = await setScene(family, strategy, chain);
    const database = await scene.open();
    try {
      const { command, options } = scene.start;
      const ended = await children.run({ url: database.url, migrations: chain.migrations, command, options });
      expect(ended).toMatchObject({ outcome: scene.start.outcome, refused: [] });
      const knex = database.knex();
      await expectConverged(scene, database, knex);
      await dropPlaces(database, knex);
      const positions = ended.statements.map((_, index) => index + 1);
      const lock = positions.find((at) => LOCKS.test(ended.statements[at - 1] ?? '')) ?? 1;
      trace = {
        statements: ended.statements,
        all: positions,
        lock,
        writes: positions.filter((at) => WRITES.test(ended.statements[at - 1] ?? '')),
      };
    } finally {
      await database.dispose();
    }
  });
  afterAll(() => scene?.dispose());

  test(
    'killed at any statement, every row is where it was or set aside, nothing has run twice, and the next run does the rest or says why not',
    async () => {
      for (const fault of killPoints(trace, scene.commits, count.kills)) await run(fault);
    },
    TIMEOUT_MS,
  );

  if (LONG || count.cuts > 0) {
    test(
      'with connections cut before a statement, or before its answer, likewise',
      async () => {
        const at = LONG ? tried(some(trace.all, 8)) : some(trace.writes, count.cuts + 2).slice(1, -1);
        for (const position of at) {
          await run({ kind: 'cut-while', at: position });
          if (LONG) await run({ kind: 'cut-before', at: position });
        }
      },
      TIMEOUT_MS,
    );
  }

  if (LONG || count.errors > 0) {
    test(
      'with a full disk, or a missing privilege, at a statement, likewise',
      async () => {
        const writes = trace.writes.filter((at) => at > trace.lock);
        if (!LONG) {
          const [first = 1, second = 1] = some(writes, count.errors + 2).slice(1, -1);
          await run({ kind: 'disk', at: first });
          await run({ kind: 'permission', at: second });
          return;
        }
        for (const at of tried(some(writes, 25))) await run({ kind: 'disk', at });
        for (const at of tried(some(trace.all, 10))) await run({ kind: 'permission', at });
      },
      TIMEOUT_MS,
    );
  }

  if (LONG) {
    test(
      'killed, and killed again when it goes on, likewise',
      async () => {
        const writes = trace.writes.filter((at) => at > trace.lock);
        for (const [index, at] of tried(some(writes, 12)).entries()) {
          const second = trace.lock + ((index * 37) % Math.max(1, trace.all.length - trace.lock));
          await run({ kind: 'kill-while', at }, { kind: 'kill-before', at: second });
        }
      },
      TIMEOUT_MS,
    );
  }

  if ((family === 'mysql' || committing) && (LONG || strategy === 'complete')) {
    test(
      'with the lock lost in the middle, likewise',
      async () => {
        const after = trace.all.filter((at) => at > trace.lock + 1);
        for (const at of LONG ? tried(some(after, 8)) : some(after, 3).slice(1, 2))
          await run({ kind: 'lose-lock', at });
      },
      TIMEOUT_MS,
    );
  }

  if (strategy === 'complete' && family === 'mysql') {
    test(
      'a migration that filled a gap and was killed in it is neither run again nor recorded, until a human says that it was undone',
      async () => {
        const { chain, children } = shared();
        const database = await scene.open();
        const knex = database.knex();
        try {
          const at = 1 + trace.statements.findIndex((sql) => /create table `cat_tags`/.test(sql));
          const { command, options } = scene.start;
          const fault = { kind: 'kill-before', at } as const;
          const job = { url: database.url, migrations: chain.migrations, command, options, fault };
          expect(await children.run(job)).toMatchObject({ outcome: 'killed' });
          for (const onPartial of ['complete', 'rebuild', 'refuse'] as const) {
            const { plan } = await adopt({ knex, migrations: chain.migrations, ...options, onPartial });
            expect(plan?.refused).toMatchObject([{ code: 'REFUSED.INTERRUPTED' }]);
            expect(plan?.refused[0]?.hint).toContain('--accept interrupted:002_tags');
          }
          await knex.schema.dropTable('tags');
          await knex('runs').where('name', 'like', '002%').delete();
          expect(
            await adopt({ knex, migrations: chain.migrations, ...options, accept: ['interrupted:002_tags'] }),
          ).toMatchObject({ outcome: 'completed' });
          await expectConverged(scene, database, knex);
        } finally {
          await database.dispose();
        }
      },
      TIMEOUT_MS,
    );
  }

  if (strategy === 'install' && family === 'mysql') {
    test(
      'a first migration that was killed in the middle is not taken for a database to adopt because its lock was freed',
      async () => {
        const { chain, children } = shared();
        const database = await scene.open();
        const knex = database.knex();
        try {
          const done = trace.statements.findLastIndex((sql) => /alter table `cats` add constraint/.test(sql));
          const { command, options } = scene.start;
          const fault = { kind: 'kill-after', at: done + 1 } as const;
          await children.run({ url: database.url, migrations: chain.migrations, command, options, fault });
          expect(await again(scene, knex)).toMatchObject({ code: 'REFUSED.INTERRUPTED' });
          const at = { knex, migrations: chain.migrations };
          expect(await repairHistory(at)).toMatchObject({
            outcome: 'refused',
            plan: { refused: [{ code: 'REFUSED.INTERRUPTED' }], available: ['lock'] },
          });
          expect(await repairHistory({ ...at, only: ['lock'] })).toMatchObject({ outcome: 'mended' });
          expect(await again(scene, knex)).toMatchObject({ code: 'REFUSED.INTERRUPTED' });
        } finally {
          await database.dispose();
        }
      },
      TIMEOUT_MS,
    );
  }

  if (strategy === 'stamp' || strategy === 'complete' || strategy === 'rebuild') {
    test(
      'with another column and other values between plan and lock, they are looked at anew and are not lost',
      async () => {
        const { chain, children } = shared();
        const database = await scene.open();
        const knex = database.knex();
        let changed = scene;
        try {
          const { command, options } = scene.start;
          const fault = { kind: 'pause', at: trace.lock } as const;
          const ended = await children.run(
            { url: database.url, migrations: chain.migrations, command, options, fault },
            async () => {
              await knex.raw('alter table cats add column surprise int');
              await knex('cats').update({ surprise: knex.ref('id') });
              const columns = { ...scene.columns, cats: [...(scene.columns.cats ?? []), 'surprise'] };
              changed = { ...scene, columns, checksums: await tableChecksums(knex, columns) };
            },
          );
          expect(ended).toMatchObject({ outcome: scene.start.outcome, refused: [] });
          expect(changed).not.toBe(scene);
          await expectConverged(changed, database, knex);
          note({ server: family, strategy, accident: 'changed between plan and lock', next: 'converged' });
        } finally {
          await dropPlaces(database, knex);
          await database.dispose();
        }
      },
      TIMEOUT_MS,
    );

    test(
      'a plan that was reviewed is not carried out on a database that is another one by then',
      async () => {
        const { chain } = shared();
        const database = await scene.open();
        const knex = database.knex();
        try {
          const at = { knex, migrations: chain.migrations, ...scene.start.options };
          const { plan } = await planAdoption(at);
          await knex.raw('alter table cats add column surprise int');
          const before = await contentsOf(knex);
          expect(await failureOf(adopt({ ...at, plan: plan ?? undefined }))).toMatchObject({
            code: 'PLAN.STALE',
          });
          expect(await contentsOf(knex)).toEqual(before);
          await expectNothingLost(scene, database, knex);
        } finally {
          await database.dispose();
        }
      },
      TIMEOUT_MS,
    );
  }

  if (strategy === 'rebuild') {
    test(
      'by a role that may not make the place to set aside, it is refused with every row where it was; one that may goes on',
      async () => {
        const { chain } = shared();
        const database = await scene.open();
        const knex = database.knex();
        try {
          const url = await createOwner(database);
          const owner = database.knex({ connection: url });
          const at = { migrations: chain.migrations, ...scene.start.options };
          expect(await failureOf(adopt({ knex: owner, ...at }))).toMatchObject({ code: 'PLAN.FORBIDDEN' });
          await expectNothingLost(scene, database, knex);
          await expectNothingTwice(scene, knex);
          expect(await again(scene, knex)).toBeNull();
          await expectConverged(scene, database, knex);
        } finally {
          await dropPlaces(database, knex);
          await database.dispose();
        }
      },
      TIMEOUT_MS,
    );
  }
}
