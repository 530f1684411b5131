import { describe, expect, test } from 'vitest';
import { renderSql } from '../../../src/cli/render/sql.ts';
import { createStyle } from '../../../src/cli/render/style.ts';
import { renderTable } from '../../../src/cli/render/table.ts';
import {
  count,
  joinParts,
  shorten,
  someOf,
  textWidth,
  visible,
  visibleLines,
  wrapWords,
} from '../../../src/cli/render/text.ts';
import { shellWord } from '../../../src/util/shell-word.ts';

describe('visible', () => {
  test.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[2Jgone', '\\x1b[2Jgone'],
    ['\u0000\u007f\u009b', '\\x00\\x7f\\x9b'],
    ['user\u202etxt.exe', 'user\\u202etxt.exe'],
    ['zero\u200bwidth\u2028line', 'zero\\u200bwidth\\u2028line'],
    ['half a pair \ud83d', 'half a pair \\ud83d'],
    ['Größe タマ 🐈‍⬛ C:\\n', 'Größe タマ 🐈‍⬛ C:\\n'],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('keeps the lines of a text that may have several', () => {
    expect(visibleLines('a\r\n\tb\u001b\rc')).toEqual(['a', '  b\\x1b', 'c']);
  });
});

describe('textWidth', () => {
  test.each([
    ['', 0],
    ['cats', 4],
    ['Größe', 5],
    ['e\u0301', 1],
    ['タマ', 4],
    ['고양이', 6],
    ['ｶﾅ', 2],
    ['ＡＢ', 4],
    ['🐈‍⬛', 2],
    ['🇯🇵', 2],
    ['❤️', 2],
    ['✓ → …', 5],
  ])('%j', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

test('shorten cuts at the width, never inside of a character', () => {
  expect(shorten('cats', 4)).toBe('cats');
  expect(shorten('felines', 4)).toBe('fel…');
  expect(shorten('タマタマ', 4)).toBe('タ…');
});

test('wrapWords breaks between words, and leaves a word that is too wide', () => {
  expect(wrapWords('to be or not to be', 6)).toEqual(['to be', 'or not', 'to be']);
  expect(wrapWords('a unbelievable b', 6)).toEqual(['a', 'unbelievable', 'b']);
  expect(wrapWords('', 6)).toEqual(['']);
});

test('counting and listing', () => {
  expect([count(0, 'index', 'indexes'), count(1, 'row'), count(2, 'row')]).toEqual([
    '0 indexes',
    '1 row',
    '2 rows',
  ]);
  expect([someOf(['a', 'b'], 2), someOf(['a', 'b', 'c', 'd'], 2)]).toEqual(['a, b', 'a, b and 2 more']);
});

test('a word for the shell is one word there, and runs nothing', () => {
  expect(shellWord('public.cats.columns.age')).toBe('public.cats.columns.age');
  expect(shellWord('it\'s $(rm) "x"')).toBe("'it'\\''s $(rm) \"x\"'");
  expect(shellWord('')).toBe("''");
  // What cannot be shown is escaped by the shell's own rules, so that it can be copied.
  expect(shellWord("it's\n\u202e\\")).toBe("$'it\\'s\\012\\342\\200\\256\\\\'");
});

test('parts are parted by an empty line, and empty ones are left out', () => {
  expect(joinParts([['a', 'b  '], [], ['c']])).toBe('a\nb\n\nc\n');
  expect(joinParts([])).toBe('');
});

describe('renderTable', () => {
  test('aligns by what a terminal shows, and ends no line with spaces', () => {
    const rows = [
      { cells: ['タマ', '5', 'x'] },
      { cells: ['Zażółć', '1200', ''] },
      { cells: ['e\u0301', '', ''], below: ['as it is'] },
    ];
    expect(renderTable(rows, { right: [1] })).toEqual([
      '  タマ       5  x',
      '  Zażółć  1200',
      '  e\u0301',
      'as it is',
    ]);
  });

  test('an empty column takes no room', () => {
    expect(renderTable([{ cells: ['a', '', 'b'] }, { cells: ['c', '', 'd'] }], { indent: 0 })).toEqual([
      'a  b',
      'c  d',
    ]);
    expect(renderTable([])).toEqual([]);
  });

  test('a last cell that is too wide goes on below itself', () => {
    const words = Array.from({ length: 30 }, () => 'word').join(' ');
    expect(renderTable([{ cells: ['name', words] }])).toEqual([
      `  name  ${Array.from({ length: 18 }, () => 'word').join(' ')}`,
      `        ${Array.from({ length: 12 }, () => 'word').join(' ')}`,
    ]);
  });

  test('decoration does not count', () => {
    const { good, name } = createStyle(true);
    const rows = [
      { cells: [{ text: 'ok', paint: good }, 'x'] },
      { cells: [{ text: 'longer', paint: name }, 'y'] },
    ];
    expect(renderTable(rows)).toEqual(['  \u001b[32mok\u001b[39m      x', '  \u001b[36mlonger\u001b[39m  y']);
  });
});

describe('createStyle', () => {
  test('without colours leaves everything as it is', () => {
    const { bold, dim, good, warn, bad, name } = createStyle(false);
    expect([bold, dim, good, warn, bad, name].map((paint) => paint('x')).join('')).toBe('xxxxxx');
  });

  test('with colours uses them whatever this process writes to, and not for nothing', () => {
    expect(createStyle(true).bad('x')).toBe('\u001b[31mx\u001b[39m');
    expect(createStyle(true).bad('')).toBe('');
  });
});

describe('renderSql', () => {
  const columns = Array.from({ length: 8 }, (_, index) => `"column_${index}" integer`).join(', ');

  test('breaks a long statement between words and indents what follows', () => {
    expect(renderSql(`create table "a b" (${columns});\nselect 1;`, 2)).toEqual([
      '  create table "a b" ("column_0" integer, "column_1" integer, "column_2" integer,',
      '    "column_3" integer, "column_4" integer, "column_5" integer, "column_6" integer,',
      '    "column_7" integer);',
      '  select 1;',
    ]);
  });

  test('never breaks inside of quotes, nor where it cannot tell', () => {
    const long = 'x '.repeat(60);
    expect(renderSql(`insert into t values ('${long}');`, 0)).toEqual([
      'insert into t values',
      `  ('${long}');`,
    ]);
    expect(renderSql(`insert into t values ('\\' ${long}');`, 0)).toHaveLength(1);
    expect(renderSql(`insert into t values ('one\n${long}\ntwo');`, 0)).toHaveLength(3);
    expect(renderSql(`select 1; -- ${long}`, 0)).toHaveLength(1);
    expect(renderSql(`select $$ ${long} $$;`, 0)).toHaveLength(1);
  });

  test('shows control characters', () => {
    expect(renderSql('select "\u001b[2J";', 0)).toEqual(['select "\\x1b[2J";']);
  });
});
