import { describe, expect, test } from 'vitest';
import { heldAgainst } from '../../../src/classify/classify.ts';
import type { Chain } from '../../../src/manifest/chain.ts';
import { NO_DECISIONS } from '../../../src/manifest/decisions.ts';
import { buildPlan } from '../../../src/plan/build-plan.ts';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions } from '../../../src/plan/plan.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';
import { chainOf, chainWith, verdictOn } from '../../support/chains.ts';
import { noHistory } from '../../support/histories.ts';
import { planFacts } from '../../support/plan-facts.ts';

const id = column('id', { nullable: false });
const cats = snapshot([table('cats', [id])]);
const twinless = snapshot([table('cats', [id], { indexes: [index('one', ['id'], { unique: true })] })]);
const ONE = 'public.cats.indexes.one';

/** The plan on a database with a unique index that no revision knows, and what was accepted where. */
function plan(
  chain: Chain,
  word: Partial<PlanOptions>,
  ...accepted: { readonly difference: string; readonly revision: string }[]
) {
  const decisions = { ...NO_DECISIONS, accepted: accepted.map((one) => ({ ...one, why: 'reviewed' })) };
  return buildPlan(
    verdictOn(chain, twinless, noHistory, { decisions }),
    { ...DEFAULT_PLAN_OPTIONS, ...word },
    planFacts({ heldAgainst: (at) => heldAgainst({ chain, snapshot: twinless, decisions }, at) }),
  );
}

describe('a database that meets two revisions, one of which is named', () => {
  const silent = chainOf(cats, cats);

  test.each<Partial<PlanOptions>>([{ at: 'n2' }, { traceless: 'skip' }])(
    'is not stamped over a risky difference that is accepted at the other one only: %o',
    (word) => {
      const refused = plan(silent, word, { difference: ONE, revision: 'n1' });
      expect(refused.refused).toMatchObject([{ code: 'REFUSED.RISKY' }]);
      expect(refused.refused[0]?.hint).toContain(ONE);
      expect(refused.steps).toEqual([]);
    },
  );

  test.each<Partial<PlanOptions>>([{ at: 'n1' }, { traceless: 'run' }])(
    'is stamped where that difference is accepted at the one that is named, and the plan says why: %o',
    (word) => {
      const made = plan(silent, word, { difference: ONE, revision: 'n1' });
      expect(made).toMatchObject({ strategy: 'stamp', refused: [] });
      expect(made.notices).toContain(`${ONE} is accepted: reviewed`);
    },
  );

  test('says of what is accepted at the named one alone that there is no such difference', () => {
    const gone = { difference: 'cats.indexes.gone', revision: 'n2' };
    const one = [1, 2].map((n) => ({ difference: ONE, revision: `n${n}` }));
    const unused = 'cats.indexes.gone is accepted, and there is no such difference here.';
    expect(plan(silent, { at: 'n2' }, ...one, gone).notices).toContain(unused);
    expect(plan(silent, { at: 'n1' }, ...one, gone).notices).not.toContain(unused);
  });
});

describe('a database that is a variant of one revision and meets the next, which is named', () => {
  const chain = chainWith([cats, cats], [{ of: 1, name: 'init', state: twinless }]);

  test('is not stamped over what only the variant has', () => {
    expect(plan(chain, { at: 'n2' }).refused).toMatchObject([{ code: 'REFUSED.RISKY' }]);
  });

  test('is stamped as the variant where its revision is named', () => {
    const made = plan(chain, { at: 'n1' });
    expect(made).toMatchObject({ strategy: 'stamp', refused: [] });
    expect(made.notices).toContain('n1 is met as its accepted variant "init".');
  });
});
