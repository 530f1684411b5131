import { describe, expect, test } from 'vitest';
import { buildPlan } from '../../../src/plan/build-plan.ts';
import { DEFAULT_PLAN_OPTIONS } from '../../../src/plan/plan.ts';
import type { Table } from '../../../src/schema/snapshot.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainWith, verdictOn } from '../../support/chains.ts';
import { historyOf } from '../../support/histories.ts';
import { planFacts } from '../../support/plan-facts.ts';

const id = column('id', { nullable: false });
const name = column('name');
const age = column('age');
const toys = column('toys');
const cats = table('cats', [id, name]);
const catsWithAge = table('cats', [id, name, age, toys]);
const dogs = table('dogs', [id]);
const states = [snapshot([cats]), snapshot([catsWithAge]), snapshot([catsWithAge, dogs])];

/** What an old init.sql made for n2: no age, a unique name, a column and a table of its own. */
const oldCats = table('cats', [id, name, toys, column('nick')], {
  indexes: [index('one_name', ['name'], { unique: true })],
});
const oldDatabase = [oldCats, table('settings', [id])];
const chain = chainWith(states, [{ of: 2, name: 'old', state: snapshot(oldDatabase) }]);
const on = (...tables: Table[]) => verdictOn(chain, snapshot(tables));
const grades = (verdict: ReturnType<typeof on>) =>
  verdict.differences.map((one) => [one.path.slice(1).join('.'), one.outcome, one.grade, one.introducedBy]);

