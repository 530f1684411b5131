import { type LexerModes, type Token, tokenize } from './expression-lexer.ts';
import { BINARY_POWER, type Expression, POWER, quoteString } from './expression-tree.ts';

/** Functions that are one function under several names, and the name that is kept. */
const FUNCTION_ALIASES: Readonly<Record<string, string>> = {
  ucase: 'upper',
  lcase: 'lower',
  octet_length: 'length',
  character_length: 'char_length',
  substring: 'substr',
  mid: 'substr',
  power: 'pow',
  ceil: 'ceiling',
  dayofmonth: 'day',
  now: 'current_timestamp',
  localtime: 'current_timestamp',
  localtimestamp: 'current_timestamp',
  current_date: 'curdate',
  current_time: 'curtime',
  schema: 'database',
  nvl: 'ifnull',
};

/** Written without parentheses too (MySQL 8.0 manual, 14.7): the word alone is a call. */
const BARE_CALLS = new Set([
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_date',
  'current_time',
  'current_user',
  'utc_date',
  'utc_time',
  'utc_timestamp',
]);

const CONSTANTS = new Set(['null', 'true', 'false', 'unknown']);
/** Words that end an operand; none of them is ever an unquoted column name in text that a server printed. */
const RESERVED = new Set(
  'and or xor not is in like regexp rlike between div mod as from using when then else end separator against escape select union where order group having limit join on distinct sounds member'.split(
    ' ',
  ),
);

interface Cursor {
  readonly tokens: readonly Token[];
  index: number;
}

/** Thrown, and caught in {@link parseExpression}, where the text is not of the grammar known here. It is not an error of the run. */
const NOT_UNDERSTOOD: unique symbol = Symbol('not understood');

function fail(): never {
  throw NOT_UNDERSTOOD;
}

function peek(cursor: Cursor, ahead = 0): Token {
  return cursor.tokens[cursor.index + ahead] ?? fail();
}

