import { describe, expect, test } from 'vitest';
import { describeProblems, findRenamed } from '../../../src/classify/history-problem.ts';
import { historyProblems, judgeHistory } from '../../../src/classify/standing.ts';
import type { TableContents } from '../../../src/database/tracker.ts';
import type { History } from '../../../src/history/history.ts';
import type { MendingSql } from '../../../src/history/mend-history.ts';
import type { RepairChoices, RepairFacts } from '../../../src/plan/repair.ts';
import { planRepair } from '../../../src/plan/repair-plan.ts';
import { column, snapshot, table } from '../../support/builders.ts';
import { chainOf, migrationsOf, verdictOn } from '../../support/chains.ts';
import { historyOf } from '../../support/histories.ts';

const id = column('id', { nullable: false });
const [cats, dogs, birds, fish] = ['cats', 'dogs', 'birds', 'fish'].map((name) => table(name, [id]));
if (!cats || !dogs || !birds || !fish) throw new Error('There are four tables.');
/** n1 cats, n2 dogs, n3 nothing, n4 drops dogs, n5 birds. */
const chain = chainOf(
  snapshot([cats]),
  snapshot([cats, dogs]),
  snapshot([cats, dogs]),
  snapshot([cats]),
  snapshot([cats, birds]),
);
const migrations = migrationsOf(chain);
const HEAD = ['n1.ts', 'n2.ts', 'n3.ts', 'n4.ts', 'n5.ts'] as const;

const sql: MendingSql = {
  rename: (row, from, to) => `rename ${row} ${from} ${to}`,
  deleteRow: (row, name) => `delete ${row} ${name}`,
  insertRows: (_contents, rows, where) => rows.map((row) => `insert ${where} ${row.join(' ')}`),
  record: (names) => `record ${names.join(' ')}`,
  unrecord: (name) => `unrecord ${name}`,
  setLock: (value) => `lock ${value}`,
  clearLock: () => 'clear lock',
  insertLock: () => 'insert lock',
};

function factsOf(history: History, tables = [cats, birds], changes: Partial<RepairFacts> = {}): RepairFacts {
  const contents: TableContents = {
    columns: ['id', 'name'],
    rows: history.rows.map(({ name }, place) => [String(place + 1), name]),
    settings: [],
  };
  return {
    verdict: verdictOn(chain, snapshot(tables as never), history),
    history,
    contents: {
      history: contents,
      lock: { columns: ['is_locked'], rows: history.lockRows.map((value) => [value]), settings: [] },
    },
    idTrouble: null,
    knownToHaveRun: new Map(),
    readOnlyReason: null,
    sql,
    ...changes,
  };
}

function plan(facts: RepairFacts, choices: Partial<RepairChoices> = {}) {
  const { steps, refused, ...rest } = planRepair(facts, { only: [], forceUnlock: false, ...choices });
  return {
    ...rest,
    steps: steps.map(({ name, statements }) => [name, ...statements]),
    undo: steps.map(({ undo }) => undo),
    refused: refused.map(({ code }) => code),
  };
}

