import { describe, expect, test } from 'vitest';
import { describeForeignHistory } from '../../../src/classify/foreign-history.ts';
import type { Verdict } from '../../../src/classify/verdict.ts';
import type { ForeignHistory } from '../../../src/history/foreign-histories.ts';
import { otherHistoryRefusal } from '../../../src/plan/other-histories.ts';

const MIGRATIONS = ['001_cats', '002_dogs'].map((revision) => ({ revision, recordedName: `${revision}.ts` }));

const history = (tool: string, applied: readonly string[], failed: string | null = null): ForeignHistory => ({
  tool,
  table: { schema: 'public', name: 'others' },
  versions: applied,
  applied,
  keeps: 'applied',
  problem: null,
  failed,
});

function refusal(state: Verdict['state'], found: ForeignHistory, accept: readonly string[] = []) {
  const foreignHistories = [describeForeignHistory(found, MIGRATIONS)];
  const verdict = { state, foreignHistories, migrations: MIGRATIONS } as unknown as Verdict;
  return otherHistoryRefusal(verdict, { accept });
}

describe('a history beside is begun', () => {
  test.each([
    ['beside the one of another chain', 'legacy', history('knex', ['001_users.ts'])],
    ['beside what another migrator finished', 'legacy', history('flyway', ['001_cats.ts'])],
    ['on a fresh database, whatever failed beside', 'fresh', history('flyway', ['7'], '7')],
  ] as const)('%s', (_what, state, found) => {
    expect(refusal(state, found)).toBeNull();
  });
});

describe('none is begun', () => {
  test.each([
    ['beside one of this chain', 'legacy', history('knex', ['001_cats.ts'])],
    ['beside one of this chain, deployed in another form', 'partial', history('knex', ['001_cats.js'])],
    ['beside one of this chain and of another', 'fresh', history('knex', ['000_users.ts', '002_dogs.ts'])],
    ['beside what failed half-way', 'legacy', history('flyway', ['7'], '7')],
    ['beside what failed half-way, on a partial database', 'partial', history('flyway', ['7'], '7')],
  ] as const)('%s, but for who accepts it by name', (_what, state, found) => {
    expect(refusal(state, found)).toMatchObject({ code: 'REFUSED.OTHER_HISTORY' });
    expect(refusal(state, found, ['history:public.others'])).toBeNull();
  });
});
