import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../../src/classify/classify.ts';
import type { Ddl } from '../../../src/database/ddl.ts';
import { postgresSetAside } from '../../../src/dialects/postgres/set-aside.ts';
import type { ForeignHistory } from '../../../src/history/foreign-histories.ts';
import { type Decisions, NO_DECISIONS, type Policy } from '../../../src/manifest/decisions.ts';
import { planCompletion } from '../../../src/plan/complete.ts';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions } from '../../../src/plan/plan.ts';
import { migratedUpTo, untoldByCompletion } from '../../../src/plan/untold.ts';
import { column, snapshot, table } from '../../support/builders.ts';
import { chainOf, migrationsOf, verdictOn } from '../../support/chains.ts';
import { noHistory } from '../../support/histories.ts';

const id = column('id', { nullable: false });
const cats = table('cats', [id, column('name')]);
const lessCats = table('cats', [id]);
const dogs = table('dogs', [id]);
const birds = table('birds', [id]);
const fish = table('fish', [id]);

/** n2 and n4 only write rows; n6 takes the fish away. */
const CHAIN = chainOf(
  snapshot([cats, fish]),
  snapshot([cats, fish]),
  snapshot([cats, dogs, fish]),
  snapshot([cats, dogs, fish]),
  snapshot([cats, dogs, birds, fish]),
  snapshot([cats, dogs, birds]),
);

type Tables = Parameters<typeof snapshot>[0];
type Beside = Partial<Pick<Evidence, 'decisions' | 'probes' | 'foreignHistories'>>;

const policies = (written: Readonly<Record<string, Policy>>): Beside => ({
  decisions: { ...NO_DECISIONS, policies: new Map(Object.entries(written)) },
});
const probe = (revision: string, happened: boolean | null) => ({
  revision,
  file: `probes/${revision}.sql`,
  happened,
  problem: happened === null ? 'nobody may ask' : null,
});
const flyway = (version: string): Beside => {
  const history: ForeignHistory = {
    tool: 'flyway',
    table: { schema: 'public', name: 'flyway_schema_history' },
    versions: [version],
    applied: [version],
    keeps: 'applied',
    problem: null,
    failed: null,
  };
  const versions = new Map(CHAIN.revisions.map(({ name }) => [name, name]));
  const decisions: Decisions = { ...NO_DECISIONS, foreignHistories: new Map([['flyway', versions]]) };
  return { decisions, foreignHistories: [history] };
};

function found(chain: typeof CHAIN, tables: Tables, beside: Beside = {}) {
  const evidence: Evidence = {
    chain,
    snapshot: snapshot(tables),
    history: noHistory,
    migrations: migrationsOf(chain),
    foreignHistories: [],
    ...beside,
  };
  return { evidence, verdict: verdictOn(chain, evidence.snapshot, noHistory, beside) };
}

/** How far a database of these tables that is brought to a revision has been migrated: that revision's name, or the code of the refusal. */
function upTo(
  tables: Tables,
  target: string,
  options: Partial<Pick<PlanOptions, 'at' | 'traceless'>> = {},
  beside: Beside = {},
) {
  const { evidence, verdict } = found(CHAIN, tables, beside);
  const index = CHAIN.revisions.findIndex(({ name }) => name === target);
  const settled = migratedUpTo(verdict, evidence, index, { ...DEFAULT_PLAN_OPTIONS, ...options });
  return 'code' in settled ? settled : (CHAIN.revisions[settled.index]?.name ?? null);
}

const AMBIGUOUS = expect.objectContaining({ code: 'REFUSED.AMBIGUOUS' });