describe('a variant of a revision', () => {
  test('that a database meets makes the revision its candidate, and is named', () => {
    const verdict = on(...oldDatabase);
    expect(verdict).toMatchObject({
      state: 'legacy',
      revision: 'n2',
      variant: 'old',
      candidates: ['n2'],
      ambiguous: false,
      pending: ['n3'],
      differences: [],
      unmanaged: [],
      nearest: [{ revision: 'n2', blocking: 0, risky: 0, harmless: 0 }, {}, {}],
    });
    // What n2 adds and the variant lacks is not held against n2.
    expect(verdict.migrations.map(({ evidence, met, expected }) => [evidence, met, expected])).toEqual([
      ['applied', 3, 3],
      ['applied', 1, 1],
      ['absent', 0, 2],
    ]);
  });

  test('is planned like the revision', () => {
    const facts = planFacts();
    expect(buildPlan(on(...oldDatabase), DEFAULT_PLAN_OPTIONS, facts)).toMatchObject({
      strategy: 'stamp',
      steps: [
        { kind: 'stamp', revisions: ['n1', 'n2'] },
        { kind: 'migrate', revisions: ['n3'] },
      ],
      notices: ['n2 is met as its accepted variant "old".'],
    });
  });

  test('that a database meets but for a piece is not met', () => {
    expect(on(oldCats)).toMatchObject({ state: 'partial', variant: null });
    const withoutIndex = table('cats', oldCats.columns);
    expect(on(withoutIndex, table('settings', [id]))).toMatchObject({ state: 'partial', variant: null });
    // Nothing of n2 is left here: it is n1, with strangers.
    expect(on(table('cats', [id, name, column('nick')]), table('settings', [id]))).toMatchObject({
      revision: 'n1',
      variant: null,
    });
  });

  test('and another revision with strangers are both candidates: what was recorded is accepted, not preferred', () => {
    const bare = table('cats', [id, name, column('nick')]);
    const ambiguous = chainWith(states, [{ of: 2, name: 'bare', state: snapshot([bare]) }]);
    expect(verdictOn(ambiguous, snapshot([bare]))).toMatchObject({
      candidates: ['n1', 'n2'],
      ambiguous: true,
      variant: null,
    });
  });

  test('leaves databases that were migrated where they were', () => {
    expect(on(cats)).toMatchObject({ revision: 'n1', variant: null, differences: [] });
    expect(on(catsWithAge)).toMatchObject({ revision: 'n2', variant: null, differences: [] });
    expect(on(catsWithAge, dogs)).toMatchObject({ revision: 'n3', variant: null, differences: [] });
  });

  test('what only it knows is a stranger to plain revisions, graded by what it could break', () => {
    const verdict = on(
      table('cats', [id, name, age, toys, column('nick')], {
        indexes: [index('one_name', ['name'], { unique: true })],
      }),
      table('settings', [id]),
    );
    expect(verdict).toMatchObject({ state: 'legacy', revision: 'n2', variant: null, candidates: ['n2'] });
    // Graded as if nobody knew it, and yet attributed.
    expect(grades(verdict)).toEqual([
      ['public.cats.indexes.one_name', 'unexpected', 'risky', 'n2'],
      ['public.cats.columns.nick', 'unexpected', 'harmless', 'n2'],
      ['public.settings', 'unexpected', 'harmless', 'n2'],
    ]);
    expect(verdict.unmanaged).toEqual([]);
  });

  test('strangers beside it are strangers, and forerunners are forerunners', () => {
    expect(on(...oldDatabase, table('orders', [id]))).toMatchObject({
      revision: 'n2',
      variant: 'old',
      unmanaged: ['public.orders'],
    });
    expect(on(...oldDatabase, dogs)).toMatchObject({ state: 'partial' });
  });

  test('is no stranger alone: a database that holds only a part of it is not fresh', () => {
    expect(on(table('settings', [id]))).toMatchObject({ state: 'partial' });
  });

  test('may lack a table, and may be one of several', () => {
    const two = chainWith(
      [snapshot([cats, dogs])],
      [
        { of: 1, name: 'without-dogs', state: snapshot([cats]) },
        { of: 1, name: 'with-age', state: snapshot([catsWithAge, dogs]) },
      ],
    );
    const variantOf = (...tables: Table[]) => verdictOn(two, snapshot(tables)).variant;
    expect(variantOf(cats)).toBe('without-dogs');
    expect(variantOf(catsWithAge, dogs)).toBe('with-age');
    expect(variantOf(cats, dogs)).toBe(null);
    expect(verdictOn(two, snapshot([catsWithAge]))).toMatchObject({
      state: 'legacy',
      variant: 'without-dogs',
    });
  });

  test('keeps a managed database at its revision free of drift, and at those that are migrated to from there', () => {
    const managed = (...tables: Table[]) => ({
      at: (...names: string[]) => verdictOn(chain, snapshot(tables), historyOf(...names)),
    });
    const at2 = managed(...oldDatabase).at('n1.ts', 'n2.ts');
    expect(at2).toMatchObject({ state: 'managed', variant: 'old', drift: false });
    const at3 = managed(...oldDatabase, dogs).at('n1.ts', 'n2.ts', 'n3.ts');
    expect(at3).toMatchObject({ revision: 'n3', variant: 'old', drift: false, differences: [] });
    // Without what n3 makes there is drift, whatever it is held against.
    expect(managed(...oldDatabase).at('n1.ts', 'n2.ts', 'n3.ts')).toMatchObject({ drift: true });
    // And without history it is still no n3.
    expect(on(...oldDatabase, dogs)).toMatchObject({ state: 'partial' });
  });

  test('is carried on piece by piece where a later migration changes the same table', () => {
    const becomes = (from: Table, changes: Partial<Table> = {}) =>
      table('cats', [...from.columns.filter((one) => one.name !== 'toys'), column('coat')], {
        indexes: [...from.indexes, index('by_coat', ['coat'])],
        ...changes,
      });
    const later = chainWith(
      [snapshot([catsWithAge]), snapshot([becomes(catsWithAge)]), snapshot([becomes(catsWithAge), dogs])],
      [{ of: 1, name: 'old', state: snapshot(oldDatabase) }],
    );
    const carried = [becomes(oldCats), table('settings', [id])];
    expect(verdictOn(later, snapshot(carried), historyOf('n1.ts', 'n2.ts'))).toMatchObject({
      variant: 'old',
      drift: false,
      differences: [],
      standing: 'behind',
    });
    const without = [becomes(oldCats, { indexes: [] }), table('settings', [id])];
    expect(verdictOn(later, snapshot(without), historyOf('n1.ts', 'n2.ts')).drift).toBe(true);
    const gone = chainWith(
      [snapshot([cats, dogs]), snapshot([dogs])],
      [{ of: 1, name: 'old', state: snapshot([...oldDatabase, dogs]) }],
    );
    const left = [table('settings', [id]), dogs];
    expect(verdictOn(gone, snapshot(left), historyOf('n1.ts', 'n2.ts'))).toMatchObject({
      drift: false,
      differences: [],
    });
  });
});

describe('the manifest of a variant', () => {
  test('is refused when it does not fit its revision any more, or belongs to none', () => {
    const variant = { of: 1, name: 'old', state: snapshot([oldCats]) };
    expect(() => chainWith([snapshot([cats])], [{ ...variant, of: 1 }])).not.toThrow();
    const stray = () => chainWith([snapshot([cats])], [{ ...variant, of: 2 }]);
    expect(stray).toThrow();
  });
});
