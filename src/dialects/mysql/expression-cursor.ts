import type { Token } from './expression-lexer.ts';
import type { Expression } from './expression-tree.ts';

/** A place in a text that is being parsed. */
export interface Cursor {
  readonly tokens: readonly Token[];
  /** The database whose name is dropped from names that carry one. */
  readonly schema: string;
  index: number;
}

/** The expression grammar, handed to the parts of it that live in files of their own. */
export interface Grammar {
  /** One expression whose operators bind tighter than `above`. */
  expression(cursor: Cursor, above: number): Expression;
  /** Expressions up to and with the closing parenthesis. */
  list(cursor: Cursor): Expression[];
}

/** Thrown, and caught in {@link understood}, where the text is not of the grammar known here. It is not an error of the run. */
const NOT_UNDERSTOOD: unique symbol = Symbol('not understood');

/** Leaves the text as not understood. */
export function fail(): never {
  throw NOT_UNDERSTOOD;
}

/** What `parse` gives, or null where it does not understand the text; the cursor is then where it was. */
export function understood<T>(cursor: Cursor, parse: (cursor: Cursor) => T): T | null {
  const { index } = cursor;
  try {
    return parse(cursor);
  } catch (error) {
    if (error !== NOT_UNDERSTOOD) throw error;
    cursor.index = index;
    return null;
  }
}

export function peek(cursor: Cursor, ahead = 0): Token {
  return cursor.tokens[cursor.index + ahead] ?? fail();
}

export function next(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.index++;
  return token;
}

export function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

/** The word in lower case where the token is an unquoted one; otherwise the empty text. */
export function wordOf(token: Token): string {
  return token.kind === 'name' ? token.text.toLowerCase() : '';
}

export function takeSymbol(cursor: Cursor, text: string): boolean {
  if (!isSymbol(peek(cursor), text)) return false;
  cursor.index++;
  return true;
}

export function takeWord(cursor: Cursor, text: string): boolean {
  if (wordOf(peek(cursor)) !== text) return false;
  cursor.index++;
  return true;
}

/** Takes the words when all of them come next, in this order. */
export function takeWords(cursor: Cursor, ...words: readonly string[]): boolean {
  if (!words.every((word, ahead) => wordOf(cursor.tokens[cursor.index + ahead] ?? fail()) === word))
    return false;
  cursor.index += words.length;
  return true;
}

export function expectSymbol(cursor: Cursor, text: string): void {
  if (!takeSymbol(cursor, text)) fail();
}

export function expectWord(cursor: Cursor, text: string): void {
  if (!takeWord(cursor, text)) fail();
}

/** `a`, `a.b`, `a.b.c`; the first part has been read. */
export function restOfName(cursor: Cursor, first: string): string[] {
  const parts = [first];
  while (takeSymbol(cursor, '.')) {
    const part = next(cursor);
    if (part.kind !== 'name' && part.kind !== 'quoted-name') return fail();
    parts.push(part.text);
  }
  return parts;
}
