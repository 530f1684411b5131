import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../../src/classify/classify.ts';
import { partialTargets } from '../../../src/plan/partial-target.ts';
import { column, snapshot, table } from '../../support/builders.ts';
import { chainOf, migrationsOf, verdictOn } from '../../support/chains.ts';
import { noHistory } from '../../support/histories.ts';

const columns = (count: number) => Array.from({ length: count }, (_, at) => column(`c${at}`));
const cats = table('cats', columns(3));
const lessCats = table('cats', columns(2));
const chipped = table('cats', [...columns(3), column('chip')]);
const lessChipped = table('cats', [...columns(2), column('chip')]);
const dogs = table('dogs', columns(8));
const birds = table('birds', columns(2));

/** The dogs are taken away at the end; the chip is what cats get between. */
const CHAIN = chainOf(
  snapshot([cats, dogs]),
  snapshot([chipped, dogs]),
  snapshot([chipped, dogs, birds]),
  snapshot([chipped, birds]),
);

function targets(
  tables: Parameters<typeof snapshot>[0],
  options: Partial<Parameters<typeof partialTargets>[2]> = {},
) {
  const evidence: Evidence = {
    chain: CHAIN,
    snapshot: snapshot(tables),
    history: noHistory,
    migrations: migrationsOf(CHAIN),
    foreignHistories: [],
  };
  const verdict = verdictOn(CHAIN, evidence.snapshot, noHistory);
  return [...new Set(partialTargets(verdict, evidence, { at: null, to: null, ...options }))].map(
    (index) => CHAIN.revisions[index]?.name,
  );
}

describe('a partial database is brought', () => {
  test('to the last revision of which something is there, though another is nearer by what is missing', () => {
    // Without its dogs it is one table from n2, and one column from n1.
    expect(targets([lessChipped])[0]).toBe('n2');
    expect(targets([table('cats', [column('chip')])])[0]).toBe('n2');
  });

  test('not to one that takes away what was lost, over all that lies between', () => {
    expect(targets([lessCats, dogs])[0]).toBe('n1');
    expect(targets([lessChipped, dogs])[0]).toBe('n2');
    expect(targets([lessCats])[0]).toBe('n1');
  });

  test('to one that takes away what is not there, where nothing else is missing that came before', () => {
    expect(targets([lessChipped, birds])[0]).toBe('n4');
    expect(targets([lessChipped, dogs, birds])[0]).toBe('n3');
  });

  test('never past the one at which the user wants to stop', () => {
    expect(targets([lessChipped, birds], { to: 'n3' })).not.toContain('n4');
    expect(targets([lessChipped, dogs, birds], { to: 'n2' })[0]).toBe('n2');
  });

  test('to the one that is named, and to no other', () => {
    expect(targets([lessChipped, birds], { at: 'n2' })).toEqual(['n2']);
  });
});
