import { PLAIN_MODES } from './expression-lexer.ts';
import { canonicalQuery, parseExpression } from './expression-parser.ts';
import { printExpression } from './expression-tree.ts';

/**
 * The SQL of a canonical expression, or null where its text was not understood when it was read.
 *
 * A canonical text is SQL already; reading it once more tells it from a text that a server printed and that was kept as it was. It is written
 * for sessions without NO_BACKSLASH_ESCAPES.
 */
export function sqlExpression(canonical: string): string | null {
  const tree = parseExpression(canonical, PLAIN_MODES, '');
  return tree !== null && printExpression(tree) === canonical ? canonical : null;
}

/** The SQL of a view's canonical query, or null where it was not understood when it was read. */
export function sqlQuery(canonical: string): string | null {
  return canonicalQuery(canonical, PLAIN_MODES, '') === canonical ? canonical : null;
}
