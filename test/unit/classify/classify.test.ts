import { describe, expect, test } from 'vitest';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainOf, verdictOn } from '../../support/chains.ts';
import { historyOf, noHistory } from '../../support/histories.ts';

const id = column('id', { nullable: false });
const name = column('name');
const age = column('age');

const cats = table('cats', [id, name]);
const catsWithAge = table('cats', [id, name, age]);
const dogs = table('dogs', [id]);

/** n1 creates cats, n2 adds age, n3 creates dogs. */
const growing = chainOf(snapshot([cats]), snapshot([catsWithAge]), snapshot([catsWithAge, dogs]));

const outline = (verdict: ReturnType<typeof verdictOn>) =>
  verdict.differences.map(({ path, outcome, grade, introducedBy }) => [
    path.join('/'),
    outcome,
    grade,
    introducedBy,
  ]);

describe('a database without history', () => {
  test('is fresh when nothing of the chain is there', () => {
    const verdict = verdictOn(growing, snapshot([]));
    expect(verdict).toMatchObject({
      state: 'fresh',
      revision: null,
      candidates: [],
      pending: ['n1', 'n2', 'n3'],
      unmanaged: [],
    });
  });

  test('is fresh, and says whose they are not, when only strangers are there', () => {
    const verdict = verdictOn(growing, snapshot([table('orders', [id])]));
    expect(verdict).toMatchObject({ state: 'fresh', unmanaged: ['public.orders'] });
    expect(verdict.migrations.map((migration) => migration.evidence)).toEqual(['absent', 'absent', 'absent']);
  });

  test('is not fresh when all that is there is an object that a migration makes', () => {
    const mood = {
      kind: 'enum',
      key: 'mood',
      schema: 'public',
      name: 'mood',
      definition: "('a', 'b')",
    } as const;
    const chain = chainOf(snapshot([cats], { objects: [mood] }));
    expect(verdictOn(chain, snapshot([], { objects: [mood] }))).toMatchObject({ state: 'partial' });
  });

  test.each([
    ['n1', snapshot([cats]), ['n2', 'n3']],
    ['n2', snapshot([catsWithAge]), ['n3']],
    ['n3', snapshot([dogs, catsWithAge]), []],
  ])('is legacy at exactly %s', (revision, state, pending) => {
    expect(verdictOn(growing, state)).toMatchObject({
      state: 'legacy',
      revision,
      candidates: [revision],
      ambiguous: false,
      pending,
      differences: [],
    });
  });

  test('a tracker without rows changes nothing', () => {
    const empty = { ...noHistory, present: true, lockPresent: true, lock: 'free' } as const;
    expect(verdictOn(growing, snapshot([catsWithAge]), empty)).toMatchObject({
      state: 'legacy',
      revision: 'n2',
      history: { present: true, rows: 0 },
    });
  });

  test('a forerunner blocks: the pending migration would fail on it', () => {
    const verdict = verdictOn(growing, snapshot([cats, dogs]));
    expect(verdict.state).toBe('partial');
    expect(verdict.nearest[0]).toMatchObject({ revision: 'n3', blocking: 1 });
    expect(outline(verdict)).toEqual([['tables/public.cats/columns/age', 'missing', 'blocking', 'n2']]);
    expect(verdict.migrations.map((migration) => migration.evidence)).toEqual([
      'applied',
      'absent',
      'applied',
    ]);
  });

  test('a leftover blocks: the migration that removes it ran in part', () => {
    const chain = chainOf(snapshot([catsWithAge]), snapshot([cats, dogs]));
    const verdict = verdictOn(chain, snapshot([catsWithAge, dogs]));
    expect(verdict.state).toBe('partial');
    expect(outline(verdict)).toEqual([['tables/public.cats/columns/age', 'unexpected', 'blocking', 'n1']]);
    expect(verdict.migrations[1]).toMatchObject({ evidence: 'partly' });
  });

  test('a stranger blocks nothing, and is graded by what it could break', () => {
    const strange = table('cats', [id, name, column('nick'), column('token', { nullable: false })], {
      indexes: [index('by_name', ['name']), index('one_name', ['name', 'id'], { unique: true })],
      checks: [{ name: 'long', expression: { raw: 'x', canonical: 'x' }, validated: true }],
    });
    const verdict = verdictOn(growing, snapshot([strange]));
    expect(verdict).toMatchObject({ state: 'legacy', revision: 'n1' });
    expect(outline(verdict)).toEqual([
      ['tables/public.cats/columns/token', 'unexpected', 'risky', null],
      ['tables/public.cats/checks/long', 'unexpected', 'risky', null],
      ['tables/public.cats/indexes/one_name', 'unexpected', 'risky', null],
      ['tables/public.cats/columns/nick', 'unexpected', 'harmless', null],
      ['tables/public.cats/indexes/by_name', 'unexpected', 'harmless', null],
    ]);
  });

  describe('a second copy of what the revision has', () => {
    const byName = index('cats_name', ['name']);
    const copy = index('a_copy', ['name']);
    const withIndexes = (...indexes: readonly (typeof byName)[]) =>
      snapshot([table('cats', [id, name], { indexes })]);

    test('is a stranger, whichever the server lists first', () => {
      const chain = chainOf(withIndexes(byName));
      for (const there of [withIndexes(byName, copy), withIndexes(copy, byName)]) {
        const verdict = verdictOn(chain, there);
        expect(verdict).toMatchObject({ state: 'legacy', revision: 'n1' });
        expect(outline(verdict)).toEqual([
          ['tables/public.cats/indexes/a_copy', 'unexpected', 'harmless', null],
        ]);
      }
    });

    test('is a forerunner where a later revision has two', () => {
      const chain = chainOf(withIndexes(byName), withIndexes(byName, index('another', ['name'])));
      expect(verdictOn(chain, withIndexes(byName, copy))).toMatchObject({ state: 'legacy', revision: 'n2' });
    });

    test('is a leftover or forerunner by its name, where one revision renames it: that migration was applied in part', () => {
      const chain = chainOf(withIndexes(byName), withIndexes(copy));
      const verdict = verdictOn(chain, withIndexes(byName, copy));
      expect(verdict.state).toBe('partial');
      expect(outline(verdict)).toEqual([
        ['tables/public.cats/indexes/cats_name', 'unexpected', 'blocking', 'n1'],
      ]);
    });

    test('is one effect with the first where a migration makes both', () => {
      const verdict = verdictOn(chainOf(withIndexes(byName, copy)), withIndexes(byName, copy));
      // The table, its two columns, and an index.
      expect(verdict.migrations[0]).toMatchObject({ evidence: 'applied', met: 4, expected: 4 });
    });

    test('is risky where it is a unique constraint', () => {
      const unique = (called: string) =>
        ({ name: called, columns: ['name'], deferrable: 'no', nullsNotDistinct: false }) as const;
      const withUniques = (...names: readonly string[]) =>
        snapshot([table('cats', [id, name], { uniques: names.map(unique) })]);
      const verdict = verdictOn(chainOf(withUniques('one')), withUniques('one', 'two'));
      expect(outline(verdict)).toEqual([['tables/public.cats/uniques/two', 'unexpected', 'risky', null]]);
    });
  });

  test('a table half made is partly applied, with what is there counted', () => {
    const chain = chainOf(snapshot([cats]), snapshot([cats, table('dogs', [id, name, age])]));
    const verdict = verdictOn(chain, snapshot([cats, table('dogs', [id, name])]));
    expect(verdict.state).toBe('partial');
    expect(verdict.migrations[1]).toMatchObject({ evidence: 'partly', met: 3, expected: 4 });
  });

  test('a migration without a trace makes the verdict ambiguous, never a guess', () => {
    const chain = chainOf(snapshot([cats]), snapshot([cats]), snapshot([catsWithAge]));
    const verdict = verdictOn(chain, snapshot([cats]));
    expect(verdict).toMatchObject({
      state: 'legacy',
      revision: null,
      candidates: ['n1', 'n2'],
      ambiguous: true,
      pending: ['n3'],
    });
    expect(verdict.migrations[1]).toMatchObject({ evidence: 'traceless', expected: 0 });
  });

  test('a column added and dropped again returns to the earlier schema: both revisions are candidates', () => {
    const chain = chainOf(snapshot([cats]), snapshot([catsWithAge]), snapshot([cats]));
    const verdict = verdictOn(chain, snapshot([cats]));
    expect(verdict).toMatchObject({ candidates: ['n1', 'n3'], ambiguous: true });
    expect(verdict.migrations[1]).toMatchObject({ evidence: 'superseded' });
  });

  test('what servers name themselves, and the order of columns, decides nothing', () => {
    const named = (constraint: string) =>
      table('cats', [id, name], {
        primaryKey: { name: `${constraint}_pkey`, columns: ['id'] },
        indexes: [index(`${constraint}_index`, ['name'])],
      });
    const chain = chainOf(snapshot([named('cats')]));
    const live = named('old');
    const verdict = verdictOn(chain, snapshot([{ ...live, columns: live.columns.toReversed() }]));
    expect(verdict).toMatchObject({ state: 'legacy', revision: 'n1', differences: [] });
    expect(verdict.rulesUsed).toEqual(['column-order', 'constraint-and-index-names']);
  });

  test('a table in another schema is another table', () => {
    const audit = { ...cats, key: 'audit.cats', schema: 'audit' };
    const verdict = verdictOn(growing, snapshot([audit], { schemas: ['public', 'audit'] }));
    expect(verdict).toMatchObject({ state: 'fresh', unmanaged: ['audit.cats'] });
  });
});

