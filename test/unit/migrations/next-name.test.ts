import { describe, expect, test } from 'vitest';
import { nextRevision } from '../../../src/migrations/next-name.ts';

const now = new Date('2026-10-15T12:34:56.789Z');
const next = (existing: readonly string[], name = 'weights') => nextRevision({ existing, name, now });

describe('the next migration', () => {
  test.each([
    [[], '20261015123456_weights'],
    [['001_a.ts', '002_b.ts', '003_c.ts'], '004_weights'],
    [['0099_a.js'], '0100_weights'],
    [['1_a.js'], '2_weights'],
    [['20240102030405_a.js'], '20261015123456_weights'],
    [['202401020304_a.js'], '20261015123456_weights'],
  ] as const)('after %j is %s', (existing, expected) => {
    expect(next(existing)).toBe(expected);
  });

  test('has a name of letters, digits and underscores', () => {
    expect(next([], ' add cat-weights ')).toBe('20261015123456_add_cat_weights');
    for (const name of ['', ' ', '../x', 'a/b', 'a.b', 'ä', "x'y"]) {
      expect(() => next([], name)).toThrow(expect.objectContaining({ code: 'USAGE.INVALID' }));
    }
  });

  test('is none that exists, nor one that would not come last', () => {
    expect(() => next(['003_weights.ts'])).toThrow(expect.objectContaining({ code: 'MIGRATIONS.EXISTS' }));
    expect(() => next(['007_b.js', 'README_like.js'])).toThrow('would come before README_like.js');
    expect(() => next(['998_a.ts', '999_b.ts'])).toThrow(
      expect.objectContaining({ code: 'MIGRATIONS.EXISTS' }),
    );
  });
});