describe('planRepair', () => {
  test('a history in order needs nothing', () => {
    expect(plan(factsOf(historyOf(...HEAD)))).toMatchObject({
      steps: [],
      refused: [],
      available: [],
      notices: [],
    });
  });

  test('several troubles at once are each mended, on the rows as they will be by then', () => {
    const history = {
      ...historyOf('n1.js', 'n1.js', 'n2.js', 'n3.ts', 'n4.ts', 'm5.ts'),
      lock: 'stale',
      lockRows: ['1'],
    } as const;
    const made = plan(factsOf(history));
    expect(made.refused).toEqual([]);
    expect(made.steps).toEqual([
      ['duplicates', 'delete 2 n1.js'],
      ['extensions', 'rename 1 n1.js n1.ts', 'rename 3 n2.js n2.ts'],
      ['renamed:n5', 'rename 6 m5.ts n5.ts'],
      ['lock', 'lock 0'],
    ]);
    expect(made.undo).toEqual([
      ['insert history 2 n1.js'],
      ['rename 1 n1.ts n1.js', 'rename 3 n2.ts n2.js'],
      ['rename 6 n5.ts m5.ts'],
      ['lock 1'],
    ]);
  });

  test('a gap is filled by what proves it: the schema, a later revision, or what people said', () => {
    // n2 made dogs, which n4 took away; n3 makes nothing; n1 is there.
    const gaps = factsOf(historyOf('n5.ts'));
    expect(plan(gaps)).toMatchObject({
      steps: [],
      refused: ['HISTORY.GAP'],
      available: ['gap:n1', 'gap:n2', 'gap:n4'],
    });
    const known = plan({ ...gaps, knownToHaveRun: new Map([['n3', 'The probe says so.']]) });
    expect(known.steps).toEqual([1, 2, 3, 4].map((n) => [`gap:n${n}`, `record n${n}.ts`]));
    expect(known.undo[0]).toEqual(['unrecord n1.ts']);
  });

  test('what later migrations changed again proves a gap only where a later revision is met', () => {
    const history = historyOf('n1.ts', 'n3.ts', 'n4.ts', 'n5.ts');
    for (const [tables, available] of [
      [[cats, birds], ['gap:n2']],
      [[birds], []],
    ] as const) {
      const facts = factsOf(history, [...tables]);
      expect(facts.verdict.migrations[1]?.evidence).toBe('superseded');
      expect(plan(facts)).toMatchObject({
        available,
        refused: available.length === 0 ? ['HISTORY.GAP'] : [],
      });
    }
  });

  test('a migration that ran and is not recorded is offered, and never planned unasked', () => {
    const facts = factsOf(historyOf('n1.ts', 'n2.ts', 'n3.ts', 'n4.ts'));
    expect(plan(facts)).toMatchObject({
      steps: [],
      refused: ['REFUSED.INTERRUPTED'],
      available: ['unrecorded:n5'],
    });
    expect(plan(facts, { only: ['unrecorded:n5'] }).steps).toEqual([['unrecorded:n5', 'record n5.ts']]);
    // Where nothing of the next one is there, there is nothing to say.
    expect(plan(factsOf(historyOf('n1.ts', 'n2.ts', 'n3.ts', 'n4.ts'), [cats]))).toMatchObject({
      steps: [],
      refused: [],
    });
    // Nor where the recorded revision is met as well.
    expect(plan(factsOf(historyOf('n1.ts', 'n2.ts'), [cats, dogs]))).toMatchObject({
      steps: [],
      refused: [],
    });
  });

  test('what is chosen by name is done beside what is refused, but for a lock that somebody may hold', () => {
    const history = historyOf('n1.ts', 'n1.ts', 'm2.ts', 'm3.ts');
    const chosen = plan(factsOf(history), { only: ['duplicates'] });
    expect(chosen.steps).toEqual([['duplicates', 'delete 2 n1.ts']]);
    expect(chosen.notices).toEqual([expect.stringContaining('"m2.ts", "m3.ts"')]);
    const held = { ...history, lock: 'held', lockRows: ['1'], lockDoubts: ['backend 7'] } as const;
    expect(plan(factsOf(held), { only: ['duplicates'] })).toMatchObject({
      steps: [],
      refused: ['LOCK.KNEX_HELD'],
    });
    expect(plan(factsOf(held), { only: ['lock'], forceUnlock: true }).steps).toEqual([['lock', 'lock 0']]);
  });

  test('where nothing can be written nothing is planned, chosen or not', () => {
    const facts = factsOf(historyOf('n1.ts', 'n1.ts'), [cats], { readOnlyReason: 'It is a standby.' });
    expect(plan(facts)).toMatchObject({ steps: [], refused: ['PLAN.READ_ONLY'] });
    expect(plan(facts, { only: ['duplicates'] })).toMatchObject({ steps: [], refused: ['PLAN.READ_ONLY'] });
  });

  test('a lock table that nobody could use is made anew, and put back whole by its undo', () => {
    const history = { ...historyOf(...HEAD), lock: 'broken', lockRows: ['0', '0'] } as const;
    const made = plan(factsOf(history));
    expect(made.steps).toEqual([['lock', 'clear lock', 'insert lock']]);
    expect(made.undo).toEqual([['clear lock', 'insert lock 0', 'insert lock 0']]);
  });

  test('ids are mended where a statement does it, and refused where the column has to be changed', () => {
    const mend = { sql: 'set 5', undo: 'set 1' };
    const at = (one: typeof mend | null) =>
      plan(factsOf(historyOf(...HEAD), undefined, { idTrouble: { problem: 'Ids are taken.', mend: one } }));
    expect(at(mend)).toMatchObject({ steps: [['ids', 'set 5']], undo: [['set 1']] });
    expect(at(null)).toMatchObject({ steps: [], refused: ['HISTORY.SEQUENCE'] });
  });

  test('survives JSON', () => {
    const made = planRepair(factsOf(historyOf('n1.js', 'n1.js')), { only: [], forceUnlock: false });
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });
});

