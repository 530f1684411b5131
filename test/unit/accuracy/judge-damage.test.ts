import { expect, test } from 'vitest';
import type { Alteration } from '../../../accuracy/damage/alteration.ts';
import { faultIn, withoutRepeats } from '../../../accuracy/damage/judge-damage.ts';
import type { PrintedDifference } from '../../../accuracy/measure.ts';
import { table } from '../../support/builders.ts';

const path = 'tables.cats.columns.name';
const dropped: Alteration = {
  sql: '',
  expects: [{ path, outcome: 'missing', grade: 'blocking' }],
  alone: true,
};
const reordered: Alteration = { sql: '', expects: [], alone: true };
const said = (changes: Partial<PrintedDifference> = {}): PrintedDifference => ({
  path,
  outcome: 'missing',
  grade: 'blocking',
  expected: null,
  actual: null,
  ...changes,
});

test('an answer is right with the path, the grade and the candidates that it must have', () => {
  expect(faultIn(dropped, ['n2'], { candidates: [], differences: [said()] })).toBeNull();
  expect(faultIn(dropped, ['n2'], { candidates: ['n1'], differences: [said()] })).toBeNull();
  expect(faultIn(reordered, ['n2'], { candidates: ['n2'], differences: [] })).toBeNull();
});

test('an answer is wrong without the path, with another grade, and with the wrong candidates', () => {
  const fault = (alteration: Alteration, candidates: string[], ...differences: PrintedDifference[]) =>
    faultIn(alteration, ['n2'], { candidates, differences });
  expect(fault(dropped, [])).toContain('not said');
  expect(fault(dropped, [], said({ grade: 'risky' }))).toContain('not said');
  expect(fault(dropped, [], said({ outcome: 'different' }))).toContain('not said');
  expect(fault(dropped, ['n2'], said())).toContain('still a candidate');
  expect(fault(dropped, [], said(), said({ path: 'tables.dogs' }))).toContain('said besides');
  expect(fault(reordered, [])).toContain('no longer a candidate');
  expect(fault(reordered, ['n2'], said({ grade: 'risky' }))).toContain('said besides');
});

test('what a partition or an heir shares with its parent is said once', () => {
  const tables = [
    table('visits', []),
    table('visits_old', [], { unmodelled: ['partition of visits FOR VALUES FROM (1) TO (2)'] }),
    table('cats', [], { unmodelled: ['inherits "odd one"."p.ets"'] }),
  ];
  const of = (suffix: string, grade: PrintedDifference['grade'] = 'blocking') =>
    said({ path: `tables.${suffix}`, grade });
  const own = [of('visits.columns.a'), of('odd one."p.ets".columns.a')];
  const repeats = [of('visits_old.columns.a'), of('cats.columns.a')];
  const others = [of('visits_old.columns.b'), of('visits_old.columns.a', 'risky')];
  expect(withoutRepeats([...own, ...repeats, ...others], tables)).toEqual([...own, ...others]);
});
