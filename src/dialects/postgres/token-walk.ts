import { closing, isSymbol, isWord, type Token } from './tokens.ts';

/** The index of the first token at or after `at` that is no blank. */
export function next(tokens: readonly Token[], at: number): number {
  let index = at;
  while (tokens[index]?.kind === 'space') index += 1;
  return index;
}

/** The index of the last token at or before `at` that is no blank; -1 when there is none. */
export function previous(tokens: readonly Token[], at: number): number {
  let index = at;
  while (tokens[index]?.kind === 'space') index -= 1;
  return index;
}

/** Without the blanks at both ends. */
export function trimmed(tokens: readonly Token[]): Token[] {
  return tokens.slice(next(tokens, 0), previous(tokens, tokens.length - 1) + 1);
}

/**
 * The type after a `::`: words, `schema.name`, a modifier in parentheses, `[]`. `character varying`, `double precision`, `timestamp(3) without time zone`
 * are more than one word.
 */
export function castType(tokens: readonly Token[], at: number): { text: Token[]; end: number } | null {
  const text: Token[] = [];
  let index = at;
  const take = (): void => {
    const token = tokens[index];
    if (token !== undefined) text.push(token);
    index += 1;
  };
  const first = tokens[index];
  if (first?.kind !== 'word' && first?.kind !== 'name') return null;
  take();
  while (isSymbol(tokens[index], '.')) {
    take();
    take();
  }
  const CONTINUED = ['VARYING', 'PRECISION', 'WITHOUT', 'WITH', 'TIME', 'ZONE'];
  for (;;) {
    if (isSymbol(tokens[index], '(')) {
      const close = closing(tokens, index);
      if (close < 0) return null;
      while (index <= close) take();
    } else if (isSymbol(tokens[index], '[') && isSymbol(tokens[index + 1], ']')) {
      take();
      take();
    } else if (
      tokens[index]?.kind === 'space' &&
      CONTINUED.some((word) => isWord(tokens[index + 1], word)) &&
      !isSymbol(text.at(-1), ']')
    ) {
      take();
      take();
    } else break;
  }
  return { text, end: index - 1 };
}
