import { canonicalTokens } from './rewrites.ts';
import { applies, type RuleSet } from './rules.ts';
import { trimmed } from './token-walk.ts';
import { closing, isSymbol, isWhole, isWord, joinTokens, type Token, tokenize } from './tokens.ts';

/** Keywords that end a FROM clause outside brackets (manual, SELECT). */
const AFTER_FROM = ['WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'FOR'];
const SET_OPERATIONS = ['UNION', 'INTERSECT', 'EXCEPT'];
const JOINS = ['JOIN', 'TABLESAMPLE', 'ROWS', 'XMLTABLE', 'JSON_TABLE'];

/**
 * The canonical text of a view's query as `pg_get_viewdef` prints it, without the final semicolon.
 *
 * - The rewrites of expressions.
 * - `view-prefix`: releases before 16 print `t.` before each column even where there is one table only (`versions.md` A2 #2). In a query with
 *   exactly one item in FROM, the prefix is deleted outside nested queries. Anything that is not plainly such a query is left as it is.
 */
export function canonicalQuery(raw: string, rules: RuleSet): string {
  const tokens = trimmed(tokenize(raw));
  const body = isSymbol(tokens.at(-1), ';') ? trimmed(tokens.slice(0, -1)) : tokens;
  const bare = applies(rules, 'view-prefix') ? withoutPrefix(body, rules) : body;
  const canonical = joinTokens(canonicalTokens(bare, rules));
  if (!isWhole(body)) rules.unread?.add(canonical);
  return canonical;
}

function withoutPrefix(tokens: readonly Token[], rules: RuleSet): readonly Token[] {
  const alias = onlyAlias(tokens);
  if (alias === null) return tokens;
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (isSymbol(token, '(') && opensQuery(tokens, at)) {
      const close = closing(tokens, at);
      if (close < 0) return tokens;
      result.push(...tokens.slice(at, close + 1));
      at = close;
    } else if (isPrefix(tokens, at, alias)) {
      rules.add('view-prefix');
      at += 1;
    } else result.push(token);
  }
  return result;
}

/** `alias.column`, not `alias.*` (a whole row, which keeps its prefix in every release) and not `schema.alias.column`. */
function isPrefix(tokens: readonly Token[], at: number, alias: string): boolean {
  const column = tokens[at + 2];
  return (
    tokens[at]?.text === alias &&
    (tokens[at]?.kind === 'word' || tokens[at]?.kind === 'name') &&
    isSymbol(tokens[at + 1], '.') &&
    (column?.kind === 'word' || column?.kind === 'name') &&
    !isSymbol(tokens[at - 1], '.') &&
    !isSymbol(tokens[at + 3], '.') &&
    !isSymbol(tokens[at + 3], '(')
  );
}

function opensQuery(tokens: readonly Token[], open: number): boolean {
  const inner = tokens
    .slice(open + 1, open + 4)
    .find((token) => token.kind !== 'space' && !isSymbol(token, '('));
  return isWord(inner, 'SELECT') || isWord(inner, 'WITH') || isWord(inner, 'VALUES');
}

/** The name that the only item of the top query's FROM goes by, as printed; null when there is not exactly one such item. */
export function onlyAlias(tokens: readonly Token[]): string | null {
  const top = topLevel(tokens);
  if (top === null || top.some((token) => SET_OPERATIONS.some((word) => isWord(token, word)))) return null;
  const from = top.findIndex((token, at) => isWord(token, 'FROM') && !isWord(top[at - 1], 'DISTINCT'));
  if (from < 0) return null;
  const rest = top.slice(from + 1);
  const end = rest.findIndex((token) => AFTER_FROM.some((word) => isWord(token, word)));
  const item = end < 0 ? rest : rest.slice(0, end);
  if (item.some((token) => isSymbol(token, ',') || JOINS.some((word) => isWord(token, word)))) return null;
  const first = item[0];
  if (first?.text === '(…)' && item.length < 2) return null;
  const name = item.filter((token) => token.kind === 'word' || token.kind === 'name').at(-1);
  return name?.text ?? null;
}

/** The tokens outside brackets, each bracketed piece as one stand-in; null when the brackets do not match. */
function topLevel(tokens: readonly Token[]): Token[] | null {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined || token.kind === 'space') continue;
    if (isSymbol(token, '(') || isSymbol(token, '[')) {
      const close = closing(tokens, at);
      if (close < 0) return null;
      result.push({ kind: 'symbol', text: '(…)' });
      at = close;
    } else result.push(token);
  }
  return result;
}
