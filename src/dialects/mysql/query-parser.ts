import { parseOrder } from './expression-calls.ts';
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
  takeWords,
  understood,
  wordOf,
} from './expression-cursor.ts';
import { type Expression, printExpression, quoteName } from './expression-tree.ts';

/** A name that must come next, in backticks. */
function takeName(cursor: Cursor): string {
  const token = next(cursor);
  return token.kind === 'quoted-name' ? quoteName(token.text) : fail();
}

/** The name of a common table expression, which MariaDB prints without quotes. */
function takeQueryName(cursor: Cursor): string {
  return peek(cursor).kind === 'name' ? quoteName(next(cursor).text) : takeName(cursor);
}

/** `(`a`, `b`)` where it comes next; the empty text where it does not. */
function columnList(cursor: Cursor): string {
  if (!takeSymbol(cursor, '(')) return '';
  const names: string[] = [];
  do names.push(takeName(cursor));
  while (takeSymbol(cursor, ','));
  expectSymbol(cursor, ')');
  return ` (${names.join(', ')})`;
}

/** A query in parentheses. */
function nestedQuery(cursor: Cursor, grammar: Grammar): string {
  expectSymbol(cursor, '(');
  const text = parseQuery(cursor, grammar);
  expectSymbol(cursor, ')');
  return `(${text})`;
}

/** A table, a query with its alias, or joins in parentheses. */
function tableFactor(cursor: Cursor, grammar: Grammar): string {
  if (isSymbol(peek(cursor), '(')) {
    const derived = understood(cursor, () => {
      const text = nestedQuery(cursor, grammar);
      takeWord(cursor, 'as');
      return `${text} as ${takeName(cursor)}${columnList(cursor)}`;
    });
    if (derived !== null) return derived;
    cursor.index++;
    const text = tableReferences(cursor, grammar);
    expectSymbol(cursor, ')');
    return text;
  }
  const first = next(cursor);
  if (first.kind !== 'quoted-name') return fail();
  const parts = restOfName(cursor, first.text);
  const own = parts.length === 2 && parts[0] === cursor.schema ? parts.slice(1) : parts;
  const table = own.map(quoteName).join('.');
  const explicit = takeWord(cursor, 'as');
  return explicit || peek(cursor).kind === 'quoted-name' ? `${table} as ${takeName(cursor)}` : table;
}

/** The kind of join that comes next, or null. INNER and CROSS are what JOIN is (MySQL 8.0 manual, 15.2.13.2). */
function joinKind(cursor: Cursor): string | null {
  for (const side of ['left', 'right'] as const) {
    if (takeWords(cursor, side, 'join') || takeWords(cursor, side, 'outer', 'join')) return `${side} join`;
  }
  if (takeWord(cursor, 'straight_join')) return 'straight_join';
  const plain =
    takeWord(cursor, 'join') || takeWords(cursor, 'inner', 'join') || takeWords(cursor, 'cross', 'join');
  return plain ? 'join' : null;
}

/** Joins as the tree they are: each in its own parentheses. */
function tableReference(cursor: Cursor, grammar: Grammar): string {
  let left = tableFactor(cursor, grammar);
  for (;;) {
    const kind = joinKind(cursor);
    if (kind === null) return left;
    const right = tableFactor(cursor, grammar);
    const on = takeWord(cursor, 'on') ? ` on ${printExpression(grammar.expression(cursor, 0))}` : '';
    left = `(${left} ${kind} ${right}${on})`;
  }
}

function tableReferences(cursor: Cursor, grammar: Grammar): string {
  const references: string[] = [];
  do references.push(tableReference(cursor, grammar));
  while (takeSymbol(cursor, ','));
  return references.join(', ');
}

interface SelectList {
  readonly text: string;
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<string, string>;
}

