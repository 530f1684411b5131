import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../src/classify/classify.ts';
import { describeChanges } from '../../src/cli/render/evidence.ts';
import { compareTables } from '../../src/compare/compare-table.ts';
import { buildChain, expectedAt } from '../../src/manifest/chain.ts';
import { decodeTable } from '../../src/manifest/decode-table.ts';
import { encodeTable } from '../../src/manifest/encode-table.ts';
import { type Manifest, parseManifest, serializeManifest } from '../../src/manifest/format.ts';
import { makeManifest, type RecordedState, recordState } from '../../src/manifest/make-manifest.ts';
import { schemaFingerprint, tableHash } from '../../src/schema/fingerprint.ts';
import type { Snapshot, Table } from '../../src/schema/snapshot.ts';
import { anySnapshot, anyStates, anyTable } from '../support/arbitraries.ts';
import { column, table } from '../support/builders.ts';
import { noHistory } from '../support/histories.ts';

function manifestsOf(states: readonly Snapshot[]): Manifest[] {
  let before: RecordedState | null = null;
  return states.map((state, index) => {
    const revision = `00${index + 1}_step`;
    const manifest = makeManifest(before, revision, state);
    before = recordState(revision, state);
    return manifest;
  });
}

const reversed = (table: Table): Table => ({
  ...table,
  columns: table.columns.toReversed(),
  uniques: table.uniques.toReversed(),
  foreignKeys: table.foreignKeys.toReversed(),
  checks: table.checks.toReversed(),
  indexes: table.indexes.toReversed(),
});

describe('comparison', () => {
  test('finds nothing between a table and itself', () => {
    fc.assert(
      fc.property(anyTable('cats'), (table) => {
        expect(compareTables('cats', table, structuredClone(table))).toEqual([]);
      }),
    );
  });

  test('swapping expected and actual swaps missing and unexpected, and keeps different', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), (a, b) => {
        const there = compareTables('cats', a, b);
        const back = compareTables('cats', b, a);
        const count = (list: typeof there, outcome: string) =>
          list.filter((one) => one.outcome === outcome).length;
        expect(count(there, 'missing')).toBe(count(back, 'unexpected'));
        expect(count(there, 'unexpected')).toBe(count(back, 'missing'));
        expect(count(there, 'different')).toBe(count(back, 'different'));
      }),
    );
  });

  test('equal hashes mean that nothing differs, and a difference means unequal hashes', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), (a, b) => {
        if (compareTables('cats', a, b).length > 0) expect(tableHash(a)).not.toBe(tableHash(b));
      }),
    );
  });

  test('one altered attribute of a column is one difference, at that column', () => {
    fc.assert(
      fc.property(anyTable('cats'), fc.nat(), (table, at) => {
        const position = at % table.columns.length;
        const altered = {
          ...table,
          columns: table.columns.map((one, index) =>
            index === position ? { ...one, nullable: !one.nullable } : one,
          ),
        };
        const [difference, ...more] = compareTables('cats', table, altered);
        expect(more).toEqual([]);
        expect(difference).toMatchObject({
          kind: 'column',
          outcome: 'different',
          name: table.columns[position]?.name,
        });
      }),
    );
  });
});