describe('a managed database', () => {
  const at = (...names: string[]) => historyOf(...names.map((one) => `${one}.ts`));

  test('is up to date, or behind, by its rows', () => {
    expect(verdictOn(growing, snapshot([catsWithAge, dogs]), at('n1', 'n2', 'n3'))).toMatchObject({
      state: 'managed',
      standing: 'upToDate',
      drift: false,
      revision: 'n3',
      pending: [],
    });
    expect(verdictOn(growing, snapshot([catsWithAge]), at('n1', 'n2'))).toMatchObject({
      standing: 'behind',
      drift: false,
      revision: 'n2',
      pending: ['n3'],
    });
  });

  test('drifts when its schema is not what its rows promise', () => {
    const verdict = verdictOn(growing, snapshot([cats]), at('n1', 'n2'));
    expect(verdict).toMatchObject({ standing: 'behind', drift: true });
    expect(outline(verdict)).toEqual([['tables/public.cats/columns/age', 'missing', 'blocking', 'n2']]);
  });

  test.each([
    ['ahead', ['n1.ts', 'n2.ts', 'n3.ts', 'n4.ts'], /newer than this code/],
    ['inconsistent', ['n1.ts', 'n3.ts'], /gap.*"n2"/],
    ['inconsistent', ['n1.ts', 'n2.ts', 'n2.ts'], /more than once/],
    ['inconsistent', ['n1.js', 'n2.js'], /other extensions/],
  ])('is %s when the rows are %j', (standing, names, problem) => {
    const verdict = verdictOn(growing, snapshot([catsWithAge]), historyOf(...names));
    expect(verdict).toMatchObject({ state: 'managed', standing });
    expect(verdict.history.problem).toMatch(problem);
  });

  test('shows which rows an adoption wrote', () => {
    const history = historyOf('n1.ts', 'n2.ts');
    const adopted = {
      ...history,
      rows: [
        { name: 'n1.ts', batch: null },
        { name: 'n2.ts', batch: 1 },
      ],
    };
    const verdict = verdictOn(growing, snapshot([catsWithAge]), adopted);
    expect(verdict.migrations.map((migration) => [migration.recorded, migration.adopted])).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
  });
});

