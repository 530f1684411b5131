/** One word of SQL text as a server prints it. `text` is decoded: without quotes and escapes. */
export interface Token {
  readonly kind: 'name' | 'quoted-name' | 'string' | 'number' | 'bytes' | 'symbol' | 'end';
  readonly text: string;
  /** Where it began in the text that was read. */
  readonly at: number;
}

/**
 * The settings of a session that change how text is to be read. NO_BACKSLASH_ESCAPES is none: measured on MariaDB 10.11 and 11.8 and
 * MySQL 9.7, catalogs print strings with backslash escapes under every `sql_mode`, whichever the object was created in.
 */
export interface LexerModes {
  /** `sql_mode` contains ANSI_QUOTES: a double-quoted word is a name. */
  readonly ansiQuotes: boolean;
}

export const PLAIN_MODES: LexerModes = { ansiQuotes: false };

const SYMBOLS = ['<=>', '->>', '<<', '>>', '<=', '>=', '<>', '!=', ':=', '->', '||', '&&'];
const WORD = /[\p{L}\p{N}_$]/u;
const NUMBER = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/i;
/** Introducers that name the character set which everything here is written in anyway; any other one changes the value's meaning. */
const UNICODE_INTRODUCERS = new Set(['_utf8mb4', '_utf8mb3', '_utf8']);

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
  // LIKE's own escapes stay two characters (MySQL 8.0 manual, 11.1.1 String Literals, table 11.1).
  '%': '\\%',
  _: '\\_',
};

/** The value of what follows a backslash in a string. */
function unescaped(character: string): string {
  return ESCAPES[character] ?? character;
}

/**
 * Reads the quoted word that starts at `start`, with doubled quotes and (in strings) backslash escapes decoded.
 *
 * @returns the value and the index after the closing quote, or null when it is never closed.
 */
export function readQuoted(
  text: string,
  start: number,
  backslashes: boolean,
): { readonly value: string; readonly end: number } | null {
  const quote = text[start];
  let value = '';
  let from = start + 1;
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (character === '\\' && backslashes) {
      value += text.slice(from, index) + unescaped(text[index + 1] ?? '');
      index++;
      from = index + 1;
    } else if (character === quote) {
      value += text.slice(from, index);
      if (text[index + 1] !== quote) return { value, end: index + 1 };
      value += quote;
      index++;
      from = index + 1;
    }
  }
  return null;
}

/** Even hexadecimal digits in lower case, from hexadecimal or binary ones. */
function bytesText(prefix: string, digits: string): string | null {
  if (prefix === 'b') return /^[01]*$/.test(digits) ? `b'${digits.replace(/^0+(?=.)/, '')}'` : null;
  if (!/^[0-9a-f]*$/i.test(digits)) return null;
  return `x'${(digits.length % 2 === 0 ? digits : `0${digits}`).toLowerCase()}'`;
}

/**
 * Splits SQL text into tokens, or gives null when some of it is not understood (an unclosed quote, a stray character).
 *
 * Character set introducers of Unicode are dropped (`_utf8mb4'a'` is `'a'`); hexadecimal and bit literals have one spelling.
 */
export function tokenize(text: string, modes: LexerModes): readonly Token[] | null {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const at = index;
    const character = text.charAt(index);
    if (/\s/.test(character)) {
      index++;
      continue;
    }
    if (character === '`' || (character === '"' && modes.ansiQuotes)) {
      const word = readQuoted(text, index, false);
      if (!word) return null;
      tokens.push({ kind: 'quoted-name', text: word.value, at });
      index = word.end;
      continue;
    }
    if (character === "'" || character === '"') {
      const word = readQuoted(text, index, true);
      if (!word) return null;
      tokens.push({ kind: 'string', text: word.value, at });
      index = word.end;
      continue;
    }
    const prefixed = /^(?:([xXbB])'([^']*)'|0([xb])([0-9a-fA-F]+)(?![\w$]))/.exec(
      text.slice(index, index + 4096),
    );
    if (prefixed) {
      const bytes = bytesText(
        (prefixed[1] ?? prefixed[3] ?? '').toLowerCase(),
        prefixed[2] ?? prefixed[4] ?? '',
      );
      if (bytes === null) return null;
      tokens.push({ kind: 'bytes', text: bytes, at });
      index += prefixed[0].length;
      continue;
    }
    // The slice bounds the work per token; no number a server prints is longer.
    const number = /[\d.]/.test(character) ? NUMBER.exec(text.slice(index, index + 400)) : null;
    if (number && !(character === '.' && tokens.at(-1)?.kind.endsWith('name'))) {
      tokens.push({ kind: 'number', text: number[0].toLowerCase(), at });
      index += number[0].length;
      continue;
    }
    if (WORD.test(character)) {
      while (index < text.length && WORD.test(text.charAt(index))) index++;
      const word = text.slice(at, index);
      if (UNICODE_INTRODUCERS.has(word.toLowerCase()) && /^\s*'/.test(text.slice(index, index + 8))) continue;
      tokens.push({ kind: 'name', text: word, at });
      continue;
    }
    const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, index)) ?? character;
    if (symbol.length === 1 && !'+-*/%^|&~!<>=(),.'.includes(symbol)) return null;
    tokens.push({ kind: 'symbol', text: symbol, at });
    index += symbol.length;
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}
