import type { RuleSet } from './rules.ts';
import { castType, previous, trimmed } from './token-walk.ts';
import { closing, isSymbol, isWord, splitTopLevel, type Token } from './tokens.ts';

export const symbol = (text: string): Token => ({ kind: 'symbol', text });

/** The call that a piece of SQL syntax is, without the blanks around its arguments. */
interface Call {
  readonly name: Token;
  readonly args: readonly (readonly Token[])[];
}

export const word = (text: string): Token => ({ kind: 'word', text });
const name = (text: string): Token => ({ kind: 'name', text: `"${text}"` });

/**
 * The texts between keywords outside brackets, each without blanks at its ends: what stands before the first, and after each. Null where
 * they are not exactly these keywords in this order.
 */
function between(inner: readonly Token[], keywords: readonly string[]): Token[][] | null {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of inner) {
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth += 1;
    else if (isSymbol(token, ')') || isSymbol(token, ']')) depth -= 1;
    const keyword = keywords[parts.length - 1];
    if (depth === 0 && isSymbol(token, ',')) return null;
    if (depth === 0 && keyword !== undefined && isWord(token, keyword)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.length === keywords.length + 1 ? parts.map(trimmed) : null;
}

/** The parts between whichever of these lists of keywords fits, all of them with something in them. */
export function betweenAny(
  inner: readonly Token[],
  ...options: readonly (readonly string[])[]
): Token[][] | null {
  for (const keywords of options) {
    const parts = between(inner, keywords);
    if (parts?.every((part) => part.length > 0)) return parts;
  }
  return null;
}

const TRIMS: readonly (readonly [string, string])[] = [
  ['BOTH', 'btrim'],
  ['LEADING', 'ltrim'],
  ['TRAILING', 'rtrim'],
];

function trim(inner: readonly Token[]): Call | null {
  const found = TRIMS.find(([keyword]) => isWord(inner[0], keyword));
  const parts = between(inner.slice(1), ['FROM']);
  if (found === undefined || parts === null) return null;
  const [characters = [], text = []] = parts;
  return { name: word(found[1]), args: characters.length === 0 ? [text] : [text, characters] };
}

/** Without the one pair of parentheses around it all. */
function unwrapped(tokens: readonly Token[]): readonly Token[] | null {
  return isSymbol(tokens[0], '(') && closing(tokens, 0) === tokens.length - 1
    ? trimmed(tokens.slice(1, -1))
    : null;
}

/** `POSITION((a) IN (b))`: the call has them the other way about. */
function position(inner: readonly Token[]): Call | null {
  const [wanted, text] = (between(inner, ['IN']) ?? []).map(unwrapped);
  return wanted == null || text == null ? null : { name: name('position'), args: [text, wanted] };
}

/** Pieces of SQL syntax by their keywords, each given what is in its brackets; null for what is not that. */
export type Syntax = ReadonlyMap<string, (inner: readonly Token[]) => Call | null>;

/** What releases from 14 on print as SQL syntax though it is a call. */
const SYNTAX: Syntax = new Map([
  ['TRIM', trim],
  ['POSITION', position],
  [
    'SUBSTRING',
    (inner: readonly Token[]) => {
      const args = betweenAny(inner, ['FROM', 'FOR'], ['FROM'], ['SIMILAR', 'ESCAPE']);
      return args === null ? null : { name: name('substring'), args };
    },
  ],
  [
    'OVERLAY',
    (inner: readonly Token[]) => {
      const args = betweenAny(inner, ['PLACING', 'FROM', 'FOR'], ['PLACING', 'FROM']);
      return args === null ? null : { name: name('overlay'), args };
    },
  ],
]);

/** The brackets of the call whose name is at `at`: not of `schema.name(`, which is somebody's own. */
function callBrackets(tokens: readonly Token[], at: number): { open: number; close: number } | null {
  const kind = tokens[at]?.kind;
  if ((kind !== 'word' && kind !== 'name') || !isSymbol(tokens[at + 1], '(')) return null;
  if (isSymbol(tokens[previous(tokens, at - 1)], '.')) return null;
  const close = closing(tokens, at + 1);
  return close < 0 ? null : { open: at + 1, close };
}

function printed({ name: called, args }: Call): Token[] {
  const list = args.flatMap((arg, at) =>
    at === 0 ? arg : [symbol(','), { kind: 'space', text: ' ' } as const, ...arg],
  );
  return [called, symbol('('), ...list, symbol(')')];
}

/** The calls in place of the syntax. Told of each. */
export function callForms(tokens: readonly Token[], syntax: Syntax, found: () => unknown): Token[] {
  if (!tokens.some(({ kind, text }) => kind === 'word' && syntax.has(text))) return [...tokens];
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const form = token.kind === 'word' ? syntax.get(token.text) : undefined;
    const brackets = form === undefined ? null : callBrackets(tokens, at);
    const inner =
      brackets === null ? [] : callForms(tokens.slice(brackets.open + 1, brackets.close), syntax, found);
    const call = brackets === null ? null : (form?.(inner) ?? null);
    if (brackets === null || call === null) result.push(token);
    else {
      found();
      result.push(...printed(call));
      at = brackets.close;
    }
  }
  return result;
}