function selectList(cursor: Cursor, grammar: Grammar): SelectList {
  const items: string[] = [];
  const aliases = new Map<string, string>();
  do {
    const text = printExpression(grammar.expression(cursor, 0));
    if (!takeWord(cursor, 'as')) {
      items.push(text);
      continue;
    }
    const name = takeName(cursor);
    aliases.set(name, text);
    items.push(`${text} as ${name}`);
  } while (takeSymbol(cursor, ','));
  return { text: items.join(', '), aliases };
}

/** ORDER BY and GROUP BY by what an alias stands for: MySQL prints the alias, MariaDB the expression. */
function withoutAliases(list: SelectList): (item: Expression) => string {
  return (item) => {
    const text = printExpression(item);
    return item.kind === 'name' && item.parts.length === 1 ? (list.aliases.get(text) ?? text) : text;
  };
}

/** `limit 5`, `limit 10,5`, `limit 5 offset 10`, in the last form. */
function parseLimit(cursor: Cursor): string {
  const number = () => {
    const token = next(cursor);
    return token.kind === 'number' ? token.text : fail();
  };
  const first = number();
  if (takeSymbol(cursor, ',')) return ` limit ${number()} offset ${first}`;
  return takeWord(cursor, 'offset') ? ` limit ${first} offset ${number()}` : ` limit ${first}`;
}

function orderAndLimit(cursor: Cursor, grammar: Grammar, print: (item: Expression) => string): string {
  const order = takeWords(cursor, 'order', 'by') ? ` order by ${parseOrder(cursor, grammar, print)}` : '';
  return `${order}${takeWord(cursor, 'limit') ? parseLimit(cursor) : ''}`;
}

function parseSelect(cursor: Cursor, grammar: Grammar): string {
  expectWord(cursor, 'select');
  const distinct = takeWord(cursor, 'distinct') ? 'distinct ' : '';
  const list = selectList(cursor, grammar);
  const clause = (text: string) => `${text} ${printExpression(grammar.expression(cursor, 0))}`;
  const from = takeWord(cursor, 'from') ? ` from ${tableReferences(cursor, grammar)}` : '';
  const where = takeWord(cursor, 'where') ? clause(' where') : '';
  const group = takeWords(cursor, 'group', 'by')
    ? ` group by ${parseOrder(cursor, grammar, withoutAliases(list))}`
    : '';
  const rollup = takeWords(cursor, 'with', 'rollup') ? ' with rollup' : '';
  const having = takeWord(cursor, 'having') ? clause(' having') : '';
  const rest = orderAndLimit(cursor, grammar, withoutAliases(list));
  return `select ${distinct}${list.text}${from}${where}${group}${rollup}${having}${rest}`;
}

/** `with `a` as (select …), … `. */
function parseWith(cursor: Cursor, grammar: Grammar): string {
  const recursive = takeWord(cursor, 'recursive') ? 'recursive ' : '';
  const parts: string[] = [];
  do {
    const name = takeQueryName(cursor) + columnList(cursor);
    expectWord(cursor, 'as');
    parts.push(`${name} as ${nestedQuery(cursor, grammar)}`);
  } while (takeSymbol(cursor, ','));
  return `with ${recursive}${parts.join(', ')} `;
}

/**
 * A query from here, as its one text. It is the grammar that servers print views in, not all that people may write: names are quoted, `*` is
 * written out. What is beyond it leaves the whole text as not understood.
 */
export function parseQuery(cursor: Cursor, grammar: Grammar): string {
  let text = takeWord(cursor, 'with') ? parseWith(cursor, grammar) : '';
  const term = () =>
    isSymbol(peek(cursor), '(') ? nestedQuery(cursor, grammar) : parseSelect(cursor, grammar);
  text += term();
  for (;;) {
    const word = wordOf(peek(cursor));
    if (word !== 'union' && word !== 'except' && word !== 'intersect') break;
    cursor.index++;
    const all = takeWord(cursor, 'all') ? ' all' : '';
    if (all === '') takeWord(cursor, 'distinct');
    text += ` ${word}${all} ${term()}`;
  }
  return text + orderAndLimit(cursor, grammar, printExpression);
}