describe('migrations below a target that only write rows', () => {
  test.each<[string, Tables, string, unknown]>([
    ['something later is there', [lessCats, birds, fish], 'n5', 'n5'],
    ['something of the next one is there', [lessCats, dogs, fish], 'n3', 'n3'],
    ['none is below it', [lessCats, fish], 'n1', 'n1'],
    ['it is one itself: then the completed schema is that of several', [lessCats, fish], 'n2', 'n2'],
    ['all that is later would be brought', [lessCats, fish], 'n3', AMBIGUOUS],
    ['only the first was overtaken', [lessCats, dogs, fish], 'n5', AMBIGUOUS],
    ['what a later one takes away is not there', [lessCats], 'n6', AMBIGUOUS],
  ])('where %s', (_when, tables, target, answer) => {
    expect(upTo(tables, target)).toEqual(answer);
  });

  test.each<[string, Partial<PlanOptions>, Beside, unknown]>([
    ['a probe that says yes', {}, { probes: [probe('n2', true), probe('n4', true)] }, 'n5'],
    ['a probe that says no', {}, { probes: [probe('n2', false)] }, 'n1'],
    ['one of each', {}, { probes: [probe('n2', true), probe('n4', false)] }, 'n2'],
    ['of one only', {}, { probes: [probe('n2', true)] }, AMBIGUOUS],
    ['a later one alone', {}, { probes: [probe('n2', false), probe('n4', true)] }, AMBIGUOUS],
    ['nobody who may ask', {}, { probes: [probe('n2', null)] }, AMBIGUOUS],
    ['policies', {}, policies({ n2: 'skip', n4: 'skip' }), 'n5'],
    ['policies to run them', {}, policies({ n2: 'run', n4: 'run' }), 'n1'],
    ['policies one after the other', {}, policies({ n2: 'skip', n4: 'run' }), 'n2'],
    ['policies that make no revision', {}, policies({ n2: 'run', n4: 'skip' }), AMBIGUOUS],
    ['policies for one only', {}, policies({ n2: 'skip' }), AMBIGUOUS],
    ['a word for all', { traceless: 'skip' }, {}, 'n5'],
    ['a word to run all', { traceless: 'run' }, {}, 'n1'],
    ['a word for what no policy is written for', { traceless: 'run' }, policies({ n2: 'skip' }), 'n2'],
    [
      'a word against probes that contradict',
      { traceless: 'skip' },
      { probes: [probe('n2', false), probe('n4', true)] },
      AMBIGUOUS,
    ],
    ['a word for what no probe says', { traceless: 'run' }, { probes: [probe('n2', true)] }, 'n2'],
    ['another history', {}, flyway('n4'), 'n5'],
    ['another history at the first', {}, flyway('n2'), 'n2'],
    ['another history before it', {}, flyway('n1'), 'n1'],
    ['another history at what is not there', {}, flyway('n3'), AMBIGUOUS],
  ])('are settled by %s', (_what, options, beside, answer) => {
    expect(upTo([lessCats, fish], 'n5', options, beside)).toEqual(answer);
  });

  test('a history of another tool after all of them says that they have run', () => {
    expect(upTo([lessCats, dogs, birds], 'n6', {}, flyway('n6'))).toBe('n6');
    expect(upTo([lessCats], 'n6', {}, flyway('n6'))).toBe('n6');
  });

  test('--at says of those before it that they have run, where nothing between was not there', () => {
    expect(upTo([lessCats, fish], 'n2', { at: 'n2' })).toBe('n2');
    expect(upTo([lessCats, dogs, fish], 'n4', { at: 'n4' })).toBe('n4');
    expect(upTo([lessCats, fish], 'n3', { at: 'n3' })).toEqual(AMBIGUOUS);
    expect(upTo([lessCats, fish], 'n4', { at: 'n4' })).toEqual(AMBIGUOUS);
    const skipped = policies({ n2: 'skip' });
    expect(upTo([lessCats, fish], 'n4', { at: 'n4' }, skipped)).toBe('n4');
  });

  test('--at goes not against evidence', () => {
    const notYet = { probes: [probe('n2', false)] };
    expect(upTo([lessCats, fish], 'n3', { at: 'n3' }, notYet)).toMatchObject({
      code: 'REFUSED.NOT_A_CANDIDATE',
      message: expect.stringContaining('the probe of n2 says that it is at n1'),
    });
  });

  test('the refusal names them and what can be said of them', () => {
    expect(upTo([lessCats, fish], 'n5')).toMatchObject({
      message: expect.stringMatching(/whether n2, n4 have run/),
      hint: expect.stringMatching(/--at REVISION \(n1, n2\), or --traceless run\|skip/),
    });
  });

  test('the refusal names those only of which probes have not told', () => {
    const told = { probes: [probe('n2', true), probe('n4', null)] };
    expect(upTo([lessCats, fish], 'n5', {}, told)).toMatchObject({
      message: expect.stringMatching(/whether n4 has run: .* nobody may ask$/),
      hint: expect.stringMatching(/--at REVISION \(n2, n4\), or/),
    });
  });

  test('what a later one took back is as untold, and no word for what leaves no trace', () => {
    const { evidence, verdict } = found(
      chainOf(snapshot([cats]), snapshot([cats, dogs]), snapshot([cats]), snapshot([cats, birds])),
      [lessCats],
    );
    const settled = (traceless: PlanOptions['traceless']) =>
      migratedUpTo(verdict, evidence, 3, { ...DEFAULT_PLAN_OPTIONS, traceless });
    expect(settled('refuse')).toEqual(AMBIGUOUS);
    expect(settled('skip')).toMatchObject({ hint: expect.not.stringContaining('--traceless') });
  });

  test('never count as done but where something later is there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ writes: fc.boolean(), lost: fc.boolean() }), { minLength: 1, maxLength: 7 }),
        fc.nat(),
        (migrations, pick) => {
          const all = [{ writes: false, lost: false }, ...migrations];
          const made = all.map(({ writes }, at) => (writes ? [] : [table(`t${at}`, [id, column('name')])]));
          const chain = chainOf(...all.map((_, at) => snapshot(made.slice(0, at + 1).flat())));
          // The first table is there without a column, others whole or not at all.
          const there = made.flatMap((tables, at) =>
            at === 0 ? [table('t0', [id])] : all[at]?.lost ? [] : tables,
          );
          const { evidence, verdict } = found(chain, there);
          const target = pick % all.length;
          const settled = migratedUpTo(verdict, evidence, target, DEFAULT_PLAN_OPTIONS);
          const brought = made.findLastIndex((tables, at) => at <= target && tables.length > 0);
          const shown = all.findLastIndex(({ writes, lost }, at) => at <= target && !writes && !lost);
          const open = all.some(({ writes }, at) => writes && at > shown && at < brought);
          if (open) expect(settled).toEqual(AMBIGUOUS);
          else expect(settled).toEqual({ index: target });
        },
      ),
    );
  });
});

