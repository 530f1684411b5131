import type { CatalogContext } from './context.ts';
import { type Token, tokenize } from './expression-lexer.ts';
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

/**
 * A view's text without the name of its own database, in one spacing and quoting. Parentheses are left as they are, because a query is not
 * parsed here: MySQL and MariaDB may print one view in two forms, which are then reported as different, never two views as one.
 */
export function canonicalView(raw: string, context: CatalogContext): string {
  const tokens = tokenize(raw, context);
  if (tokens === null) return raw;
  let text = '';
  let last = '';
  tokens.forEach((token, index) => {
    if (token.kind === 'end') return;
    const qualifies =
      token.kind === 'quoted-name' && token.text === context.schema && !isDot(tokens[index - 1]);
    if (qualifies && isDot(tokens[index + 1])) return;
    const dropped = tokens[index - 1];
    if (
      isDot(token) &&
      dropped?.kind === 'quoted-name' &&
      dropped.text === context.schema &&
      !isDot(tokens[index - 2])
    )
      return;
    const word = tokenText(token);
    text += text === '' || glued(last, word) ? word : ` ${word}`;
    last = word;
  });
  return text;
}
