/** One way in which a server may read a text. Where a setting decides, a server has several. */
export interface SqlSyntax {
  /** Characters that quote: in each, the character itself is doubled. */
  readonly quotes: string;
  /** Where a backslash takes the next character with it: in every string, or only in `E'…'`. */
  readonly backslashes: 'always' | 'after-e' | 'never';
  /** `$tag$ … $tag$` */
  readonly dollarQuotes: boolean;
  readonly nestedComments: boolean;
  /** `#` begins a comment, and `--` only before white space. */
  readonly hashComments: boolean;
}

/** What a text holds, beside white space and comments. */
export type Statement =
  | { readonly kind: 'one'; readonly sql: string; readonly firstWord: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'several' }
  /** A comment that the MySQL family carries out. */
  | { readonly kind: 'executable-comment' };

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function endOfComment(text: string, at: number, nested: boolean): number {
  let depth = 1;
  for (let index = at + 2; index < text.length; index += 1) {
    const pair = text.slice(index, index + 2);
    if (pair !== '*/' && !(nested && pair === '/*')) continue;
    depth += pair === '*/' ? -1 : 1;
    index += 1;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

function endOfQuoted(text: string, at: number, escapes: boolean): number {
  const quote = text[at];
  for (let index = at + 1; index < text.length; index += 1) {
    if (escapes && text[index] === '\\') index += 1;
    else if (text[index] === quote && text[index + 1] === quote) index += 1;
    else if (text[index] === quote) return index + 1;
  }
  return text.length;
}

function takesBackslashes(text: string, at: number, { backslashes }: SqlSyntax): boolean {
  if (text[at] === '`' || backslashes === 'never') return false;
  if (backslashes === 'always') return true;
  return text[at] === "'" && /^(?:^|[^\w$])?e$/i.test(text.slice(Math.max(0, at - 2), at));
}

/** Where what begins here ends, if it is a comment or something quoted; null where it is neither. */
export function skip(text: string, at: number, syntax: SqlSyntax): { end: number; comment: boolean } | null {
  const rest = text.slice(at, at + 80);
  if (/^--/.test(rest) && (!syntax.hashComments || /^--(\s|$)/.test(rest))) {
    return { end: endOfLine(text, at), comment: true };
  }
  if (syntax.hashComments && rest.startsWith('#')) return { end: endOfLine(text, at), comment: true };
  if (rest.startsWith('/*')) {
    return { end: endOfComment(text, at, syntax.nestedComments), comment: true };
  }
  const character = text[at] ?? '';
  if (syntax.quotes.includes(character)) {
    return { end: endOfQuoted(text, at, takesBackslashes(text, at, syntax)), comment: false };
  }
  if (character !== '$' || !syntax.dollarQuotes || /[\w$]/.test(text[at - 1] ?? '')) return null;
  const tag = /^\$(?:[^\W\d]\w*)?\$/.exec(rest)?.[0];
  if (tag === undefined) return null;
  const close = text.indexOf(tag, at + tag.length);
  return { end: close < 0 ? text.length : close + tag.length, comment: false };
}

function read(text: string, syntax: SqlSyntax): Statement {
  let first = -1;
  let end = text.length;
  let closed = false;
  for (let at = 0; at < text.length; ) {
    const skipped = skip(text, at, syntax);
    if (skipped?.comment === true && syntax.hashComments && /^\/\*(!|M!)/.test(text.slice(at, at + 4))) {
      return { kind: 'executable-comment' };
    }
    const character = text[at] ?? '';
    if (skipped?.comment !== true && !/\s/.test(character)) {
      if (character === ';') {
        if (!closed) end = at;
        closed = true;
      } else if (closed) {
        return { kind: 'several' };
      } else if (first < 0) {
        first = at;
      }
    }
    at = skipped?.end ?? at + 1;
  }
  if (first < 0 || first >= end) return { kind: 'none' };
  const sql = text.slice(first, end).trimEnd();
  return { kind: 'one', sql, firstWord: /^\w+/.exec(sql)?.[0].toLowerCase() ?? '' };
}

/**
 * The one statement in a text, without what comes before it and without its semicolon. It is one only where every reading says so: a server
 * may read a backslash in a string in two ways.
 */
export function oneStatement(text: string, syntaxes: readonly SqlSyntax[]): Statement {
  const readings = syntaxes.map((syntax) => read(text, syntax));
  return (
    readings.find(({ kind }) => kind === 'executable-comment') ??
    readings.find(({ kind }) => kind === 'several') ??
    readings[0] ?? { kind: 'none' }
  );
}
