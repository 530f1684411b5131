import { dateParts } from './date-parts.ts';
import { applies, type PostgresRule, type RuleSet } from './rules.ts';
import { argumentCasts, randomUuids, similarTo, sqlCalls } from './sql-calls.ts';
import { castType, next, previous, trimmed } from './token-walk.ts';
import { closing, isSymbol, isWord, solid, splitTopLevel, type Token } from './tokens.ts';

type Rewrite = (tokens: readonly Token[], rules: RuleSet) => Token[];

/** Each rewrite under its rule, in the order in which they are applied. */
const REWRITES: readonly (readonly [PostgresRule, Rewrite])[] = [
  ['current-timestamp', currentTimestamps],
  ['at-time-zone', timeZones],
  ['sql-call', sqlCalls],
  ['similar-to', similarTo],
  ['call-argument-cast', argumentCasts],
  ['random-uuid', randomUuids],
  ['date-part', dateParts],
  ['array-cast', arrayCasts],
];

/** The rewrites of an expression's tokens, but for rules that are switched off. Each names itself in `rules` where it changed something. */
export function canonicalTokens(tokens: readonly Token[], rules: RuleSet): Token[] {
  return REWRITES.reduce<Token[]>(
    (text, [rule, rewrite]) => (applies(rules, rule) ? rewrite(text, rules) : text),
    [...tokens],
  );
}

/**
 * `current-timestamp`: `now()` and `transaction_timestamp()` are `CURRENT_TIMESTAMP` (manual, current date/time). Not
 * `statement_timestamp()` or `clock_timestamp()`, which move; not `schema.now()`, which is somebody's own; a precision stays.
 */
function currentTimestamps(tokens: readonly Token[], rules: RuleSet): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const open = next(tokens, at + 1);
    const close = next(tokens, open + 1);
    if (
      (isWord(token, 'NOW') || isWord(token, 'TRANSACTION_TIMESTAMP')) &&
      isSymbol(tokens[open], '(') &&
      isSymbol(tokens[close], ')') &&
      !isSymbol(tokens[previous(tokens, at - 1)], '.')
    ) {
      result.push({ kind: 'word', text: 'CURRENT_TIMESTAMP' });
      rules.add('current-timestamp');
      at = close;
    } else result.push(token);
  }
  return result;
}

/**
 * `at-time-zone`: `(x AT TIME ZONE z)` is the call `timezone(z, x)`, the only form that releases before 14 print, and what later ones print
 * when it was written so (`versions.md` A2 #4). A server always prints the former in parentheses.
 */
function timeZones(tokens: readonly Token[], rules: RuleSet): Token[] {
  const has = tokens.some((token) => isWord(token, 'ZONE'));
  if (!has) return [...tokens];
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const close = isSymbol(token, '(') ? closing(tokens, at) : -1;
    if (close < 0) {
      result.push(token);
      continue;
    }
    const inner = timeZones(tokens.slice(at + 1, close), rules);
    const split = timeZoneOperator(inner);
    if (split === null) result.push(token, ...inner, { kind: 'symbol', text: ')' });
    else {
      rules.add('at-time-zone');
      result.push({ kind: 'word', text: 'timezone' }, { kind: 'symbol', text: '(' });
      result.push(...split.zone, { kind: 'symbol', text: ',' }, { kind: 'space', text: ' ' }, ...split.value);
      result.push({ kind: 'symbol', text: ')' });
    }
    at = close;
  }
  return result;
}

/** The two operands when the whole text between a pair of parentheses is one `AT TIME ZONE`. */
function timeZoneOperator(inner: readonly Token[]): { value: Token[]; zone: Token[] } | null {
  let depth = 0;
  const found: number[] = [];
  for (const [at, token] of inner.entries()) {
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth += 1;
    else if (isSymbol(token, ')') || isSymbol(token, ']')) depth -= 1;
    else if (depth === 0 && isSymbol(token, ',')) return null;
    else if (depth === 0 && isWord(token, 'SELECT')) return null;
    else if (depth === 0 && isWord(token, 'AT')) {
      const time = next(inner, at + 1);
      const zone = next(inner, time + 1);
      if (isWord(inner[time], 'TIME') && isWord(inner[zone], 'ZONE')) found.push(at, zone);
    }
  }
  const [from, to] = found;
  if (found.length !== 2 || from === undefined || to === undefined) return null;
  const value = inner.slice(0, previous(inner, from - 1) + 1);
  const zone = inner.slice(next(inner, to + 1));
  return value.length === 0 || zone.length === 0 ? null : { value, zone };
}

/**
 * `array-cast`: a cast of a whole array constructor is pushed into its elements, and the parentheses around the array go:
 * `(ARRAY['p'::character varying])::text[]` is what is stored, and `ARRAY[('p'::character varying)::text]` is what a dump of it loads
 * (`versions.md` A6). Only for a constructor without nested arrays.
 */
function arrayCasts(tokens: readonly Token[], rules: RuleSet): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const found = isSymbol(token, '(') ? castArray(tokens, at) : null;
    if (found === null) {
      result.push(token);
      continue;
    }
    rules.add('array-cast');
    result.push({ kind: 'word', text: 'ARRAY' }, { kind: 'symbol', text: '[' });
    for (const [index, element] of found.elements.entries()) {
      if (index > 0) result.push({ kind: 'symbol', text: ',' }, { kind: 'space', text: ' ' });
      const inner = trimmed(arrayCasts(element, rules));
      result.push({ kind: 'symbol', text: '(' }, ...inner, { kind: 'symbol', text: ')' });
      result.push({ kind: 'symbol', text: '::' }, ...found.type);
    }
    result.push({ kind: 'symbol', text: ']' });
    at = found.end;
  }
  return result;
}

/** At an opening parenthesis: `(ARRAY[a, b])::type[]`, taken apart; null for anything else. */
function castArray(
  tokens: readonly Token[],
  at: number,
): { elements: Token[][]; type: Token[]; end: number } | null {
  const close = closing(tokens, at);
  const bracket = next(tokens, at + 2);
  if (close < 0 || !isWord(tokens[at + 1], 'ARRAY') || !isSymbol(tokens[bracket], '[')) return null;
  const end = closing(tokens, bracket);
  if (end < 0 || next(tokens, end + 1) !== close || !isSymbol(tokens[close + 1], '::')) return null;
  const type = castType(tokens, close + 2);
  if (type === null || type.text.length < 3) return null;
  const [open, shut] = type.text.slice(-2);
  if (!isSymbol(open, '[') || !isSymbol(shut, ']')) return null;
  const elements = splitTopLevel(tokens.slice(bracket + 1, end));
  if (elements.some((element) => solid(element).length === 0 || isWord(solid(element)[0], 'ARRAY')))
    return null;
  return { elements, type: type.text.slice(0, -2), end: type.end };
}
