import { describe, expect, test } from 'vitest';
import { downgradeTarget, upgradeTarget } from '../../../src/plan/chain-target.ts';

const chain = ['001_a', '002_b', '003_c'].map((revision) => ({ revision, recordedName: `${revision}.ts` }));

describe('upgrade', () => {
  test.each([
    ['head', -1, 2],
    ['head', 2, 2],
    ['002_b', 0, 1],
    ['002_b', 1, 1],
    ['+1', -1, 0],
    ['+2', 0, 2],
    ['+0', 1, 1],
  ])('%s from %i is %i', (word, current, target) => {
    expect(upgradeTarget(word, chain, current)).toBe(target);
  });

  test.each([
    ['004_d', 0, 'USAGE.UNKNOWN_REVISION'],
    ['-1', 0, 'USAGE.UNKNOWN_REVISION'],
    ['+1', 2, 'REFUSED.TARGET'],
    ['+3', 0, 'REFUSED.TARGET'],
    ['001_a', 1, 'REFUSED.TARGET'],
  ])('%s from %i is refused: %s', (word, current, code) => {
    expect(() => upgradeTarget(word, chain, current)).toThrow(expect.objectContaining({ code }));
  });
});

describe('downgrade', () => {
  test.each([
    ['base', 2, -1],
    ['001_a', 2, 0],
    ['003_c', 2, 2],
    ['-1', 2, 1],
    ['-3', 2, -1],
  ])('%s from %i is %i', (word, current, target) => {
    expect(downgradeTarget(word, chain, current)).toBe(target);
  });

  test.each([
    ['head', 2, 'USAGE.UNKNOWN_REVISION'],
    ['+1', 0, 'USAGE.UNKNOWN_REVISION'],
    ['-1', -1, 'REFUSED.TARGET'],
    ['-4', 2, 'REFUSED.TARGET'],
    ['003_c', 1, 'REFUSED.TARGET'],
  ])('%s from %i is refused: %s', (word, current, code) => {
    expect(() => downgradeTarget(word, chain, current)).toThrow(expect.objectContaining({ code }));
  });
});
