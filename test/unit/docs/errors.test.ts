import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../../src/errors.ts';
import { REFUSALS } from '../../integration/refusals/all.ts';
import type { Situation } from '../../support/refusals.ts';

const root = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/errors.md', root), 'utf8');
const documented = new Map(
  [...text.matchAll(/^\| `([A-Z]+\.[A-Z_]+)` +\| (\d+) /gm)].map(([, code = '', status]) => [
    code,
    Number(status),
  ]),
);
const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== 'errors.ts')
  .map((file) => readFileSync(new URL(`src/${file}`, root), 'utf8'))
  .join('\n');

test('the documentation lists codes', () => {
  expect(documented.size).toBeGreaterThan(40);
});

describe.each(Object.entries(ERROR_EXIT_CODES))('%s', (code, status) => {
  test('is documented with its exit status', () => {
    expect(documented.get(code)).toBe(status);
  });

  test('is used', () => {
    expect(sources).toContain(`'${code}'`);
  });
});

/**
 * Codes that the other family does not know; and the one that it knows of whole servers only, for which `hazards-mysql.test.ts` has a server of
 * its own.
 */
const ON_ONE_FAMILY: Readonly<Record<string, readonly string[]>> = {
  'HISTORY.SEVERAL': ['postgres'],
  'LOCK.POOLED': ['postgres'],
  'PLAN.READ_ONLY': ['postgres'],
  'REFUSED.NOT_TRANSACTIONAL': ['postgres'],
  'REFUSED.UNFINISHED': ['mysql'],
  'REFUSED.UNMOVABLE': ['mysql'],
};
const FAMILIES = ['postgres', 'mysql'] as const;

describe('what may not be done to a database', () => {
  const codes = Object.keys(ERROR_EXIT_CODES).filter((code) =>
    /^(?:REFUSED|HISTORY|PLAN|LOCK|REHEARSAL)\./.test(code),
  );
  const situations = new Map<string, readonly Situation[]>(Object.entries(REFUSALS));

  test.each(codes)('%s has a situation that gets it on every family that can', (code) => {
    const families = FAMILIES.filter((family) =>
      situations.get(code)?.some(({ only = family }) => only === family),
    );
    expect(families).toEqual(ON_ONE_FAMILY[code] ?? FAMILIES);
  });

  test.each(FAMILIES)('the situations are gone through on %s', (family) => {
    const file = readFileSync(new URL(`test/integration/refusals-${family}.test.ts`, root), 'utf8');
    expect(file).toMatch(new RegExp(`^describeRefusals\\('${family}', REFUSALS\\);$`, 'm'));
  });
});

test('nothing is documented that does not exist', () => {
  expect([...documented.keys()].filter((code) => !(code in ERROR_EXIT_CODES))).toEqual([]);
});
