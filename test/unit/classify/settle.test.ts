import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexByPolicies, type SettlingEvidence, settle } from '../../../src/classify/settle.ts';
import type { ForeignHistory } from '../../../src/history/foreign-histories.ts';
import { type Decisions, NO_DECISIONS, type Policy } from '../../../src/manifest/decisions.ts';

const revisions = ['n1', 'n2', 'n3', 'n4'];

const probe = (revision: string, happened: boolean | null) => ({
  revision,
  file: `probes/${revision}.sql`,
  happened,
  problem: happened === null ? `${revision} cannot tell` : null,
});

const history = (changes: Partial<ForeignHistory>): ForeignHistory => ({
  tool: 'flyway',
  table: { schema: 'public', name: 'flyway_schema_history' },
  versions: [],
  applied: [],
  keeps: 'applied',
  problem: null,
  failed: null,
  ...changes,
});

const decide = (
  policies: Readonly<Record<string, Policy>> = {},
  mapping: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Decisions => ({
  ...NO_DECISIONS,
  policies: new Map(Object.entries(policies)),
  foreignHistories: new Map(
    Object.entries(mapping).map(([tool, versions]) => [tool, new Map(Object.entries(versions))]),
  ),
});

const settled = (candidates: readonly number[], evidence: Partial<SettlingEvidence>) =>
  settle(candidates, { revisions, probes: [], foreignHistories: [], decisions: NO_DECISIONS, ...evidence });

describe('probes', () => {
  test.each<[string, boolean | null, boolean | null, string | null, string[]]>([
    // Candidates n1, n2, n3; what the probes of n2 and n3 say; the revision, or what is left.
    ['both have happened', true, true, 'n3', []],
    ['only the first has', true, false, 'n2', []],
    ['neither has', false, false, 'n1', []],
    ['only the later has: a contradiction', false, true, null, ['n1', 'n2', 'n3']],
    ['the first has, of the other nothing is known', true, null, null, ['n2', 'n3']],
    ['the first has not, of the other nothing is known', false, null, 'n1', []],
    ['the other has, of the first nothing is known', null, true, 'n3', []],
    ['the other has not, of the first nothing is known', null, false, null, ['n1', 'n2']],
    ['nothing is known', null, null, null, ['n1', 'n2', 'n3']],
  ])('%s', (_, second, third, revision, left) => {
    const result = settled([0, 1, 2], { probes: [probe('n2', second), probe('n3', third)] });
    if (result.index === null) {
      expect(revision).toBe(null);
      expect(result.undecided).toMatchObject({ between: left, conflict: second === false && third === true });
      const silent = [second, third].filter((answer) => answer === null).length;
      expect(result.undecided.reasons).toHaveLength(silent + Number(result.undecided.conflict));
    } else {
      expect(revisions[result.index]).toBe(revision);
      expect(result.settledBy.kind).toBe('probe');
    }
  });

  test('of migrations that lie outside of the candidates say nothing', () => {
    expect(settled([0, 1], { probes: [probe('n1', false), probe('n4', true)] }).index).toBe(null);
  });

  test('that leave none of the candidates are a contradiction of the schema', () => {
    const result = settled([0, 2], { probes: [probe('n2', true), probe('n3', false)] });
    expect(result).toMatchObject({
      index: null,
      undecided: { between: ['n1', 'n3'], conflict: true, reasons: [expect.stringMatching(/leave none/)] },
    });
  });

  test('that tell the truth never exclude the revision where the database stands', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 2 }),
        fc.nat(),
        fc.array(fc.constantFrom<'asked' | 'denied' | 'none'>('asked', 'denied', 'none'), {
          minLength: 10,
          maxLength: 10,
        }),
        (some, at, asked) => {
          const names = asked.map((_, index) => `n${index}`);
          const candidates = some.sort((a, b) => a - b);
          const truth = candidates[at % candidates.length] ?? 0;
          const probes = names.flatMap((name, index) =>
            asked[index] === 'none' ? [] : [probe(name, asked[index] === 'denied' ? null : index <= truth)],
          );
          const result = settle(candidates, {
            revisions: names,
            probes,
            foreignHistories: [],
            decisions: NO_DECISIONS,
          });
          if (result.index === null) {
            expect(result.undecided.conflict).toBe(false);
            expect(result.undecided.between).toContain(names[truth]);
          } else {
            expect(result.index).toBe(truth);
          }
        },
      ),
    );
  });
});

