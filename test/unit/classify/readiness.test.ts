import { describe, expect, test } from 'vitest';
import { classify } from '../../../src/classify/classify.ts';
import { readinessOf } from '../../../src/classify/readiness.ts';
import { checkExitCode } from '../../../src/cli/check.ts';
import type { History } from '../../../src/history/history.ts';
import { column, snapshot, table } from '../../support/builders.ts';
import { chainOf, migrationsOf, verdictOn } from '../../support/chains.ts';
import { historyOf, noHistory } from '../../support/histories.ts';

const cats = snapshot([table('cats', [column('id', { nullable: false })])]);
const chain = chainOf(cats);
const managed = historyOf('n1.ts');
const withoutRows = { ...managed, rows: [] };

/** Knex's lock table with these values; of one that is taken: why it is not proved that nobody holds it. */
function locked(history: History, lockRows: readonly (string | null)[], lock: History['lock']): History {
  return { ...history, lockRows, lock, lockDoubts: lock === 'held' ? ['session 7 is connected'] : [] };
}

describe('a database that is up to date', () => {
  test('is ready', () => {
    expect(readinessOf(verdictOn(chain, cats, managed))).toBe('ready');
  });

  test('is ready while somebody may hold the lock: a migration that is at work is nothing wrong', () => {
    expect(readinessOf(verdictOn(chain, cats, locked(managed, ['1'], 'held')))).toBe('ready');
  });

  test.each([
    ['two rows, of which one is taken', ['1', '0'], 'broken'],
    ['two free rows', ['0', '0'], 'broken'],
    ['one row with NULL', [null], 'broken'],
    ['one row that is taken, and nobody is there who could hold it', ['1'], 'stale'],
    ['no row', [], 'absent'],
  ] as const)('is blocked where the lock table has %s', (_what, rows, lock) => {
    const verdict = verdictOn(chain, cats, locked(managed, rows, lock));
    expect(readinessOf(verdict)).toBe('blocked');
    expect(checkExitCode(verdict)).toBe(4);
  });

  test('is blocked where what it records next would get an id that is taken', () => {
    const idTrouble = { problem: 'The sequence stands at 1, and 1 is taken.', mend: null };
    const verdict = classify({
      chain,
      snapshot: cats,
      history: managed,
      migrations: migrationsOf(chain),
      foreignHistories: [],
      idTrouble,
    });
    expect(verdict.standing).toBe('upToDate');
    expect(readinessOf(verdict)).toBe('blocked');
  });
});

describe('a database without history', () => {
  test.each([
    ['fresh', snapshot([])],
    ['legacy', cats],
  ])('that is %s is pending, and blocked where nothing could be adopted because of the lock', (_, state) => {
    expect(readinessOf(verdictOn(chain, state, noHistory))).toBe('pending');
    expect(readinessOf(verdictOn(chain, state, withoutRows))).toBe('pending');
    expect(readinessOf(verdictOn(chain, state, locked(withoutRows, ['0', '0'], 'broken')))).toBe('blocked');
    expect(readinessOf(verdictOn(chain, state, locked(withoutRows, ['1'], 'stale')))).toBe('blocked');
  });
});
