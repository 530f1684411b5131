import { PAGE_WIDTH, textWidth, visibleLines } from './text.ts';

/** The words of a line of SQL: split at spaces that are not inside of quotes. */
function sqlWords(line: string): string[] {
  return line.match(/(?:'[^']*'|"[^"]*"|`[^`]*`|[^\s'"`])+/g) ?? [];
}

function wrapLine(line: string, width: number): string[] {
  // With a backslash nobody can say where a quoted text ends without knowing the server; breaking inside of one would change it.
  const quotesClosed = ["'", '"', '`'].every((quote) => line.split(quote).length % 2 === 1);
  if (textWidth(line) <= width || line.includes('\\') || !quotesClosed) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of sqlWords(line)) {
    const longer = current.trim() === '' ? current + word : `${current} ${word}`;
    if (current.trim() !== '' && textWidth(longer) > width) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

/**
 * SQL for reading, at an indentation: the same statements, with long lines broken at spaces outside of quotes. Control characters are shown
 * as escapes.
 */
export function renderSql(sql: string, indent: number): string[] {
  const margin = ' '.repeat(indent);
  return visibleLines(sql).flatMap((line) =>
    wrapLine(line, PAGE_WIDTH - indent).map((part) => margin + part),
  );
}
