import type { LexerModes } from './expression-lexer.ts';
import { parseExpression } from './expression-parser.ts';
import { type Expression, printExpression } from './expression-tree.ts';

/** What reading an expression's text depends on: the session that printed it and the server's habits. */
export interface ExpressionContext extends LexerModes {
  /** The database whose name is dropped from qualified names. */
  readonly schema: string;
  /**
   * The catalog shows the text escaped once more, as MySQL 8 does: `_utf8mb4\'a\'` for `_utf8mb4'a'`.
   */
  readonly escaped: boolean;
}

/** Takes one level of escaping off: `\'` is `'`, `\\` is `\`. */
function unescapeOnce(text: string): string {
  return text.replace(/\\([\s\S])/g, (_whole, character: string) => (character === 'n' ? '\n' : character));
}

/** MariaDB names a sequence with its database: ``nextval(`db`.`s`)``. */
function withoutSchema(tree: Expression, schema: string): Expression {
  if (tree.kind !== 'call' || !['nextval', 'lastval', 'setval'].includes(tree.name[0] ?? '')) return tree;
  const args = tree.arguments.map((argument) =>
    argument.kind === 'name' && argument.parts.length === 2 && argument.parts[0] === schema
      ? { ...argument, parts: argument.parts.slice(1) }
      : argument,
  );
  return { ...tree, arguments: args };
}

/** The tree of a text from the catalog, or null when it is not understood. */
export function readExpression(raw: string, context: ExpressionContext): Expression | null {
  const tree = parseExpression(context.escaped ? unescapeOnce(raw) : raw, context, context.schema);
  return tree === null ? null : withoutSchema(tree, context.schema);
}

/**
 * The one form of an expression that servers of this family print in several ways (`versions.md` B2): names of functions, introducers,
 * parentheses and quoting are brought to one style from the parsed tree. Two expressions get one text only when they are one tree.
 *
 * @returns null for a text that is not understood: of another one nobody can tell whether it is the same.
 */
export function canonicalExpression(raw: string, context: ExpressionContext): string | null {
  const tree = readExpression(raw, context);
  return tree === null ? null : printExpression(tree);
}
