import type { CatalogContext } from './context.ts';
import { type Token, tokenize } from './expression-lexer.ts';
import { canonicalQuery } from './expression-parser.ts';
import { quoteName, quoteString } from './expression-tree.ts';

function isDot(token: Token | undefined): boolean {
  return token?.kind === 'symbol' && token.text === '.';
}

function tokenText(token: Token): string {
  switch (token.kind) {
    case 'string':
      return quoteString(token.text);
    case 'quoted-name':
      return quoteName(token.text);
    case 'name':
      return token.text.toLowerCase();
    default:
      return token.text;
  }
}

/** Whether two neighbours are written without a space between them. */
function glued(before: string, after: string): boolean {
  return before === '.' || after === '.' || before === '(' || after === ')' || after === ',';
}

/** The tokens of a text that is not understood, without the own database's name, in one spacing and quoting. */
function tokenwise(raw: string, context: CatalogContext): string {
  const tokens = tokenize(raw, context);
  if (tokens === null) return raw;
  const qualifies = (index: number) => {
    const token = tokens[index];
    return (
      token?.kind === 'quoted-name' &&
      token.text === context.schema &&
      !isDot(tokens[index - 1]) &&
      isDot(tokens[index + 1])
    );
  };
  let text = '';
  let last = '';
  tokens.forEach((token, index) => {
    if (token.kind === 'end' || qualifies(index) || (isDot(token) && qualifies(index - 1))) return;
    const word = tokenText(token);
    text += text === '' || glued(last, word) ? word : ` ${word}`;
    last = word;
  });
  return text;
}

/** A view's text in one form, and whether it was understood. */
export interface ViewText {
  readonly text: string;
  readonly read: boolean;
}

/**
 * A view's text in one form, without the name of its own database: parsed where it is understood, so that MySQL's and MariaDB's parentheses
 * and names of functions do not matter. Otherwise its words as they are: two servers may then print one view in two forms, and nobody can
 * tell; two views are never taken for one.
 */
export function canonicalView(raw: string, context: CatalogContext): ViewText {
  const text = canonicalQuery(raw, context, context.schema);
  return text === null ? { text: tokenwise(raw, context), read: false } : { text, read: true };
}
