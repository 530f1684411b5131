import { type SqlSyntax, skip } from './one-statement.ts';

/**
 * A statement with its values written where it marks them; what is quoted or a comment is left as it is.
 *
 * @param values as literals, in order.
 * @param placeholders `numbered`: `$1` for the first; `question-marks`: each `?` takes the next.
 */
export function inlineValues(
  sql: string,
  values: readonly string[],
  placeholders: 'numbered' | 'question-marks',
  syntax: SqlSyntax,
): string {
  if (values.length === 0) return sql;
  const mark = placeholders === 'numbered' ? /\$(\d+)/y : /\?/y;
  let text = '';
  let used = 0;
  for (let at = 0; at < sql.length; ) {
    const skipped = skip(sql, at, syntax);
    mark.lastIndex = at;
    const found = skipped === null ? mark.exec(sql) : null;
    if (found === null) {
      const end = skipped?.end ?? at + 1;
      text += sql.slice(at, end);
      at = end;
    } else {
      const index = found[1] === undefined ? used : Number(found[1]) - 1;
      used += 1;
      text += values[index] ?? found[0];
      at += found[0].length;
    }
  }
  return text;
}
