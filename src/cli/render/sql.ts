import { PAGE_WIDTH, textWidth, visibleLines } from './text.ts';

/** The words of a line of SQL: split at spaces that are not inside of quotes. */
function sqlWords(line: string): string[] {
  return line.match(/(?:'[^']*'|"[^"]*"|`[^`]*`|[^\s'"`])+/g) ?? [];
}

/** What makes it unsafe to break a line: no telling where a quoted text or a comment ends without knowing the server. */
const UNCLEAR = /\\|--|#|\$|\/\*/;

/** Whether lines may be broken without changing what the statements say: every quoted text ends on the line where it begins. */
function isBreakable(lines: readonly string[]): boolean {
  const closed = (line: string) => ["'", '"', '`'].every((quote) => line.split(quote).length % 2 === 1);
  return lines.every((line) => closed(line) && !UNCLEAR.test(line));
}

/** Words put together up to each comma, so that what belongs together stays on a line; a phrase wider than a line stays in words. */
function sqlPhrases(line: string, width: number): string[] {
  const phrases: string[][] = [[]];
  for (const word of sqlWords(line)) {
    phrases.at(-1)?.push(word);
    if (word.endsWith(',')) phrases.push([]);
  }
  return phrases.flatMap((phrase) => {
    const whole = phrase.join(' ');
    return textWidth(whole) > width ? phrase : whole === '' ? [] : [whole];
  });
}

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...rest] = sqlPhrases(line, width - indent.length - 2);
  const lines: string[] = [];
  let current = indent + first;
  for (const phrase of rest) {
    const longer = `${current} ${phrase}`;
    if (textWidth(longer) > width) {
      lines.push(current);
      current = `${indent}  ${phrase}`;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

/**
 * SQL for reading, at an indentation: the same statements, with long lines broken at spaces outside of quotes, after commas where that
 * is possible. Control characters are shown
 * as escapes.
 */
export function renderSql(sql: string, indent: number): string[] {
  const margin = ' '.repeat(indent);
  const lines = visibleLines(sql);
  const broken = isBreakable(lines) ? lines.flatMap((line) => wrapLine(line, PAGE_WIDTH - indent)) : lines;
  return broken.map((line) => margin + line);
}