test('probes are wanted of what is open up to the last revision of the completed schema, and of nothing that is not there', () => {
  const wanted = (tables: Tables, options: Partial<PlanOptions> = {}) => {
    const { evidence, verdict } = found(CHAIN, tables);
    return [...untoldByCompletion(verdict, evidence, { ...DEFAULT_PLAN_OPTIONS, ...options })];
  };
  expect(wanted([lessCats, fish])).toEqual(['n2']);
  expect(wanted([lessCats, dogs, fish])).toEqual(['n4']);
  expect(wanted([lessCats, birds, fish])).toEqual([]);
  expect(wanted([lessCats, fish], { at: 'n3' })).toEqual(['n2', 'n4']);
  expect(wanted([lessCats])).toEqual(['n2']);
});

describe('completing', () => {
  /** Everything can be made, and no row is in the way. */
  const ddl: Ddl = {
    write: () => ['make it'],
    replaceObject: () => null,
    obstacle: () => null,
    keepsValues: () => true,
  };
  const complete = (chain: typeof CHAIN, tables: Tables, options: Partial<PlanOptions> = {}) => {
    const { evidence, verdict } = found(chain, tables);
    return planCompletion(
      verdict,
      { ...DEFAULT_PLAN_OPTIONS, ...options },
      { evidence, ddl, setAside: postgresSetAside },
    );
  };

  test('to another revision is no way around what is open', () => {
    // What n2 takes away is not there, and n3 only writes rows: either may have run, or neither.
    const chain = chainOf(snapshot([cats, fish]), snapshot([cats]), snapshot([cats]), snapshot([cats, dogs]));
    expect(complete(chain, [lessCats])).toEqual([AMBIGUOUS]);
    expect(complete(chain, [lessCats], { traceless: 'run' })).toMatchObject({ baseline: 1 });
    expect(complete(chain, [lessCats], { traceless: 'skip' })).toMatchObject({ baseline: 2 });
  });

  test('leaves what has not run, and all that comes after it', () => {
    expect(complete(CHAIN, [lessCats], { traceless: 'run' })).toMatchObject({
      baseline: 0,
      steps: [
        { kind: 'mend', revision: 'n1', names: ['public.cats.columns.name', 'public.fish'] },
        { kind: 'verify', revision: 'n2' },
      ],
    });
  });

  test('records what is between two that are there', () => {
    expect(complete(CHAIN, [lessCats, dogs, birds, fish])).toMatchObject({ baseline: 4 });
  });

  test('says first what else is in the way', () => {
    const stranger = table('fish', [column('id', { type: { raw: 'text', canonical: 'text' } })]);
    const strict: Ddl = { ...ddl, keepsValues: () => false };
    const { evidence, verdict } = found(CHAIN, [lessCats, stranger]);
    expect(
      planCompletion(verdict, DEFAULT_PLAN_OPTIONS, { evidence, ddl: strict, setAside: postgresSetAside }),
    ).toMatchObject([{ code: 'REFUSED.NARROWING' }]);
  });
});
