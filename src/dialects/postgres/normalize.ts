import type { CanonicalText, ColumnDefault } from '../../schema/snapshot.ts';
import { canonicalTokens } from './rewrites.ts';
import { applies, type RuleSet } from './rules.ts';
import { castType, trimmed } from './token-walk.ts';
import { isSymbol, isWhole, isWord, joinTokens, stringValue, type Token, tokenize } from './tokens.ts';

/** What of a column's type decides whether a constant is simply a value of it. */
export interface DefaultType {
  /** `format_type(oid, -1)`: as a cast names it, without modifiers: `character varying`, `bpchar`, `"bit"`. */
  readonly castName: string;
  /** The same of a domain's base type; null for all but domains. */
  readonly baseCastName: string | null;
}

const NUMERIC_TYPES = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);
/** Types between which a constant keeps its text. `bpchar` is not one: it loses trailing blanks on its way to `text`. */
const TEXT_TYPES = new Set(['text', 'character varying']);

/** Whether a constant of the one type, given to a column of the other, is the same value. */
function sameFamily(cast: string, column: string): boolean {
  return (
    cast === column ||
    (NUMERIC_TYPES.has(cast) && NUMERIC_TYPES.has(column)) ||
    (TEXT_TYPES.has(cast) && TEXT_TYPES.has(column))
  );
}

/**
 * The canonical text of an expression as the server prints it (`pg_get_expr`), and the rules that changed it added to `rules`; to
 * `rules.unread` where the text cannot be taken apart, so that nobody can tell whether another one is the same.
 *
 * Nothing inside a constant or a quoted identifier is ever touched, and no cast or
 * parenthesis is dropped but by a named rule: from release 14 on there is no need, and it would hide real differences (`versions.md` A3).
 */
export function canonicalExpression(raw: string, rules: RuleSet): CanonicalText {
  const tokens = tokenize(raw);
  const canonical = joinTokens(canonicalTokens(tokens, rules));
  if (!isWhole(tokens)) rules.unread?.add(canonical);
  return { raw, canonical };
}

interface Constant {
  readonly value: Token;
  readonly sign: '' | '-';
  /** The type it is cast to, as printed; null where it is bare. */
  readonly cast: string | null;
}

/** The one constant that a text is, `value`, `'value'::type`, `(value)::type`; null where it is more than that. */
function wholeConstant(tokens: readonly Token[]): Constant | null {
  let at = 0;
  const wrapped = isSymbol(tokens[0], '(');
  if (wrapped) at += 1;
  const negative = isSymbol(tokens[at], '-');
  if (negative) at += tokens[at + 1]?.kind === 'space' ? 2 : 1;
  const value = tokens[at];
  if (value === undefined || (negative && value.kind !== 'number')) return null;
  if (wrapped) {
    at += 1;
    if (!isSymbol(tokens[at], ')')) return null;
  }
  const sign = negative ? '-' : '';
  if (at + 1 === tokens.length) return { value, sign, cast: null };
  if (!isSymbol(tokens[at + 1], '::')) return null;
  const type = castType(tokens, at + 2);
  return type !== null && type.end === tokens.length - 1
    ? { value, sign, cast: joinTokens(type.text) }
    : null;
}

/**
 * The decimal normal form of a number: no sign but `-`, no leading or trailing zeros, no exponent; exact, because it works on the digits.
 * Null for what is not a finite decimal, or has an exponent too large to write out.
 */
export function decimalNormalForm(text: string): string | null {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const shift = Number(exponent);
  if (Math.abs(shift) > 1000) return null;
  const point = whole.length + shift;
  const digits = (whole + fraction).padEnd(point, '0');
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits;
  const cut = Math.max(point, 0);
  const left = padded.slice(0, cut).replace(/^0+/, '') || '0';
  const right = padded.slice(cut).replace(/0+$/, '');
  const value = right === '' ? left : `${left}.${right}`;
  return value === '0' || sign !== '-' ? value : `-${value}`;
}