describe('the histories of other tools', () => {
  const mapping = { flyway: { '1': 'n1', '2': 'n2', '3': 'n3' }, alembic: { ab: 'n2', cd: 'n3' } };
  const decisions = decide({}, mapping);

  test('of one that keeps all that was applied, the mapped version furthest in the chain counts', () => {
    const applied = history({ applied: ['0', '1', '2', '99'] });
    expect(settled([0, 1, 2], { decisions, foreignHistories: [applied] })).toEqual({
      index: 1,
      settledBy: {
        kind: 'foreign-history',
        tool: 'flyway',
        table: 'public.flyway_schema_history',
        version: '2',
      },
    });
  });

  test('of one that keeps only where it is, each version has to be mapped', () => {
    const at = (...applied: string[]) => history({ tool: 'alembic', keeps: 'current', applied });
    expect(settled([0, 1, 2], { decisions, foreignHistories: [at('ab')] })).toMatchObject({ index: 1 });
    expect(settled([0, 1, 2], { decisions, foreignHistories: [at('ab', 'cd')] })).toMatchObject({ index: 2 });
    expect(settled([0, 1, 2], { decisions, foreignHistories: [at('ab', 'xx')] })).toMatchObject({
      index: null,
      undecided: {
        conflict: false,
        reasons: [expect.stringMatching(/at xx, which is mapped to no revision/)],
      },
    });
  });

  test('that name a revision which the schema does not meet settle nothing, and are named', () => {
    const result = settled([0, 1], { decisions, foreignHistories: [history({ applied: ['1', '3'] })] });
    expect(result).toMatchObject({
      index: null,
      undecided: {
        conflict: true,
        reasons: [
          expect.stringMatching(/flyway in public.flyway_schema_history is at 3, which stands for n3/),
        ],
      },
    });
  });

  test('that name different revisions settle nothing', () => {
    const foreignHistories = [
      history({ applied: ['1'] }),
      history({ tool: 'alembic', keeps: 'current', applied: ['ab'] }),
    ];
    expect(settled([0, 1, 2], { decisions, foreignHistories })).toMatchObject({
      index: null,
      undecided: { conflict: true },
    });
  });

  test('with a migration that failed, without a mapping, or without a mapped version say nothing', () => {
    const failed = history({ applied: ['1'], problem: 'it does not say of 2 that it was applied.' });
    for (const foreign of [failed, history({ tool: 'rails', applied: ['1'] }), history({ applied: ['7'] })]) {
      expect(settled([0, 1, 2], { decisions, foreignHistories: [foreign] })).toMatchObject({
        index: null,
        undecided: { conflict: false },
      });
    }
  });

  test('come after probes, and must agree with them', () => {
    const foreignHistories = [history({ applied: ['2'] })];
    const before = settled([0, 1, 2], { decisions, foreignHistories, probes: [probe('n2', true)] });
    expect(before).toMatchObject({ index: 1, settledBy: { kind: 'foreign-history' } });
    const against = settled([0, 1, 2], { decisions, foreignHistories, probes: [probe('n3', true)] });
    expect(against).toMatchObject({ index: 2, settledBy: { kind: 'probe' } });
    const none = settled([0, 1, 2], { decisions, foreignHistories, probes: [probe('n2', false)] });
    expect(none).toMatchObject({ index: 0, settledBy: { kind: 'probe' } });
  });
});

describe('policies', () => {
  test.each<[Record<string, Policy>, string | null]>([
    [{ n2: 'run', n3: 'run' }, 'n1'],
    [{ n2: 'skip', n3: 'skip' }, 'n3'],
    [{ n2: 'skip', n3: 'run' }, 'n2'],
    [{ n2: 'run', n3: 'skip' }, null],
    [{ n2: 'skip' }, null],
    [{ n3: 'run' }, null],
    [{}, null],
  ])('%j come to %s', (policies, revision) => {
    const result = settled([0, 1, 2], { decisions: decide(policies) });
    if (result.index === null) {
      expect(revision).toBe(null);
      expect(Object.fromEntries(result.undecided.policies.map((one) => [one.revision, one.policy]))).toEqual(
        policies,
      );
    } else {
      expect(revisions[result.index]).toBe(revision);
      expect(result.settledBy).toMatchObject({ kind: 'policy' });
    }
  });

  test('come last, and only for what is still open', () => {
    const decisions = decide({ n2: 'skip', n3: 'skip' }, { flyway: { '1': 'n1' } });
    const foreignHistories = [history({ applied: ['1'] })];
    expect(settled([0, 1, 2], { decisions, foreignHistories })).toMatchObject({
      index: 0,
      settledBy: { kind: 'foreign-history' },
    });
    expect(
      settled([0, 1, 2], { decisions: decide({ n3: 'run' }), probes: [probe('n2', true)] }),
    ).toMatchObject({
      index: 1,
      settledBy: { kind: 'policy', policies: [{ revision: 'n3', policy: 'run' }] },
    });
  });

  test('that come to what the schema does not meet settle nothing', () => {
    expect(settled([0, 2], { decisions: decide({ n2: 'skip', n3: 'run' }) })).toMatchObject({
      index: null,
      undecided: { conflict: false, reasons: [expect.stringMatching(/n2, which the schema does not meet/)] },
    });
  });

  test('make a revision exactly where everything skipped comes before everything run', () => {
    const anyPolicy = fc.constantFrom<Policy | null>('run', 'skip', null);
    fc.assert(
      fc.property(fc.array(anyPolicy, { maxLength: 6 }), (policies) => {
        const words = policies.map((policy) => policy ?? 'open').join(' ');
        const skipped = policies.filter((policy) => policy === 'skip').length;
        expect(indexByPolicies([3, ...policies.map((_, at) => at + 4)], policies)).toBe(
          /^(skip ?)*(run ?)*$/.test(words) ? 3 + skipped : null,
        );
      }),
    );
  });
});
