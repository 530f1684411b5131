import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/testing.md', root), 'utf8');
const [lists = '', others = ''] = text.split('## Not about detection');

/** The rows of tables, by their mark: what stands in the second column. */
function rowsOf(part: string): ReadonlyMap<string, string> {
  return new Map(
    [...part.matchAll(/^\| ((?:hazard [a-z]|pain \d+)) +\| (.*?) *\|$/gm)].map(
      ([, mark = '', words = '']) => [mark, words],
    ),
  );
}

const listed = rowsOf(lists);
const without = rowsOf(others);

/** Marks in the names of tests, by the file that has them. */
const marked = new Map<string, string[]>();
const files = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' });
for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
  const source = readFileSync(new URL(`test/${file}`, root), 'utf8').replace(/^ *(?:\/\/|\/?\*).*$/gm, '');
  for (const [, mark = ''] of source.matchAll(/\((hazard [a-z]|pain \d+)\)(?=[^\n]*['"`])/g)) {
    marked.set(mark, [...(marked.get(mark) ?? []), file]);
  }
}

test('the lists are whole: twelve hazards, thirty-one pains, each in words', () => {
  const hazards = [...'abcdefghijkl'].map((letter) => `hazard ${letter}`);
  const pains = Array.from({ length: 31 }, (_, index) => `pain ${index + 1}`);
  expect([...listed.keys()]).toEqual([...hazards, ...pains]);
  for (const words of listed.values()) expect(words).toMatch(/\w+ \w+/);
});

test.each([...listed.keys()])('%s has a test, or a reason why there is none', (mark) => {
  const reason = without.get(mark);
  expect([mark, marked.has(mark) || reason !== undefined]).toEqual([mark, true]);
  if (reason !== undefined) {
    expect(reason).toMatch(/\w+ \w+/);
    expect([mark, marked.get(mark)]).toEqual([mark, undefined]);
  }
});

test('no test has a mark that is not listed, and no reason is given for what is not', () => {
  expect([...marked.keys(), ...without.keys()].filter((mark) => !listed.has(mark))).toEqual([]);
});
