import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../../src/errors.ts';

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

const provoked = ['test/integration/', 'test/cli/', 'test/chaos/', 'fixtures/']
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|json)$/.test(file))
      .map((file) => readFileSync(new URL(`${folder}${file}`, root), 'utf8')),
  )
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

const REFUSALS = Object.keys(ERROR_EXIT_CODES).filter((code) =>
  /^(?:REFUSED|HISTORY|PLAN|LOCK)\./.test(code),
);

test.each(REFUSALS)('%s is provoked on a real server', (code) => {
  expect(provoked).toContain(code);
});

test('nothing is documented that does not exist', () => {
  expect([...documented.keys()].filter((code) => !(code in ERROR_EXIT_CODES))).toEqual([]);
});
