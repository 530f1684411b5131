import { expect, test } from 'vitest';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainOf, verdictOn } from '../../support/chains.ts';

const id = column('id', { nullable: false });
const columns = ['name', 'age', 'coat', 'weight', 'chip'].map((name) => column(name));
const cats = table('cats', [id]);
const dogs = table('dogs', [id, ...columns], { indexes: [index('dogs_age', ['age'])] });
const chain = chainOf(snapshot([cats]), snapshot([cats, dogs]));

test('a column that is gone with its index leaves a database nearest to its own revision, not to the one before the table', () => {
  const without = table('dogs', [id, ...columns.filter(({ name }) => name !== 'age')]);
  const { state, nearest, differences } = verdictOn(chain, snapshot([cats, without]));
  expect(state).toBe('partial');
  // One table too many is one difference from n1, and all that the table holds lies between.
  expect(nearest.map(({ revision, blocking }) => [revision, blocking])).toEqual([
    ['n2', 2],
    ['n1', 1],
  ]);
  expect(differences.map(({ path }) => path.join('.'))).toEqual([
    'tables.public.dogs.columns.age',
    'tables.public.dogs.indexes.dogs_age',
  ]);
});

test('the first piece of a table that was only begun leaves it nearest to the revision before', () => {
  const begun = table('dogs', [id]);
  const { nearest } = verdictOn(chain, snapshot([cats, begun]));
  expect(nearest[0]?.revision).toBe('n1');
});

test('where a revision is met, what is met comes first', () => {
  expect(verdictOn(chain, snapshot([cats, dogs])).nearest[0]).toMatchObject({ revision: 'n2', blocking: 0 });
});