function next(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.index++;
  return token;
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

/** The word in lower case where the token is an unquoted one; otherwise the empty text. */
function wordOf(token: Token): string {
  return token.kind === 'name' ? token.text.toLowerCase() : '';
}

function takeSymbol(cursor: Cursor, text: string): boolean {
  if (!isSymbol(peek(cursor), text)) return false;
  cursor.index++;
  return true;
}

function takeWord(cursor: Cursor, text: string): boolean {
  if (wordOf(peek(cursor)) !== text) return false;
  cursor.index++;
  return true;
}

function expectSymbol(cursor: Cursor, text: string): void {
  if (!takeSymbol(cursor, text)) fail();
}

function expectWord(cursor: Cursor, text: string): void {
  if (!takeWord(cursor, text)) fail();
}

/** A constant string in the tree. */
export function stringLiteral(value: string): Expression {
  return { kind: 'literal', text: quoteString(value), type: 'string' };
}

function chain(operator: 'and' | 'or', left: Expression, right: Expression): Expression {
  const items = [left, right].flatMap((side) =>
    side.kind === 'chain' && side.operator === operator ? side.items : [side],
  );
  return { kind: 'chain', operator, items };
}

function parseList(cursor: Cursor): Expression[] {
  const items: Expression[] = [];
  if (takeSymbol(cursor, ')')) return items;
  do items.push(parse(cursor, 0));
  while (takeSymbol(cursor, ','));
  expectSymbol(cursor, ')');
  return items;
}

/** The words up to the parenthesis that closes the call, as one canonical text: a type name, a character set. */
function wordsToClose(cursor: Cursor): string {
  let text = '';
  for (let depth = 0; ; ) {
    const token = next(cursor);
    if (token.kind === 'end' || token.kind === 'string') return fail();
    if (isSymbol(token, ')') && depth-- === 0) return text;
    if (isSymbol(token, '(')) depth++;
    const glued = /^[(),]$/.test(token.text) || text.endsWith('(') || text === '';
    text += `${glued ? '' : ' '}${token.text.toLowerCase()}`;
  }
}

function call(name: string, args: readonly Expression[], infix: string | null = null): Expression {
  return { kind: 'call', name: [name], arguments: args, infix };
}

/** Calls with a grammar of their own; null where this is none of them. The opening parenthesis has been read. */
function parseSpecialCall(cursor: Cursor, name: string): Expression | null {
  switch (name) {
    case 'cast': {
      const operand = parse(cursor, 0);
      expectWord(cursor, 'as');
      return call('cast', [operand], `as ${wordsToClose(cursor)}`);
    }
    case 'convert': {
      const operand = parse(cursor, 0);
      if (takeWord(cursor, 'using')) return call('convert', [operand], `using ${wordsToClose(cursor)}`);
      expectSymbol(cursor, ',');
      return call('cast', [operand], `as ${wordsToClose(cursor)}`);
    }
    case 'extract': {
      const unit = next(cursor);
      if (unit.kind !== 'name') return fail();
      expectWord(cursor, 'from');
      const operand = parse(cursor, 0);
      expectSymbol(cursor, ')');
      return call('extract', [operand], `as ${unit.text.toLowerCase()}`);
    }
    case 'trim': {
      const side = ['both', 'leading', 'trailing'].find((word) => takeWord(cursor, word)) ?? 'both';
      const first = takeWord(cursor, 'from') ? null : parse(cursor, 0);
      const explicit = first === null || takeWord(cursor, 'from');
      const operand = explicit ? parse(cursor, 0) : first;
      expectSymbol(cursor, ')');
      const what = explicit && first !== null ? first : stringLiteral(' ');
      return side === 'both' && what.kind === 'literal' && what.text === "' '"
        ? call('trim', [operand])
        : call('trim', [operand, what], side);
    }
    case 'position': {
      const part = parse(cursor, POWER.predicate);
      expectWord(cursor, 'in');
      const whole = parse(cursor, 0);
      expectSymbol(cursor, ')');
      return call('locate', [part, whole]);
    }
    default:
      return null;
  }
}

/** A call whose name has been read and whose opening parenthesis comes next. */
function parseCall(cursor: Cursor, written: string): Expression {
  expectSymbol(cursor, '(');
  const lower = written.toLowerCase();
  const special = parseSpecialCall(cursor, lower);
  if (special) return special;
  const args = parseList(cursor);
  const name = FUNCTION_ALIASES[lower] ?? lower;
  const [first, second] = args;
  // MySQL 8.0.4 made REGEXP a synonym of REGEXP_LIKE() with two arguments (manual, 14.8.2) and prints the call.
  if (name === 'regexp_like' && first && second && args.length === 2)
    return { kind: 'binary', operator: 'regexp', left: first, right: second };
  if (name === 'current_timestamp' && first?.kind === 'literal' && first.text === '0') return call(name, []);
  return call(name, args);
}

function parseCase(cursor: Cursor): Expression {
  const operand = wordOf(peek(cursor)) === 'when' ? null : parse(cursor, 0);
  const branches: { when: Expression; result: Expression }[] = [];
  while (takeWord(cursor, 'when')) {
    const when = parse(cursor, 0);
    expectWord(cursor, 'then');
    branches.push({ when, result: parse(cursor, 0) });
  }
  const otherwise = takeWord(cursor, 'else') ? parse(cursor, 0) : null;
  expectWord(cursor, 'end');
  return branches.length === 0 ? fail() : { kind: 'case', operand, branches, otherwise };
}

function parseName(cursor: Cursor, first: string): Expression {
  const parts = [first];
  while (isSymbol(peek(cursor), '.')) {
    cursor.index++;
    const part = next(cursor);
    if (part.kind !== 'name' && part.kind !== 'quoted-name') return fail();
    parts.push(part.text);
  }
  if (!isSymbol(peek(cursor), '(')) return { kind: 'name', parts };
  cursor.index++;
  return { kind: 'call', name: parts, arguments: parseList(cursor), infix: null };
}

function parseWord(cursor: Cursor, token: Token): Expression {
  const word = token.text.toLowerCase();
  const following = peek(cursor);
  if (word === 'not') return negation(parse(cursor, POWER.not));
  if (word === 'case') return parseCase(cursor);
  if (word === 'interval') {
    const value = parse(cursor, 0);
    const unit = next(cursor);
    return unit.kind === 'name' ? { kind: 'interval', value, unit: unit.text.toLowerCase() } : fail();
  }
  // `BINARY x` is CAST(x AS BINARY)'s older spelling (manual, 14.10), which both servers print as the cast.
  if (word === 'binary' && !isSymbol(following, '('))
    return call('cast', [parse(cursor, POWER.sign)], 'as char charset binary');
  if (CONSTANTS.has(word)) return { kind: 'literal', text: word, type: 'other' };
  if (following.kind === 'string' && (word === 'date' || word === 'time' || word === 'timestamp'))
    return { kind: 'literal', text: `${word}${quoteString(next(cursor).text)}`, type: 'other' };
  // An introducer that is not Unicode stays: it says in which character set the bytes are to be read.
  if (word.startsWith('_') && (following.kind === 'string' || following.kind === 'bytes')) {
    const bytes = next(cursor);
    const text = bytes.kind === 'string' ? quoteString(bytes.text) : bytes.text;
    return { kind: 'literal', text: `${word}${text}`, type: 'other' };
  }
  if (isSymbol(following, '(')) return RESERVED.has(word) ? fail() : parseCall(cursor, word);
  if (BARE_CALLS.has(word)) return call(FUNCTION_ALIASES[word] ?? word, []);
  return RESERVED.has(word) ? fail() : parseName(cursor, token.text);
}

/** `not (a like b)` is `a not like b`, in three values too; MySQL prints the one, MariaDB the other. */
function negation(operand: Expression): Expression {
  const foldable =
    operand.kind === 'like' || operand.kind === 'in' || operand.kind === 'between' || operand.kind === 'is';
  return foldable && !operand.negated
    ? { ...operand, negated: true }
    : { kind: 'prefix', operator: 'not', operand };
}

/** `0 <> x` is how MySQL 8 prints a number that stands for a truth value, where MariaDB prints `x <> 0`. */
function comparison(operator: string, left: Expression, right: Expression): Expression {
  const zeroFirst =
    operator === '<>' && left.kind === 'literal' && left.text === '0' && right.kind !== 'literal';
  return zeroFirst
    ? { kind: 'binary', operator, left: right, right: left }
    : { kind: 'binary', operator, left, right };
}

function negative(operand: Expression): Expression {
  return operand.kind === 'literal' && operand.type === 'number' && !operand.text.startsWith('-')
    ? { ...operand, text: `-${operand.text}` }
    : { kind: 'prefix', operator: '-', operand };
}

/** What can begin an operand. */
function parsePrefix(cursor: Cursor): Expression {
  const token = next(cursor);
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', text: token.text, type: 'number' };
    case 'bytes':
      return { kind: 'literal', text: token.text, type: 'other' };
    case 'string':
      return stringLiteral(token.text);
    case 'quoted-name':
      return parseName(cursor, token.text);
    case 'name':
      return parseWord(cursor, token);
    case 'end':
      return fail();
  }
  if (token.text === '-') return negative(parse(cursor, POWER.sign - 1));
  if (token.text === '+') return parse(cursor, POWER.sign - 1);
  if (token.text === '~') return { kind: 'prefix', operator: '~', operand: parse(cursor, POWER.sign - 1) };
  if (token.text === '!') return negation(parse(cursor, POWER.sign - 1));
  if (token.text !== '(') return fail();
  const items = parseList(cursor);
  const [only] = items;
  if (only === undefined) return fail();
  return items.length === 1 ? only : { kind: 'row', items };
}