/**
 * `sql-call`: `SUBSTRING(x FROM 1 FOR 2)`, `TRIM(BOTH y FROM x)`, `OVERLAY(…)` and `POSITION(…)` are the calls that releases before 14 print
 * of them, `"substring"(x, 1, 2)` and so on (`versions.md` A2 #5). A call written as such is one in every release.
 */
export function sqlCalls(tokens: readonly Token[], rules: RuleSet): Token[] {
  return callForms(tokens, SYNTAX, () => rules.add('sql-call'));
}

/** The functions behind the syntax, and behind AT TIME ZONE. */
const CALLED = new Set(['btrim', 'ltrim', 'rtrim', 'timezone', '"substring"', '"overlay"', '"position"']);

/** A cast of a whole argument to `text` or `"bit"`, without it; null where there is none, and for a constant, whose cast is its type. */
function uncast(argument: readonly Token[]): readonly Token[] | null {
  const at = argument.length - 2;
  const to = argument[at + 1]?.text;
  if (!isSymbol(argument[at], '::') || (to !== 'text' && to !== '"bit"')) return null;
  const value = argument.slice(0, at);
  const inParentheses = unwrapped(value);
  if (inParentheses !== null) return inParentheses;
  // In the short form, in which triggers and rules are printed, a column stands without parentheses.
  const isColumn = value.every(({ kind }, index) =>
    index % 2 === 0 ? kind === 'word' || kind === 'name' : isSymbol(value[index], '.'),
  );
  return isColumn && value.length % 2 === 1 ? value : null;
}

/**
 * `call-argument-cast`: releases before 14 print the cast to `text` (of bits, to `bit`) that such a function's argument gets by itself:
 * `btrim((name)::text)`; later ones print it only where it was written, and not within the syntax: `TRIM(BOTH FROM name)`.
 */
export function argumentCasts(tokens: readonly Token[], rules: RuleSet): Token[] {
  if (!tokens.some(({ text }) => CALLED.has(text))) return [...tokens];
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const brackets = CALLED.has(token.text) ? callBrackets(tokens, at) : null;
    if (brackets === null) {
      result.push(token);
      continue;
    }
    const inner = argumentCasts(tokens.slice(brackets.open + 1, brackets.close), rules);
    const args = splitTopLevel(inner).map((argument) => {
      const bare = uncast(trimmed(argument));
      if (bare !== null) rules.add('call-argument-cast');
      return bare ?? trimmed(argument);
    });
    result.push(...printed({ name: token, args }));
    at = brackets.close;
  }
  return result;
}

/**
 * `similar-to`: release 12 prints `x SIMILAR TO p` with `similar_escape(p, NULL::text)`, later ones with `similar_to_escape(p)`, which with an
 * escape character of its own takes the same two arguments (`versions.md` A2 #12).
 */
export function similarTo(tokens: readonly Token[], rules: RuleSet): Token[] {
  if (!tokens.some((token) => isWord(token, 'SIMILAR_ESCAPE'))) return [...tokens];
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const brackets = isWord(token, 'SIMILAR_ESCAPE') ? callBrackets(tokens, at) : null;
    if (brackets === null) {
      result.push(token);
      continue;
    }
    rules.add('similar-to');
    const inner = similarTo(tokens.slice(brackets.open + 1, brackets.close), rules);
    const [pattern = [], escaped = []] = splitTopLevel(inner).map(trimmed);
    const none = isWord(escaped[0], 'NULL') && castType(escaped, 2)?.end === escaped.length - 1;
    result.push(...printed({ name: word('similar_to_escape'), args: none ? [pattern] : [pattern, escaped] }));
    at = brackets.close;
  }
  return result;
}

/**
 * `random-uuid`: `gen_random_uuid()` is a function of the server from release 13 on, and of the extension `pgcrypto` before, where it is
 * printed with the schema that the extension is in (`versions.md` A2 #6). Somebody's own function of that name, in another schema, stays.
 */
export function randomUuids(tokens: readonly Token[], rules: RuleSet): Token[] {
  const { cryptoSchema = null } = rules;
  if (cryptoSchema === null) return [...tokens];
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const called = isSymbol(tokens[at + 1], '.') && isWord(tokens[at + 2], 'GEN_RANDOM_UUID');
    const bare = called && isSymbol(tokens[at + 3], '(') && isSymbol(tokens[at + 4], ')');
    if (bare && token.text === cryptoSchema && !isSymbol(tokens[at - 1], '.')) {
      rules.add('random-uuid');
      at += 1;
    } else result.push(token);
  }
  return result;
}