/**
 * A column's default in canonical form.
 *
 * - `null-default`: `NULL`, with or without a cast, is no default.
 * - `literal-cast`: one constant cast to the column's own type is a literal, its text the value. `text` and `character varying` count as one
 *   type here, and so do the numeric ones. A cast to any other type, or with a modifier (which may round or cut), stays an expression.
 * - `numeric-literal`: on numeric columns the value is compared, not its spelling: `0.00`, `0` and `'0'::numeric` are one default.
 */
export function canonicalDefault(raw: string, type: DefaultType, rules: RuleSet): ColumnDefault {
  const tokens = trimmed(tokenize(raw));
  const constant = wholeConstant(tokens);
  if (constant !== null && isWord(constant.value, 'NULL') && applies(rules, 'null-default')) {
    rules.add('null-default');
    return { kind: 'none' };
  }
  const literal = constant === null ? null : literalText(constant, type);
  if (literal?.numeric && applies(rules, 'numeric-literal')) {
    if (literal.text !== raw) rules.add('numeric-literal');
    return { kind: 'literal', raw, canonical: literal.text };
  }
  if (literal === null || (constant?.cast !== null && !applies(rules, 'literal-cast'))) {
    return { kind: 'expression', ...canonicalExpression(raw, rules) };
  }
  if (constant?.cast !== null) rules.add('literal-cast');
  return { kind: 'literal', raw, canonical: literal.spelled };
}

interface LiteralText {
  /** The value in its one spelling. */
  readonly text: string;
  /** The value as it is spelled. */
  readonly spelled: string;
  readonly numeric: boolean;
}

const asSpelled = (text: string): LiteralText => ({ text, spelled: text, numeric: false });

const WHOLE_TYPES = new Set(['smallint', 'integer', 'bigint']);

/** How many decimal digits a type holds whatever they are (manual, Floating-Point Types). */
const EXACT_DIGITS: Readonly<Record<string, number>> = { real: 6, 'double precision': 15 };

/**
 * Whether a number is the same after a cast as before, for a column of these types. `1.7::integer` is 2; and a `real` made wider is not the
 * decimal that it was written as: `'0.1'::real` is 0.100000001490116 in a `double precision` column.
 */
function keepsNumber(cast: string, text: string, columns: readonly string[]): boolean {
  if (WHOLE_TYPES.has(cast)) return /^\s*[+-]?\d+\s*$/.test(text);
  const digits = EXACT_DIGITS[cast];
  if (digits === undefined || columns.includes(cast)) return true;
  const normal = decimalNormalForm(text)?.replace(/^-/, '') ?? '';
  return normal.replace('.', '').length <= digits && (cast !== 'real' || !normal.includes('.'));
}

function literalText(constant: Constant, type: DefaultType): LiteralText | null {
  const columns = [type.castName, ...(type.baseCastName === null ? [] : [type.baseCastName])];
  const { value, sign, cast } = constant;
  const numeric = columns.some((column) => NUMERIC_TYPES.has(column));
  if (cast === null) {
    if (value.kind === 'number' && numeric) return number(sign + value.text);
    const isBoolean = (isWord(value, 'TRUE') || isWord(value, 'FALSE')) && columns.includes('boolean');
    return isBoolean ? asSpelled(value.text.toLowerCase()) : null;
  }
  if (!columns.some((column) => sameFamily(cast, column))) return null;
  if (value.kind === 'number')
    return numeric && keepsNumber(cast, sign + value.text, columns) ? number(sign + value.text) : null;
  if (value.kind !== 'string') return null;
  const text = stringValue(value);
  if (numeric && !keepsNumber(cast, text ?? '', columns)) return null;
  if (text === null) return /^[bBxX]'/.test(value.text) ? asSpelled(value.text) : null;
  return (numeric ? number(text) : null) ?? asSpelled(text);
}

function number(text: string): LiteralText | null {
  const normal = decimalNormalForm(text);
  return normal === null ? null : { text: normal, spelled: text, numeric: true };
}