describe('a text that could not be taken apart', () => {
  const text = { raw: 'f ?? a', canonical: 'f ?? a' };
  const checked = table('cats', [id], {
    checks: [{ name: 'ck', expression: text, validated: true }],
    unread: ['f ?? a'],
  });
  const view = {
    kind: 'view',
    key: 'v',
    schema: 'public',
    name: 'v',
    definition: 'select ??',
    unread: true,
  } as const;

  test('is met by itself, and listed among what is compared as words only', () => {
    const state = snapshot([checked], { objects: [view] });
    expect(verdictOn(chainOf(state), state)).toMatchObject({
      state: 'legacy',
      differences: [],
      unmodelled: ['public.cats: text beyond our grammar: f ?? a', 'public.v: view beyond our grammar'],
    });
  });

  test('is no proof where it is not the same word for word', () => {
    const other = { raw: 'f > a', canonical: 'f > a' };
    const chain = chainOf(
      snapshot([table('cats', [id], { checks: [{ name: 'ck', expression: other, validated: true }] })]),
    );
    const verdict = verdictOn(chain, snapshot([checked]));
    expect(verdict).toMatchObject({ state: 'partial', candidates: [] });
    expect(outline(verdict)).toEqual([['tables/public.cats/checks/ck', 'cannot-tell', 'blocking', 'n1']]);
  });
});