/** The operator's canonical name. */
function operatorOf(token: Token): string {
  const text = token.kind === 'symbol' ? token.text : wordOf(token);
  const synonyms: Readonly<Record<string, string>> = { '!=': '<>', rlike: 'regexp', mod: '%', '&&': 'and' };
  return synonyms[text] ?? text;
}

/** `in`, `between`, `like`, `regexp`, after an optional `not` that has been read. */
function parsePredicate(cursor: Cursor, value: Expression, negated: boolean): Expression {
  const operator = operatorOf(next(cursor));
  switch (operator) {
    case 'in':
      expectSymbol(cursor, '(');
      return { kind: 'in', negated, value, items: parseList(cursor) };
    case 'between': {
      const low = parse(cursor, POWER.predicate);
      expectWord(cursor, 'and');
      return { kind: 'between', negated, value, low, high: parse(cursor, POWER.predicate - 1) };
    }
    case 'like': {
      const pattern = parse(cursor, POWER.predicate);
      const escaping = takeWord(cursor, 'escape') ? parse(cursor, POWER.predicate) : null;
      return { kind: 'like', negated, value, pattern, escape: escaping };
    }
    case 'regexp': {
      const match: Expression = {
        kind: 'binary',
        operator,
        left: value,
        right: parse(cursor, POWER.predicate),
      };
      return negated ? { kind: 'prefix', operator: 'not', operand: match } : match;
    }
    default:
      return fail();
  }
}

