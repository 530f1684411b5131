import { expect, test } from 'vitest';
import { differenceName } from '../../../src/classify/paths.ts';
import { unknownNames } from '../../../src/classify/unknown-names.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainWith, verdictOn } from '../../support/chains.ts';

const id = column('id', { nullable: false });
const cats = table('cats', [id]);
const named = table('cats', [id, column('name')]);
const mood = { kind: 'enum', key: 'mood', schema: 'public', name: 'mood', definition: "('a')" } as const;
const chain = chainWith(
  [snapshot([named]), snapshot([cats], { objects: [mood] })],
  [{ of: 2, name: 'old', state: snapshot([cats, table('toys', [id])], { objects: [mood] }) }],
);
const actual = snapshot(
  [table('cats', [id], { indexes: [index('one_name', ['id'], { unique: true })] }), table('dogs', [id])],
  { objects: [{ ...mood, key: 'fur', name: 'fur' }] },
);

test('every difference that there is has a name that is known', () => {
  const names = verdictOn(chain, actual).differences.map(differenceName);
  expect(names).not.toEqual([]);
  expect(unknownNames(names, chain, actual)).toEqual([]);
});

test('so has what is there, what some revision or variant expects, and what says that something was interrupted', () => {
  const names = [
    'public.dogs',
    'public.dogs.columns.id',
    'public.cats.columns.name',
    'public.toys',
    'public.mood',
    'public.fur',
    'interrupted:n1',
    'history:public.others',
  ];
  expect(unknownNames(names, chain, actual)).toEqual([]);
});

test('a misspelled name, one without its schema and one of another kind are told', () => {
  const names = ['public.cats.indexes.one_nam', 'cats.indexes.one_name', 'public.cats.uniques.one_name', ''];
  expect(unknownNames(['public.cats.indexes.one_name', ...names], chain, actual)).toEqual(names);
});
