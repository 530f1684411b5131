import { expect, test } from 'vitest';
import type { Alteration } from '../../../accuracy/damage/alteration.ts';
import { faultIn } from '../../../accuracy/damage/judge-damage.ts';
import type { PrintedDifference } from '../../../accuracy/measure.ts';

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