/** `x is [not] null`. */
function parseIs(cursor: Cursor, value: Expression): Expression {
  const negated = takeWord(cursor, 'not');
  const what = wordOf(next(cursor));
  return CONSTANTS.has(what) ? { kind: 'is', negated, value, what } : fail();
}

/** One more operator after `left` that binds tighter than `above`; null when there is none. */
function parseInfix(cursor: Cursor, left: Expression, above: number): Expression | null {
  const token = peek(cursor);
  if (token.kind !== 'symbol' && token.kind !== 'name') return null;
  const operator = operatorOf(token);
  if (operator === 'and' || operator === 'or') {
    if (POWER[operator] <= above) return null;
    cursor.index++;
    return chain(operator, left, parse(cursor, POWER[operator]));
  }
  if (['in', 'between', 'like', 'regexp'].includes(operator))
    return POWER.predicate > above ? parsePredicate(cursor, left, false) : null;
  if (operator === 'not') {
    if (POWER.predicate <= above) return null;
    cursor.index++;
    return parsePredicate(cursor, left, true);
  }
  if (operator === 'is') {
    if (POWER.comparison <= above) return null;
    cursor.index++;
    return parseIs(cursor, left);
  }
  if (operator === 'collate') {
    if (POWER.collate <= above) return null;
    cursor.index++;
    return { kind: 'collate', value: left, collation: next(cursor).text.toLowerCase() };
  }
  if (operator === '->' || operator === '->>') {
    cursor.index++;
    const extracted = call('json_extract', [left, parse(cursor, POWER.collate)]);
    return operator === '->' ? extracted : call('json_unquote', [extracted]);
  }
  const power = BINARY_POWER.get(operator);
  if (power === undefined || power <= above) return null;
  cursor.index++;
  return comparison(operator, left, parse(cursor, power));
}

/** Everything from here that binds tighter than `above`. */
function parse(cursor: Cursor, above: number): Expression {
  let left = parsePrefix(cursor);
  for (;;) {
    const longer = parseInfix(cursor, left, above);
    if (longer === null) return left;
    left = longer;
  }
}

/**
 * The tree of an expression as MySQL or MariaDB prints it in a CHECK clause, a generated column, a default or an index part; null when the
 * text has anything that is not known here. `||` is not known on purpose: its meaning depends on PIPES_AS_CONCAT, and both servers print
 * `or` or `concat()`.
 */
export function parseExpression(text: string, modes: LexerModes): Expression | null {
  const tokens = tokenize(text, modes);
  if (tokens === null) return null;
  const cursor: Cursor = { tokens, index: 0 };
  try {
    const tree = parse(cursor, 0);
    return peek(cursor).kind === 'end' ? tree : null;
  } catch (error) {
    if (error === NOT_UNDERSTOOD) return null;
    throw error;
  }
}
