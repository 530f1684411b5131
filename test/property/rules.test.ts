import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTables } from '../../src/compare/compare-table.ts';
import { COMPARE_RULES } from '../../src/compare/rules.ts';
import { readingsWithout, withoutRules } from '../../src/compare/without-rules.ts';
import { EQUIVALENCE_RULES } from '../../src/equivalence-rules.ts';
import { schemaFingerprint } from '../../src/schema/fingerprint.ts';
import type { Snapshot, Table } from '../../src/schema/snapshot.ts';
import { markUnread } from '../../src/schema/unread.ts';
import { anySnapshot, anyTable } from '../support/arbitraries.ts';
import { snapshot } from '../support/builders.ts';

const anyRules = fc.subarray([...EQUIVALENCE_RULES]);

/** A snapshot that reads the same without any rule. */
const without = (read: Snapshot, off: readonly string[]) =>
  withoutRules(
    read,
    off,
    readingsWithout(off).map(() => structuredClone(read)),
  );
const strict = (read: Table, off: readonly string[]) => without(snapshot([read]), off).tables[0] as Table;

/** Without defaults that only a rule meets. */
const settled = (made: Table): Table => ({
  ...made,
  columns: made.columns.map((column) =>
    column.default.kind === 'varying' ? { ...column, default: { kind: 'none' } } : column,
  ),
});

describe('rules switched off', () => {
  test('find nothing between a table and itself', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyRules, (made, off) => {
        const table = settled(made);
        expect(compareTables('cats', table, strict(structuredClone(table), off))).toEqual([]);
      }),
    );
  });

  test('take no difference away, and put only what they hide on themselves', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), anyRules, (expected, actual, off) => {
        const name = ({ kind, name, outcome }: { kind: string; name: string; outcome: string }) =>
          `${kind} ${name} ${outcome}`;
        const strictly = compareTables('cats', expected, strict(actual, off));
        const plain = strictly.filter(({ rules }) => rules === undefined);
        expect(plain.map(name).sort()).toEqual(compareTables('cats', expected, actual).map(name).sort());
        const own: readonly string[] = Object.values(COMPARE_RULES);
        for (const { rules = [] } of strictly)
          for (const rule of rules) expect(off.filter((one) => own.includes(one))).toContain(rule);
      }),
    );
  });

  test('leave the fingerprint as it is', () => {
    fc.assert(
      fc.property(anySnapshot, anyRules, (read, off) => {
        expect(schemaFingerprint(without(read, off))).toBe(schemaFingerprint(read));
      }),
    );
  });
});

describe('texts that could not be read', () => {
  test('make differences unclear, and neither more of them nor fewer places equal', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), (expected, actual) => {
        const texts = actual.checks.map(({ expression }) => expression.canonical);
        const unread = compareTables('cats', expected, markUnread(actual, new Set(texts)));
        const read = compareTables('cats', expected, actual);
        expect(unread.length === 0).toBe(read.length === 0);
        expect(unread.length).toBeLessThanOrEqual(read.length);
        for (const { kind, outcome } of unread)
          if (outcome === 'cannot-tell') expect(kind).not.toBe('unique');
      }),
    );
  });
});
