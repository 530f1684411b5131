import { describe, expect, test } from 'vitest';
import { NO_DECISIONS } from '../../../src/manifest/decisions.ts';
import { buildPlan } from '../../../src/plan/build-plan.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../../src/plan/plan.ts';
import type { Snapshot } from '../../../src/schema/snapshot.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainOf, verdictOn } from '../../support/chains.ts';
import { historyOf, noHistory } from '../../support/histories.ts';
import { planFacts } from '../../support/plan-facts.ts';

const id = column('id', { nullable: false });
const age = column('age');
const cats = table('cats', [id]);
const catsWithAge = table('cats', [id, age]);
const dogs = table('dogs', [id]);
const birds = table('birds', [id]);

/** n1 creates cats, n2 adds age and creates dogs, n3 creates birds. */
const chain = chainOf(snapshot([cats]), snapshot([catsWithAge, dogs]), snapshot([catsWithAge, dogs, birds]));

const accept = (...accepted: [string, string | null][]) => ({
  decisions: {
    ...NO_DECISIONS,
    accepted: accepted.map(([difference, revision]) => ({ difference, revision, why: 'reviewed' })),
  },
});

const judge = (state: Snapshot, ...accepted: [string, string | null][]) =>
  verdictOn(chain, state, noHistory, accept(...accepted));

describe('a blocking difference that was accepted', () => {
  const lacking = snapshot([cats, dogs]);

  test.each([
    ['public.cats.columns.age', 'n2'],
    ['public.cats.columns.age', null],
    ['cats.columns.age', 'n2'],
    ['cats.columns.age', null],
  ])('as %s at %s no longer excludes the revision, and stays in the report', (name, revision) => {
    expect(judge(lacking).state).toBe('partial');
    expect(judge(lacking, [name, revision])).toMatchObject({
      state: 'legacy',
      revision: 'n2',
      candidates: ['n2'],
      nearest: [{ revision: 'n2', blocking: 0, risky: 0, harmless: 0 }, {}, {}],
      differences: [
        {
          path: ['tables', 'public.cats', 'columns', 'age'],
          outcome: 'missing',
          grade: 'blocking',
          accepted: 'reviewed',
        },
      ],
      unusedAcceptances: [],
    });
  });

  test.each<[string, string | null]>([
    ['cats.columns.age', 'n1'],
    ['cats.columns.ag', null],
    ['cats', null],
    ['tables.public.cats.columns.age', null],
    ['other.cats.columns.age', null],
    ['columns.age', null],
  ])('as %s at %s is not accepted', (name, revision) => {
    expect(judge(lacking, [name, revision])).toMatchObject({ state: 'partial' });
  });

  test('at every revision makes the one before a candidate too, of a database that is exactly at the next', () => {
    const growing = chainOf(snapshot([cats]), snapshot([catsWithAge]));
    const verdictWith = (...accepted: [string, string | null][]) =>
      verdictOn(growing, snapshot([catsWithAge]), noHistory, accept(...accepted));
    expect(verdictWith()).toMatchObject({ candidates: ['n2'] });
    expect(verdictWith(['cats.columns.age', null])).toMatchObject({ candidates: ['n1', 'n2'] });
  });

  test('holds in a default schema of any name when it is written without one', () => {
    const elsewhere = snapshot(
      [cats, dogs].map((one) => ({ ...one, schema: 'shop' })),
      { schemas: ['shop'] },
    );
    expect(judge(elsewhere, ['cats.columns.age', null])).toMatchObject({ revision: 'n2' });
    expect(judge(elsewhere, ['shop.cats.columns.age', null])).toMatchObject({ revision: 'n2' });
    expect(judge(elsewhere, ['public.cats.columns.age', null])).toMatchObject({ state: 'partial' });
  });

  test('in another schema is never the one without a schema', () => {
    const audit = table('audit.cats', [id, age], { schema: 'audit', name: 'cats' });
    const two = chainOf(snapshot([cats, audit], { schemas: ['public', 'audit'] }));
    const actual = snapshot([cats, table('audit.cats', [id], { schema: 'audit', name: 'cats' })], {
      schemas: ['public', 'audit'],
    });
    const on = (name: string) => verdictOn(two, actual, noHistory, accept([name, null])).state;
    expect(on('cats.columns.age')).toBe('partial');
    expect(on('audit.cats.columns.age')).toBe('legacy');
  });

  test('one by one: what is not named still excludes', () => {
    expect(judge(snapshot([cats]), ['cats.columns.age', 'n2'])).toMatchObject({ candidates: ['n1'] });
    expect(judge(snapshot([cats]), ['cats.columns.age', 'n2'], ['dogs', 'n2'])).toMatchObject({
      candidates: ['n1', 'n2'],
      ambiguous: true,
    });
  });

  test('is no drift of a managed database, and does not stop what is pending', () => {
    const history = historyOf('n1.ts', 'n2.ts');
    const verdict = verdictOn(chain, lacking, history, accept(['cats.columns.age', null]));
    expect(verdict).toMatchObject({ state: 'managed', revision: 'n2', drift: false });
    const facts = planFacts({ history });
    expect(buildPlan(verdict, DEFAULT_PLAN_OPTIONS, facts)).toMatchObject({
      strategy: 'upgrade',
      refused: [],
    });
  });
});

describe('a risky difference that was accepted', () => {
  const risky = snapshot([table('cats', [id], { indexes: [index('one', ['id'], { unique: true })] })]);
  const facts = planFacts();

  test('needs no word any more, and the plan says why', () => {
    expect(buildPlan(judge(risky), DEFAULT_PLAN_OPTIONS, facts).refused).toMatchObject([
      { code: 'REFUSED.RISKY' },
    ]);
    const plan = buildPlan(judge(risky, ['cats.indexes.one', null]), DEFAULT_PLAN_OPTIONS, facts);
    expect(plan).toMatchObject({ strategy: 'stamp', refused: [] });
    expect(plan.notices).toContain('public.cats.indexes.one is accepted: reviewed');
  });
});

test('what is accepted and not there is named; what is accepted elsewhere is not', () => {
  const verdict = judge(snapshot([cats]), ['cats.indexes.gone', null], ['dogs', 'n1'], ['birds', 'n2']);
  expect(verdict).toMatchObject({ revision: 'n1', unusedAcceptances: ['cats.indexes.gone', 'dogs'] });
  expect(judge(snapshot([]), ['cats.indexes.gone', null])).toMatchObject({
    state: 'fresh',
    unusedAcceptances: [],
  });
});
