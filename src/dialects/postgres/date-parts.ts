import type { RuleSet } from './rules.ts';
import { betweenAny, callForms, type Syntax, symbol, word } from './sql-calls.ts';
import { castType, next, previous } from './token-walk.ts';
import { closing, isSymbol, isWord, joinTokens, type Token } from './tokens.ts';

/** Words that end one expression and begin another, outside brackets. */
const BOUNDARIES = new Set(
  'AND OR SELECT FROM WHERE GROUP ORDER BY HAVING WINDOW LIMIT OFFSET ON USING JOIN UNION INTERSECT EXCEPT VALUES'.split(
    ' ',
  ),
);

/** What makes a yes or no of two numbers: it carries no number further out. */
const COMPARISONS = new Set(['=', '<>', '<', '>', '<=', '>=']);

/** The types that the two forms have, and that what stands beside them is cast to. */
const NUMBERS = new Set(['numeric', 'double precision']);

/** What a bracket holds, and how: the arguments of a call, the elements of an array, or an expression. */
interface Group {
  readonly kind: 'call' | 'list' | 'expression';
  readonly inner: readonly Token[];
  readonly close: number;
}

function groupAt(tokens: readonly Token[], at: number): Group | null {
  const square = isSymbol(tokens[at], '[');
  if (!square && !isSymbol(tokens[at], '(')) return null;
  const close = closing(tokens, at);
  if (close < 0) return null;
  const before = tokens[at - 1];
  const led = tokens[previous(tokens, at - 1)];
  const inner = tokens.slice(at + 1, close);
  const called = !square && (before?.kind === 'word' || before?.kind === 'name');
  const list = square || ['ANY', 'ALL', 'ARRAY', 'IN'].some((word) => isWord(led, word));
  return { kind: list ? 'list' : called ? 'call' : 'expression', inner, close };
}

const isBoundary = (tokens: readonly Token[], at: number): boolean => {
  const token = tokens[at];
  if (token?.kind !== 'word' || !BOUNDARIES.has(token.text.toUpperCase())) return false;
  return !(isWord(token, 'FROM') && isWord(tokens[previous(tokens, at - 1)], 'DISTINCT'));
};

/** Splits at boundaries outside brackets, and at commas where they part expressions; every token is in one piece. */
function pieces(tokens: readonly Token[], commas: boolean): Token[][] {
  const result: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const group = groupAt(tokens, at);
    if (group !== null) {
      result.at(-1)?.push(...tokens.slice(at, group.close + 1));
      at = group.close;
    } else {
      result.at(-1)?.push(token);
      if (isBoundary(tokens, at) || (commas && isSymbol(token, ','))) result.push([]);
    }
  }
  return result;
}

const isQuery = (inner: readonly Token[]): boolean =>
  ['SELECT', 'WITH', 'VALUES'].some((word) => isWord(inner[next(inner, 0)], word));

/** Whether a part of a date has a say in the type of this one expression. */
function holdsPart(piece: readonly Token[]): boolean {
  for (let at = 0; at < piece.length; at += 1) {
    const group = groupAt(piece, at);
    if (group === null) continue;
    if (group.kind === 'call' && isWord(piece[at - 1], 'DATE_PART')) return true;
    if (!isQuery(group.inner) && !isYesOrNo(group) && holdsPart(group.inner)) return true;
    at = group.close;
  }
  return false;
}

/** Whether brackets hold a comparison, or several: no number comes out of them. */
function isYesOrNo({ kind, inner }: Group): boolean {
  if (kind !== 'expression') return false;
  for (let at = 0; at < inner.length; at += 1) {
    const token = inner[at];
    if (token === undefined) break;
    if (isWord(token, 'AND') || isWord(token, 'OR') || isWord(token, 'IS')) return true;
    if (token.kind === 'symbol' && COMPARISONS.has(token.text)) return true;
    at = groupAt(inner, at)?.close ?? at;
  }
  return false;
}

/** The cast to a number, or to several, that follows `at`: where it ends, and whether to several. */
function numberCastAfter(tokens: readonly Token[], at: number): { end: number; several: boolean } | null {
  if (!isSymbol(tokens[at + 1], '::')) return null;
  const type = castType(tokens, at + 2);
  const text = type === null ? '' : joinTokens(type.text);
  const several = text.endsWith('[]');
  return type !== null && NUMBERS.has(several ? text.slice(0, -2) : text) ? { end: type.end, several } : null;
}

/** The cast that a constant in quotes has in either form: it would be no number without one. */
const NUMERIC: readonly Token[] = [symbol('::'), word('numeric')];

/** One expression, its own casts to numbers left out where a part of a date is in it. */
function piece(tokens: readonly Token[], inside: boolean, dropped: () => unknown): Token[] {
  const touched = inside || holdsPart(tokens);
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const group = groupAt(tokens, at);
    const end = group?.close ?? at;
    const found = touched ? numberCastAfter(tokens, end) : null;
    const quoted = token.kind === 'string';
    const cast = found?.several === true && !quoted ? null : found;
    if (group === null) result.push(token);
    else {
      // What a part is taken from is no number, and has casts of its own.
      const partOf = group.kind === 'call' && isWord(tokens[at - 1], 'DATE_PART');
      const bound =
        touched && (group.kind === 'list' || (group.kind === 'call' && !partOf && holdsPart(group.inner)));
      const inner = expressions(group.inner, bound, dropped);
      const bare = cast !== null && group.kind === 'expression';
      const last = tokens[group.close];
      result.push(...(bare ? [] : [token]), ...inner, ...(bare || last === undefined ? [] : [last]));
    }
    if (cast !== null) {
      if (quoted) result.push(...NUMERIC, ...(cast.several ? [symbol('['), symbol(']')] : []));
      if (!quoted || !isWord(tokens[end + 2], 'NUMERIC')) dropped();
    }
    at = cast?.end ?? end;
  }
  return result;
}

/** @param bound whether these are arguments or elements, which have one type between them, that a part of a date decides. */
function expressions(tokens: readonly Token[], bound: boolean, dropped: () => unknown): Token[] {
  return pieces(tokens, !bound).flatMap((one) => piece(one, bound, dropped));
}

/** `EXTRACT(year FROM x)`: the field is printed as a word, whatever it was written as. */
const EXTRACT: Syntax = new Map([
  [
    'EXTRACT',
    (inner) => {
      const [[field, ...more] = [], value = []] = betweenAny(inner, ['FROM']) ?? [];
      if (field?.kind !== 'word' || more.length > 0) return null;
      const text = { kind: 'string', text: `'${field.text}'` } as const;
      return { name: word('date_part'), args: [[text, symbol('::'), word('text')], value] };
    },
  ],
]);

/**
 * `date-part`: `EXTRACT(year FROM x)` is printed as `date_part('year'::text, x)` by releases before 14, which have the one function for both
 * (`versions.md` A2 #3). From 14 on EXTRACT is `numeric` and `date_part` is `double precision`, and what it is compared or reckoned with is
 * cast to the one or the other unless it is that already: `(3)::numeric`, `(3)::double precision`. Within an expression whose type a part of
 * a date decides, casts to either are left out, and those of constants in quotes
 * are to `numeric`; nowhere else.
 */
export function dateParts(tokens: readonly Token[], rules: RuleSet): Token[] {
  const changed = () => rules.add('date-part');
  const calls = callForms(tokens, EXTRACT, changed);
  return calls.some((token) => isWord(token, 'DATE_PART')) ? expressions(calls, false, changed) : calls;
}
