import { type SqlSyntax, skip } from './one-statement.ts';

/**
 * A text of SQL without its comments and without what its strings say: each comment is a space, each string an empty one; quoted names stay.
 *
 * @param bodies whether what stands between dollar quotes, which are a string for the server and code for people, stays too.
 */
export function codeOnly(text: string, syntax: SqlSyntax, { bodies = false } = {}): string {
  const nameQuote = syntax.quotes.includes('`') ? '`' : '"';
  let code = '';
  for (let at = 0; at < text.length; ) {
    const found = skip(text, at, syntax);
    if (found === null) {
      code += text[at];
      at += 1;
    } else if (!found.comment && text[at] === '$' && bodies) {
      const tag = /^\$\w*\$/.exec(text.slice(at))?.[0] ?? '$$';
      // Its own strings are strings in it.
      code += ` ${codeOnly(text.slice(at + tag.length, found.end - tag.length), syntax, { bodies })} `;
      at = found.end;
    } else {
      const kept = found.comment ? ' ' : text[at] === nameQuote ? text.slice(at, found.end) : "''";
      code += kept;
      at = found.end;
    }
  }
  return code;
}
