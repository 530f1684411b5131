import { describe, expect, test } from 'vitest';
import { sameCollation } from '../../../src/schema/collation.ts';

const collation = (name: string, given: 'database' | 'charset' | 'both' | 'nobody' = 'nobody') => ({
  name,
  databaseDefault: given === 'database' || given === 'both',
  charsetDefault: given === 'charset' || given === 'both',
});
const byDatabase = (name: string) => collation(name, 'database');
const bySet = (name: string) => collation(name, 'charset');
const byBoth = (name: string) => collation(name, 'both');

describe('two collations', () => {
  test.each([
    ['of one name', collation('utf8mb4_bin'), byDatabase('utf8mb4_bin')],
    [
      'that are the default of their databases',
      byDatabase('utf8mb4_unicode_ci'),
      byBoth('latin1_swedish_ci'),
    ],
    ['that are the default of one set', bySet('utf8mb4_general_ci'), bySet('utf8mb4_0900_ai_ci')],
    // MySQL 5.7 that was upgraded: the database goes on with what its tables have, the server has another default for the set.
    [
      'of one set, one by a default from before an upgrade',
      bySet('utf8mb4_0900_ai_ci'),
      byDatabase('utf8mb4_general_ci'),
    ],
    [
      'of one set, one by a default of another vendor',
      byBoth('utf8mb4_general_ci'),
      bySet('utf8mb4_uca1400_ai_ci'),
    ],
  ])('%s are one, from either side', (_what, a, b) => {
    expect([sameCollation(a, b), sameCollation(b, a)]).toEqual([true, true]);
  });

  test.each([
    ['of two sets, one chosen', bySet('utf8mb4_general_ci'), byBoth('latin1_swedish_ci')],
    [
      'of two sets, one by a default from before an upgrade',
      bySet('utf8mb3_general_ci'),
      byDatabase('utf8mb4_general_ci'),
    ],
    [
      'of one set, one by a default that somebody chose',
      bySet('utf8mb4_general_ci'),
      byDatabase('utf8mb4_unicode_ci'),
    ],
    ["of one set, one by nobody's default", byBoth('utf8mb4_0900_ai_ci'), collation('utf8mb4_general_ci')],
  ])('%s are two, from either side', (_what, a, b) => {
    expect([sameCollation(a, b), sameCollation(b, a)]).toEqual([false, false]);
  });
});
