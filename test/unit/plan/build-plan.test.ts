import { describe, expect, test } from 'vitest';
import type { History } from '../../../src/history/history.ts';
import { buildPlan } from '../../../src/plan/build-plan.ts';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions } from '../../../src/plan/plan.ts';
import type { PlanFacts } from '../../../src/plan/plan-facts.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainOf, verdictOn } from '../../support/chains.ts';
import { historyOf, noHistory } from '../../support/histories.ts';

const id = column('id', { nullable: false });
const cats = table('cats', [id]);
const dogs = table('dogs', [id]);
const birds = table('birds', [id]);
const chain = chainOf(snapshot([cats]), snapshot([cats, dogs]), snapshot([cats, dogs, birds]));

function facts(history: History, changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    history,
    heldAgainst: () => ({ variant: null, differences: [], unusedAcceptances: [] }),
    readOnlyReason: null,
    createHistorySql: history.present ? [] : ['create table history'],
    stampSql: (names) => `insert ${names.join(' ')}`,
    ...changes,
  };
}

function plan(
  tables: Parameters<typeof snapshot>[0],
  options: Partial<PlanOptions> = {},
  history: History = noHistory,
) {
  return buildPlan(
    verdictOn(chain, snapshot(tables), history),
    { ...DEFAULT_PLAN_OPTIONS, ...options },
    facts(history),
  );
}

describe('buildPlan', () => {
  test('a fresh database: history, then the whole chain', () => {
    expect(plan([])).toMatchObject({
      strategy: 'install',
      target: 'n3',
      refused: [],
      steps: [
        { kind: 'create-history', sql: 'create table history;' },
        { kind: 'migrate', revisions: ['n1', 'n2', 'n3'], chain: ['n1.ts', 'n2.ts', 'n3.ts'] },
      ],
    });
  });

  test('a legacy database: stamps exactly what was proved, runs the rest', () => {
    expect(plan([cats, dogs])).toMatchObject({
      strategy: 'stamp',
      target: 'n3',
      steps: [
        { kind: 'create-history' },
        { kind: 'stamp', recordedNames: ['n1.ts', 'n2.ts'], sql: 'insert n1.ts n2.ts' },
        { kind: 'migrate', recordedNames: ['n3.ts'] },
      ],
    });
  });

  test('stops at --to, and never goes back to it', () => {
    expect(plan([cats], { to: 'n2' }).steps.at(-1)).toMatchObject({
      kind: 'migrate',
      revisions: ['n2'],
      chain: ['n1.ts', 'n2.ts'],
    });
    expect(plan([cats], { to: 'n1' }).steps.map((step) => step.kind)).toEqual(['create-history', 'stamp']);
    expect(plan([cats, dogs], { to: 'n1' }).refused).toMatchObject([{ code: 'REFUSED.TARGET' }]);
  });

  test('says that a database stands past --to only where its schema alone proves it', () => {
    const messageOf = (of: typeof chain, options: Partial<PlanOptions>) =>
      buildPlan(
        verdictOn(of, snapshot([cats, dogs])),
        { ...DEFAULT_PLAN_OPTIONS, ...options },
        facts(noHistory),
      ).refused[0]?.message;
    expect(messageOf(chain, { to: 'n1' })).toBe('The database is past n1: it stands at n2.');
    const twice = chainOf(snapshot([cats]), snapshot([cats, dogs]), snapshot([cats, dogs]));
    expect(messageOf(twice, { to: 'n2', traceless: 'skip' })).toBe(
      'The database would be recorded up to n3, which is past n2.',
    );
  });

  test('a database of strangers is refused until told that it is shared', () => {
    const strangers = [table('orders', [id])];
    expect(plan(strangers).refused).toMatchObject([{ code: 'REFUSED.SHARED' }]);
    expect(plan(strangers, { shared: true })).toMatchObject({ strategy: 'install', refused: [] });
  });

  test('a partial database is refused with the nearest revision', () => {
    const refused = plan([cats, birds]);
    expect(refused).toMatchObject({
      strategy: 'refuse',
      target: null,
      steps: [],
      refused: [{ code: 'REFUSED.PARTIAL' }],
    });
    expect(refused.refused[0]?.message).toContain('n3');
  });

  test('risky differences are accepted one by one, by name', () => {
    const risky = [table('cats', [id], { indexes: [index('one', ['id'], { unique: true })] })];
    const refused = plan(risky);
    expect(refused.refused).toMatchObject([{ code: 'REFUSED.RISKY' }]);
    expect(refused.refused[0]?.hint).toContain('public.cats.indexes.one');
    expect(plan(risky, { accept: ['public.cats.indexes.one'] })).toMatchObject({
      strategy: 'stamp',
      refused: [],
    });
    expect(plan(risky, { accept: ['public.cats.indexes.other'] }).refused).toHaveLength(1);
  });

  describe('an ambiguous database', () => {
    const silent = chainOf(snapshot([cats]), snapshot([cats]), snapshot([cats, dogs]));
    const planSilent = (options: Partial<PlanOptions>) =>
      buildPlan(
        verdictOn(silent, snapshot([cats])),
        { ...DEFAULT_PLAN_OPTIONS, ...options },
        facts(noHistory),
      );

    test('is refused, with what would settle it', () => {
      const refused = planSilent({}).refused;
      expect(refused).toMatchObject([{ code: 'REFUSED.AMBIGUOUS' }]);
      expect(refused[0]?.hint).toMatch(/--at.*--traceless/);
    });

    test('is settled by --at, with one of the candidates only', () => {
      expect(planSilent({ at: 'n1' }).steps[1]).toMatchObject({ revisions: ['n1'] });
      expect(planSilent({ at: 'n2' }).steps[1]).toMatchObject({ revisions: ['n1', 'n2'] });
      expect(planSilent({ at: 'n3' }).refused).toMatchObject([{ code: 'REFUSED.NOT_A_CANDIDATE' }]);
    });

    test('is settled by a policy where only migrations without a trace lie between', () => {
      expect(planSilent({ traceless: 'run' }).steps[1]).toMatchObject({ revisions: ['n1'] });
      expect(planSilent({ traceless: 'skip' }).steps[1]).toMatchObject({ revisions: ['n1', 'n2'] });
      const returning = chainOf(snapshot([cats]), snapshot([cats, dogs]), snapshot([cats]));
      const verdict = verdictOn(returning, snapshot([cats]));
      const refused = buildPlan(
        verdict,
        { ...DEFAULT_PLAN_OPTIONS, traceless: 'run' },
        facts(noHistory),
      ).refused;
      expect(refused).toMatchObject([{ code: 'REFUSED.AMBIGUOUS' }]);
    });
  });

  describe('a managed database', () => {
    test('up to date needs nothing, even with drift', () => {
      const history = historyOf('n1.ts', 'n2.ts', 'n3.ts');
      expect(plan([cats, dogs, birds], {}, history)).toMatchObject({
        strategy: 'none',
        target: 'n3',
        steps: [],
      });
      expect(plan([cats, dogs], {}, history)).toMatchObject({ strategy: 'none', steps: [] });
    });

    test('behind runs what is pending, unless the schema is not what the history promises', () => {
      const history = historyOf('n1.ts', 'n2.ts');
      expect(plan([cats, dogs], {}, history)).toMatchObject({
        strategy: 'upgrade',
        steps: [{ kind: 'migrate', revisions: ['n3'] }],
      });
      expect(plan([cats], {}, history).refused).toMatchObject([{ code: 'REFUSED.DRIFT' }]);
    });

    test.each([
      ['HISTORY.UNKNOWN_NAMES', ['n1.ts', 'n9.ts']],
      ['HISTORY.GAP', ['n1.ts', 'n3.ts']],
      ['HISTORY.DUPLICATES', ['n1.ts', 'n1.ts']],
      ['HISTORY.EXTENSION', ['n1.js']],
    ])('in trouble is refused: %s', (code, names) => {
      expect(plan([cats, dogs, birds], {}, historyOf(...names)).refused).toMatchObject([{ code }]);
    });

    test('with a lock that Knex could never take is refused', () => {
      const history = { ...historyOf('n1.ts'), lock: 'broken' } as const;
      expect(plan([cats], {}, history).refused).toMatchObject([{ code: 'LOCK.KNEX_BROKEN' }]);
    });
  });

  test('nothing is planned where nothing can be written, and doing nothing is still fine there', () => {
    const standby = facts(noHistory, { readOnlyReason: 'it is a standby.' });
    expect(
      buildPlan(verdictOn(chain, snapshot([cats])), DEFAULT_PLAN_OPTIONS, standby).refused,
    ).toMatchObject([{ code: 'PLAN.READ_ONLY' }]);
    const done = historyOf('n1.ts', 'n2.ts', 'n3.ts');
    const verdict = verdictOn(chain, snapshot([cats, dogs, birds]), done);
    const onStandby = facts(done, { readOnlyReason: 'it is a standby.' });
    expect(buildPlan(verdict, DEFAULT_PLAN_OPTIONS, onStandby)).toMatchObject({
      strategy: 'none',
      refused: [],
    });
  });

  test('a plan survives JSON', () => {
    const made = plan([cats]);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });
});

