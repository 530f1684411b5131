import { bareCall, call, parseCall, stringLiteral } from './expression-calls.ts';
import {
  type Cursor,
  expectSymbol,
  expectWord,
  fail,
  type Grammar,
  isSymbol,
  next,
  peek,
  restOfName,
  takeSymbol,
  takeWord,
  understood,
  wordOf,
} from './expression-cursor.ts';
import { type LexerModes, type Token, tokenize } from './expression-lexer.ts';
import { BINARY_POWER, type Expression, POWER, quoteString } from './expression-tree.ts';
import { parseQuery } from './query-parser.ts';

const CONSTANTS = new Set(['null', 'true', 'false', 'unknown']);
/** Words that end an operand; none of them is ever an unquoted column name in text that a server printed. */
const RESERVED = new Set(
  'and or xor not is in like regexp rlike between div mod as from using when then else end separator against escape select union where order group having limit join on distinct sounds member'.split(
    ' ',
  ),
);

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

/** A name, or the call of a stored function. The own database's name is dropped where it stands before a table or a function. */
function parseName(cursor: Cursor, first: string): Expression {
  const parts = restOfName(cursor, first);
  if (takeSymbol(cursor, '(')) {
    const name = parts.length === 2 && parts[0] === cursor.schema ? parts.slice(1) : parts;
    return { kind: 'call', name, arguments: parseList(cursor), infix: null };
  }
  return { kind: 'name', parts: parts.length === 3 && parts[0] === cursor.schema ? parts.slice(1) : parts };
}

function parseWord(cursor: Cursor, token: Token): Expression {
  const word = token.text.toLowerCase();
  const following = peek(cursor);
  if (word === 'not') return negation(parse(cursor, POWER.not));
  if (word === 'case') return parseCase(cursor);
  if (word === 'select') {
    cursor.index--;
    return { kind: 'query', text: parseQuery(cursor, GRAMMAR) };
  }
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
  if (isSymbol(following, '(')) return RESERVED.has(word) ? fail() : parseCall(cursor, word, GRAMMAR);
  return bareCall(word) ?? (RESERVED.has(word) ? fail() : parseName(cursor, token.text));
}

/** `not (a like b)` is `a not like b`, in three values too; MySQL prints the one, MariaDB the other. */
function negation(operand: Expression): Expression {
  const foldable =
    operand.kind === 'like' || operand.kind === 'in' || operand.kind === 'between' || operand.kind === 'is';
  return foldable && !operand.negated
    ? { ...operand, negated: true }
    : { kind: 'prefix', operator: 'not', operand };
}

/**
 * `0 <> x` and `0 = x` are how MySQL 8 prints a number that stands for a truth value and its negation, where MariaDB prints `x <> 0` and
 * `x = 0`.
 */
function comparison(operator: string, left: Expression, right: Expression): Expression {
  const truth = operator === '<>' || operator === '=';
  const zeroFirst = truth && left.kind === 'literal' && left.text === '0' && right.kind !== 'literal';
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

const GRAMMAR: Grammar = { expression: parse, list: parseList };

function cursorOn(text: string, modes: LexerModes, schema: string): Cursor | null {
  const tokens = tokenize(text, modes);
  return tokens === null ? null : { tokens, schema, index: 0 };
}

/**
 * The tree of an expression as MySQL or MariaDB prints it in a CHECK clause, a generated column, a default or an index part; null when the
 * text has anything that is not known here. `||` is not known on purpose: its meaning depends on PIPES_AS_CONCAT, and both servers print
 * `or` or `concat()`.
 */
export function parseExpression(text: string, modes: LexerModes, schema: string): Expression | null {
  const cursor = cursorOn(text, modes, schema);
  if (cursor === null) return null;
  return understood(cursor, () => {
    const tree = parse(cursor, 0);
    return peek(cursor).kind === 'end' ? tree : fail();
  });
}

/** The one text of a query as a server prints it in VIEWS, or null when it has anything that is not known here. */
export function canonicalQuery(text: string, modes: LexerModes, schema: string): string | null {
  const cursor = cursorOn(text, modes, schema);
  if (cursor === null) return null;
  return understood(cursor, () => {
    const query = parseQuery(cursor, GRAMMAR);
    return peek(cursor).kind === 'end' ? query : fail();
  });
}
