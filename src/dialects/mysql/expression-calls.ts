import {
  type Cursor,
  expectSymbol,
  expectWord,
  fail,
  type Grammar,
  isSymbol,
  next,
  peek,
  takeSymbol,
  takeWord,
  takeWords,
} from './expression-cursor.ts';
import { type Expression, POWER, printExpression, quoteString } from './expression-tree.ts';

/** Functions that are one function under several names, and the name that is kept (MySQL 8.0 manual, 14.1; KB, Function and Operator Reference). */
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
const BARE_CALLS = new Set(
  'current_timestamp localtime localtimestamp current_date current_time current_user utc_date utc_time utc_timestamp'.split(
    ' ',
  ),
);

/** A call of a built-in function, by its one name. */
export function call(
  written: string,
  args: readonly Expression[],
  infix: string | null = null,
): Extract<Expression, { kind: 'call' }> {
  const lower = written.toLowerCase();
  const name = Object.hasOwn(FUNCTION_ALIASES, lower) ? (FUNCTION_ALIASES[lower] ?? lower) : lower;
  return { kind: 'call', name: [name], arguments: args, infix };
}

/** The call that a word without parentheses is; null for any other word. */
export function bareCall(word: string): Expression | null {
  return BARE_CALLS.has(word) ? call(word, []) : null;
}

/** A constant string in the tree. */
export function stringLiteral(value: string): Expression {
  return { kind: 'literal', text: quoteString(value), type: 'string' };
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

function parseTrim(cursor: Cursor, grammar: Grammar): Expression {
  const side = ['both', 'leading', 'trailing'].find((word) => takeWord(cursor, word)) ?? 'both';
  const first = takeWord(cursor, 'from') ? null : grammar.expression(cursor, 0);
  const explicit = first === null || takeWord(cursor, 'from');
  const operand = explicit ? grammar.expression(cursor, 0) : first;
  expectSymbol(cursor, ')');
  const what = explicit && first !== null ? first : stringLiteral(' ');
  return side === 'both' && what.kind === 'literal' && what.text === "' '"
    ? call('trim', [operand])
    : call('trim', [operand, what], side);
}

/** `a desc, b`: each with its direction where that is not the default. */
export function parseOrder(
  cursor: Cursor,
  grammar: Grammar,
  print: (item: Expression) => string = printExpression,
): string {
  const items: string[] = [];
  do {
    const text = print(grammar.expression(cursor, 0));
    const down = takeWord(cursor, 'desc');
    if (!down) takeWord(cursor, 'asc');
    items.push(down ? `${text} desc` : text);
  } while (takeSymbol(cursor, ','));
  return items.join(', ');
}

function parseGroupConcat(cursor: Cursor, grammar: Grammar): Expression {
  const distinct = takeWord(cursor, 'distinct') ? 'distinct ' : '';
  const items: Expression[] = [];
  do items.push(grammar.expression(cursor, 0));
  while (takeSymbol(cursor, ','));
  const order = takeWords(cursor, 'order', 'by') ? ` order by ${parseOrder(cursor, grammar)}` : '';
  const separator = takeWord(cursor, 'separator') ? next(cursor) : null;
  if (separator !== null && separator.kind !== 'string') return fail();
  expectSymbol(cursor, ')');
  const list = items.map(printExpression).join(', ');
  const text = `group_concat(${distinct}${list}${order} separator ${quoteString(separator?.text ?? ',')})`;
  return { kind: 'literal', text, type: 'other' };
}

/** Calls with a grammar of their own; null where this is none of them. The opening parenthesis has been read. */
function parseSpecialCall(cursor: Cursor, name: string, grammar: Grammar): Expression | null {
  switch (name) {
    case 'cast': {
      const operand = grammar.expression(cursor, 0);
      expectWord(cursor, 'as');
      return call('cast', [operand], `as ${wordsToClose(cursor)}`);
    }
    case 'convert': {
      const operand = grammar.expression(cursor, 0);
      if (takeWord(cursor, 'using')) return call('convert', [operand], `using ${wordsToClose(cursor)}`);
      expectSymbol(cursor, ',');
      return call('cast', [operand], `as ${wordsToClose(cursor)}`);
    }
    case 'extract': {
      const unit = next(cursor);
      if (unit.kind !== 'name') return fail();
      expectWord(cursor, 'from');
      const operand = grammar.expression(cursor, 0);
      expectSymbol(cursor, ')');
      return call('extract', [operand], unit.text.toLowerCase());
    }
    case 'trim':
      return parseTrim(cursor, grammar);
    case 'position': {
      const part = grammar.expression(cursor, POWER.predicate);
      expectWord(cursor, 'in');
      const whole = grammar.expression(cursor, 0);
      expectSymbol(cursor, ')');
      return call('locate', [part, whole]);
    }
    case 'group_concat':
      return parseGroupConcat(cursor, grammar);
    default:
      return null;
  }
}

/** `over (partition by … order by …)` after a call; a frame is not known here. */
function parseOver(cursor: Cursor, grammar: Grammar, of: Expression): Expression {
  expectSymbol(cursor, '(');
  const partition = takeWords(cursor, 'partition', 'by') ? `partition by ${parseOrder(cursor, grammar)}` : '';
  const order = takeWords(cursor, 'order', 'by') ? `order by ${parseOrder(cursor, grammar)}` : '';
  expectSymbol(cursor, ')');
  const window = [partition, order].filter((text) => text !== '').join(' ');
  return { kind: 'literal', text: `${printExpression(of)} over (${window})`, type: 'other' };
}

/** A call whose name has been read and whose opening parenthesis comes next. */
export function parseCall(cursor: Cursor, written: string, grammar: Grammar): Expression {
  expectSymbol(cursor, '(');
  const special = parseSpecialCall(cursor, written.toLowerCase(), grammar);
  if (special) return special;
  const distinct = takeWord(cursor, 'distinct') ? 'distinct' : null;
  const made = call(written, grammar.list(cursor), distinct);
  const [first, second] = made.arguments;
  // MySQL 8.0.4 made REGEXP a synonym of REGEXP_LIKE() with two arguments (manual, 14.8.2) and prints the call.
  if (made.name[0] === 'regexp_like' && first && second && made.arguments.length === 2)
    return { kind: 'binary', operator: 'regexp', left: first, right: second };
  if (made.name[0] === 'current_timestamp' && first?.kind === 'literal' && first.text === '0')
    return call('current_timestamp', []);
  if (made.name[0] === 'isnull' && first && made.arguments.length === 1)
    return { kind: 'is', negated: false, value: first, what: 'null' };
  // EXISTS asks for one row whatever its LIMIT; MariaDB adds LIMIT 1 to what it prints.
  if (made.name[0] === 'exists' && first?.kind === 'query')
    return { ...made, arguments: [{ kind: 'query', text: first.text.replace(/ limit 1$/, '') }] };
  return peek(cursor).kind === 'name' && takeWord(cursor, 'over') ? parseOver(cursor, grammar, made) : made;
}