describe('seeds', () => {
  const install = { kind: 'install', names: ['a.js'], intendSql: ['insert due'] } as const;
  const due = { kind: 'due', names: ['a.js'] } as const;
  const head = historyOf('n1.ts', 'n2.ts', 'n3.ts');
  const kinds = (made: ReturnType<typeof buildPlan>) => made.steps.map(({ kind }) => kind);
  const seeded = (
    tables: Parameters<typeof snapshot>[0],
    history: History,
    seeds: PlanFacts['seeds'],
    options: Partial<PlanOptions> = {},
  ) =>
    buildPlan(
      verdictOn(chain, snapshot(tables), history),
      { ...DEFAULT_PLAN_OPTIONS, ...options },
      facts(history, { seeds }),
    );

  test('of a fresh database: written down before its migrations, run after them', () => {
    const made = seeded([], noHistory, install);
    expect(made.strategy).toBe('install');
    expect(kinds(made)).toEqual(['create-history', 'intend-seeds', 'migrate', 'seed']);
    expect(made.steps[1]).toMatchObject({ seeds: ['a.js'], sql: 'insert due;' });
  });

  test('that are due: after what is pending, or alone; and with nothing due there is nothing to do', () => {
    expect(kinds(seeded([cats, dogs], historyOf('n1.ts', 'n2.ts'), due))).toEqual(['migrate', 'seed']);
    expect(seeded([cats, dogs, birds], head, due)).toMatchObject({
      strategy: 'seed',
      steps: [{ kind: 'seed' }],
    });
    expect(seeded([cats, dogs, birds], head, null)).toMatchObject({ strategy: 'none', steps: [] });
  });

  test('are not run before the end of the chain, or where the database is another: a notice says so', () => {
    const early = seeded([], noHistory, install, { to: 'n2' });
    expect(kinds(early)).toEqual(['create-history', 'migrate']);
    expect(early.notices.join()).toContain('before the end of the chain');
    const other = seeded([cats, dogs, birds], head, { kind: 'abandoned' });
    expect(other).toMatchObject({ strategy: 'none', steps: [] });
    expect(other.notices.join()).toContain('they are not run');
  });
});
