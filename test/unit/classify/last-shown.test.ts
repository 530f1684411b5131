import { describe, expect, test } from 'vitest';
import { lastShown } from '../../../src/classify/last-shown.ts';
import type { SchemaObject } from '../../../src/schema/snapshot.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainOf, chainWith } from '../../support/chains.ts';

const id = column('id', { nullable: false });
const age = column('age');
const longAge = column('age', { type: { raw: 'bigint', canonical: 'bigint' } });
const cats = table('cats', [id]);
const agedCats = table('cats', [id, age]);
const longCats = table('cats', [id, longAge]);
const dogs = table('dogs', [id]);
const view = (definition: string): SchemaObject => ({
  kind: 'view',
  key: 'tame',
  schema: 'public',
  name: 'tame',
  definition,
});

describe('the last revision of which a database shows something', () => {
  // Rows only at n2; n5 takes the dogs away.
  const chain = chainOf(
    snapshot([cats]),
    snapshot([cats]),
    snapshot([agedCats, dogs]),
    snapshot([longCats, dogs]),
    snapshot([longCats]),
  );
  const shown = (tables: Parameters<typeof snapshot>[0], upTo = 4) =>
    lastShown({ chain, snapshot: snapshot(tables) }, upTo);

  test.each<[string, Parameters<typeof snapshot>[0], number]>([
    ['nothing of any', [table('birds', [id])], -1],
    ['no more than the first one made', [cats], 0],
    ['a table without anything in it', [table('dogs', [])], 2],
    ['one column of a table', [table('cats', [age])], 2],
    ['a column as it was altered', [table('cats', [longAge])], 3],
    ['a column as no revision has it', [table('cats', [column('age', { nullable: false })])], 0],
    ['what the last one takes away', [dogs], 2],
  ])('%s', (_what, tables, last) => {
    expect(shown(tables)).toBe(last);
  });

  test('is none after the one that is asked for', () => {
    expect(shown([longCats], 2)).toBe(0);
    expect(shown([dogs], 1)).toBe(-1);
  });

  test('is not that at which a thing is again as it once was', () => {
    const again = chainOf(snapshot([agedCats]), snapshot([longCats]), snapshot([agedCats]));
    expect(lastShown({ chain: again, snapshot: snapshot([agedCats]) }, 2)).toBe(0);
    const anew = chainOf(snapshot([dogs]), snapshot([]), snapshot([dogs]));
    expect(lastShown({ chain: anew, snapshot: snapshot([dogs]) }, 2)).toBe(0);
  });

  test('is not that which makes an extension: somebody may have made it ahead', () => {
    const extension: SchemaObject = {
      ...view('extension citext'),
      kind: 'extension',
      key: 'citext',
      name: 'citext',
    };
    const own = chainOf(snapshot([cats]), snapshot([cats], { objects: [extension] }));
    expect(lastShown({ chain: own, snapshot: snapshot([cats], { objects: [extension] }) }, 1)).toBe(0);
  });

  test('is known by an index, a view, and what an accepted variant has', () => {
    const indexed = table('cats', [id], { indexes: [index('by_id', ['id'])] });
    const own = chainWith(
      [snapshot([cats]), snapshot([indexed]), snapshot([indexed], { objects: [view('one')] })],
      [{ of: 2, name: 'early', state: snapshot([indexed, dogs]) }],
    );
    const last = (tables: Parameters<typeof snapshot>[0], objects: readonly SchemaObject[] = []) =>
      lastShown({ chain: own, snapshot: snapshot(tables, { objects }) }, 2);
    expect(last([indexed])).toBe(1);
    expect(last([cats], [view('one')])).toBe(2);
    expect(last([cats], [view('another')])).toBe(0);
    expect(last([cats, dogs])).toBe(1);
  });
});
