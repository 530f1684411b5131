import { closing, isSymbol, isWord, type Token, tokenize } from './tokens.ts';
import { onlyAlias } from './views.ts';

const AFTER_ORDER = ['LIMIT', 'OFFSET', 'FETCH', 'FOR'];
const AFTER_KEY = ['ASC', 'DESC', 'NULLS', 'USING'];

/**
 * A view's canonical query with the names of ORDER BY and DISTINCT ON as the server first printed them: with the only table's alias. Bare they
 * would be taken for what the query gives out under that name (manual, SELECT, ORDER BY), which the canonical text does not tell apart.
 */
export function unambiguousOrder(query: string): string {
  const tokens = tokenize(query);
  const alias = onlyAlias(tokens);
  if (alias === null) return query;
  const keys = keysOf(tokens);
  return tokens.map(({ text }, at) => (keys.has(at) ? `${alias}.${text}` : text)).join('');
}

/** Where names stand alone as keys of the top query. */
function keysOf(tokens: readonly Token[]): Set<number> {
  const keys = new Set<number>();
  const solid = tokens.map((token, at) => ({ token, at })).filter(({ token }) => token.kind !== 'space');
  const take = (start: number, end: number) => {
    let begins = true;
    for (let index = start; index < end; index += 1) {
      const { token, at } = solid[index] ?? {};
      if (token === undefined || at === undefined) break;
      const after = index + 1 < end ? solid[index + 1]?.token : undefined;
      const ends =
        after === undefined || isSymbol(after, ',') || AFTER_KEY.some((word) => isWord(after, word));
      if (begins && ends && (token.kind === 'word' || token.kind === 'name')) keys.add(at);
      begins = isSymbol(token, ',');
      if (isSymbol(token, '(') || isSymbol(token, '[')) index = closeOf(index);
    }
  };
  const list = solid.map(({ token }) => token);
  const closeOf = (index: number) => {
    const close = closing(list, index);
    return close < 0 ? list.length : close;
  };
  for (let index = 0; index < list.length; index += 1) {
    const next = list[index + 1];
    if (isWord(list[index], 'DISTINCT') && isWord(next, 'ON')) take(index + 3, closeOf(index + 2));
    if (isWord(list[index], 'ORDER') && isWord(next, 'BY')) {
      const end = list.findIndex(
        (token, at) => at > index && AFTER_ORDER.some((word) => isWord(token, word)),
      );
      take(index + 2, end < 0 ? list.length : end);
    }
    if (isSymbol(list[index], '(') || isSymbol(list[index], '[')) index = closeOf(index);
  }
  return keys;
}