describe('what is said of a difference', () => {
  test('is never that something changed from itself to itself (pain 10)', () => {
    fc.assert(
      fc.property(anyTable('cats'), anyTable('cats'), (a, b) => {
        for (const { outcome, expected, actual } of compareTables('cats', a, b)) {
          if (outcome !== 'different') continue;
          expect(JSON.stringify(expected)).not.toBe(JSON.stringify(actual));
          for (const change of describeChanges(expected, actual)) {
            expect(change.expected).not.toBe(change.actual);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('nor where two defaults look much the same (pain 10)', () => {
    const anyDefault = fc
      .record({
        kind: fc.constantFrom('literal' as const, 'expression' as const),
        text: fc.constantFrom('1', '1 ', 'a b', 'a  b', 'a\tb', "'a b'", 'true', ''),
      })
      .map(({ kind, text }) => ({ kind, raw: text, canonical: text }));
    fc.assert(
      fc.property(anyDefault, anyDefault, fc.constantFrom('integer', 'text'), (left, right, type) => {
        const of = (one: typeof left) =>
          table('cats', [column('a', { default: one, type: { raw: type, canonical: type } })]);
        for (const { expected, actual } of compareTables('cats', of(left), of(right))) {
          for (const change of describeChanges(expected, actual)) {
            expect(change.expected).not.toBe(change.actual);
          }
        }
      }),
    );
  });
});

describe('fingerprint', () => {
  test('ignores every order', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const other = {
          tables: snapshot.tables.toReversed().map(reversed),
          objects: snapshot.objects.toReversed(),
        };
        expect(schemaFingerprint(other)).toBe(schemaFingerprint(snapshot));
      }),
    );
  });
});

describe('manifests', () => {
  test('a table written and read again is the same table, and is written the same', () => {
    fc.assert(
      fc.property(anyTable('cats'), (table) => {
        const again = decodeTable('cats', encodeTable(table), 'utf8mb4_general_ci');
        expect(compareTables('cats', table, again)).toEqual([]);
        expect(encodeTable(again)).toEqual(encodeTable(table));
      }),
    );
  });

  test('the text of a manifest is read as the manifest, and written again byte for byte', () => {
    fc.assert(
      fc.property(anyStates, (states) => {
        for (const manifest of manifestsOf(states)) {
          const text = serializeManifest(manifest);
          expect(serializeManifest(parseManifest(text, 'manifest.json'))).toBe(text);
        }
      }),
    );
  });

  test('the overlay of all manifests up to a revision is the whole state after it', () => {
    fc.assert(
      fc.property(anyStates, (states) => {
        const texts = manifestsOf(states).map((manifest) =>
          parseManifest(serializeManifest(manifest), 'manifest.json'),
        );
        const chain = buildChain('postgres', texts);
        for (const [index, state] of states.entries()) {
          expect(schemaFingerprint(expectedAt(chain, index))).toBe(schemaFingerprint(state));
        }
      }),
    );
  });
});

describe('classification', () => {
  test('is total, and a database left by migration k has k among its candidates', () => {
    fc.assert(
      fc.property(anyStates, fc.nat(), (states, at) => {
        const chain = buildChain('postgres', manifestsOf(states));
        const index = at % states.length;
        const snapshot = states[index] as Snapshot;
        const migrations = chain.revisions.map(({ name }) => ({
          revision: name,
          recordedName: `${name}.ts`,
        }));
        const verdict = classify({ chain, snapshot, migrations, history: noHistory, foreignHistories: [] });
        const something = snapshot.tables.length + snapshot.objects.length > 0;
        expect(verdict.state).toBe(something ? 'legacy' : 'fresh');
        if (something) expect(verdict.candidates).toContain(chain.revisions[index]?.name);
        for (const candidate of verdict.candidates) {
          const other = states[chain.revisions.findIndex(({ name }) => name === candidate)] as Snapshot;
          expect(schemaFingerprint(other)).toBe(schemaFingerprint(snapshot));
        }
      }),
    );
  });

  test('any other database gets one of the four states, and every blocking difference a place', () => {
    fc.assert(
      fc.property(anyStates, anySnapshot, (states, snapshot) => {
        const chain = buildChain('postgres', manifestsOf(states));
        const migrations = chain.revisions.map(({ name }) => ({
          revision: name,
          recordedName: `${name}.ts`,
        }));
        const verdict = classify({ chain, snapshot, migrations, history: noHistory, foreignHistories: [] });
        expect(['fresh', 'legacy', 'partial']).toContain(verdict.state);
        expect(verdict.state === 'partial').toBe(
          verdict.differences.some(({ grade }) => grade === 'blocking'),
        );
        for (const difference of verdict.differences)
          expect(difference.path.length).toBeGreaterThanOrEqual(2);
      }),
    );
  });
});