describe('findRenamed', () => {
  const evidence = (...kinds: readonly string[]) => kinds.map((kind) => ({ evidence: kind as never }));
  const APPLIED = evidence('applied', 'applied', 'applied', 'applied', 'applied');

  test.each([
    ['in the middle', ['n1.ts', 'old.ts', 'n3.ts'], APPLIED, 'n2'],
    ['at the end, with more pending', ['n1.ts', 'old.ts'], APPLIED, 'n2'],
    ['beside rows with another extension', ['n1.js', 'old.js', 'n3.js'], APPLIED, 'n2'],
    ['not where the schema does not show it', ['n1.ts', 'old.ts'], evidence('applied', 'partly'), null],
    ['not where it leaves no trace', ['n1.ts', 'old.ts'], evidence('applied', 'traceless'), null],
    ['not where another row is out of place', ['n2.ts', 'old.ts', 'n3.ts'], APPLIED, null],
    ['not where a gap comes before it', ['n2.ts', 'old.ts'], APPLIED, null],
    ['not where it is recorded as well', ['n1.ts', 'n2.ts', 'old.ts', 'n3.ts'], APPLIED, null],
    ['not where two are unknown', ['old.ts', 'older.ts', 'n3.ts'], APPLIED, null],
    ['not where the chain has no such place', [...HEAD, 'old.ts'], APPLIED, null],
  ])('%s', (_what, names, kinds, revision) => {
    expect(findRenamed(names, migrations, kinds)?.migration.revision ?? null).toBe(revision);
  });
});

describe('historyProblems', () => {
  const codes = (...names: string[]) =>
    historyProblems(historyOf(...names), migrations).map(({ code }) => code);

  test('names every trouble there is, the one that decides first', () => {
    expect(codes(...HEAD)).toEqual([]);
    expect(codes('n1.js', 'n2.ts', 'n2.ts', 'n4.ts', 'm.ts')).toEqual([
      'HISTORY.EXTENSION',
      'HISTORY.UNKNOWN_NAMES',
      'HISTORY.DUPLICATES',
      'HISTORY.GAP',
    ]);
    expect(judgeHistory(historyOf('n1.js', 'm.ts'), migrations).kind).toBe('inconsistent');
    expect(judgeHistory(historyOf('n1.ts', 'm.ts'), migrations).kind).toBe('ahead');
  });

  test('a name with another extension leaves no gap', () => {
    expect(codes('n1.js', 'n2.ts')).toEqual(['HISTORY.EXTENSION']);
  });

  test('in words: all of them, with lock and ids', () => {
    const history = { ...historyOf('n1.ts', 'n1.ts'), lock: 'broken', lockRows: [null] } as const;
    const words = describeProblems(history, migrations, [], { problem: 'Ids are taken.', mend: null });
    expect(words).toMatch(/"n1\.ts" more than once\. The lock table .* holds NULL .* Ids are taken\.$/);
  });
});
