import { previous } from './token-walk.ts';
import { isSymbol, isWhole, isWord, tokenize } from './tokens.ts';

/**
 * A canonical expression or query as it can be executed; null where it does not say enough.
 *
 * Canonical texts are SQL as a server prints it, and mean what was printed, with one exception: `date_part` stands for EXTRACT as well, which
 * has another type from release 14 on, and the casts around it are left out (the rule `date-part-type`).
 */
export function executable(canonical: string): string | null {
  const tokens = tokenize(canonical);
  if (canonical.trim() === '' || !isWhole(tokens)) return null;
  const ambiguous = tokens.some(
    (token, at) =>
      isWord(token, 'DATE_PART') &&
      isSymbol(tokens[at + 1], '(') &&
      !isSymbol(tokens[previous(tokens, at - 1)], '.'),
  );
  return ambiguous ? null : canonical.trim();
}

/** The texts of all of them; null where one is not known. */
export function allKnown<T>(items: readonly (T | null)[]): readonly T[] | null {
  return items.every((item) => item !== null) ? (items as readonly T[]) : null;
}
