/** An expression of the MySQL family as a tree. Two trees are the same expression exactly when they print the same. */
export type Expression =
  /** Canonical text of a constant: `'a''b'`, `1.50`, `x'ff'`, `null`, `timestamp'2020-01-01'`. */
  | { readonly kind: 'literal'; readonly text: string; readonly type: 'string' | 'number' | 'other' }
  | { readonly kind: 'name'; readonly parts: readonly string[] }
  /** `and`, `or`: associative, so nested ones are one node. */
  | { readonly kind: 'chain'; readonly operator: 'and' | 'or'; readonly items: readonly Expression[] }
  | { readonly kind: 'prefix'; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly value: Expression;
      readonly low: Expression;
      readonly high: Expression;
    }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly value: Expression;
      readonly items: readonly Expression[];
    }
  | {
      readonly kind: 'like';
      readonly negated: boolean;
      readonly value: Expression;
      readonly pattern: Expression;
      readonly escape: Expression | null;
    }
  | { readonly kind: 'is'; readonly negated: boolean; readonly value: Expression; readonly what: string }
  | { readonly kind: 'collate'; readonly value: Expression; readonly collation: string }
  | { readonly kind: 'interval'; readonly value: Expression; readonly unit: string }
  | { readonly kind: 'row'; readonly items: readonly Expression[] }
  /** A subquery, by its canonical text. */
  | { readonly kind: 'query'; readonly text: string }
  /** `infix` holds the words of the few calls with a grammar of their own: `cast(x as char(3))`, `trim(both ' ' from x)`. */
  | {
      readonly kind: 'call';
      readonly name: readonly string[];
      readonly arguments: readonly Expression[];
      readonly infix: string | null;
    }
  | {
      readonly kind: 'case';
      readonly operand: Expression | null;
      readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
      readonly otherwise: Expression | null;
    };

/** How tightly each form binds, loosest first: MySQL 8.0 manual, 14.4.1 Operator Precedence, and sql_yacc.yy for the two predicate levels. */
export const POWER = {
  or: 10,
  xor: 20,
  and: 30,
  not: 40,
  truth: 45,
  comparison: 50,
  predicate: 60,
  bitOr: 70,
  bitAnd: 80,
  shift: 90,
  sum: 100,
  product: 110,
  bitXor: 120,
  sign: 130,
  collate: 140,
  atom: 150,
} as const;

/** Left-associative operators between two operands, with their power. */
export const BINARY_POWER: ReadonlyMap<string, number> = new Map([
  ['xor', POWER.xor],
  ['=', POWER.comparison],
  ['<=>', POWER.comparison],
  ['<>', POWER.comparison],
  ['<', POWER.comparison],
  ['<=', POWER.comparison],
  ['>', POWER.comparison],
  ['>=', POWER.comparison],
  ['regexp', POWER.predicate],
  ['|', POWER.bitOr],
  ['&', POWER.bitAnd],
  ['<<', POWER.shift],
  ['>>', POWER.shift],
  ['+', POWER.sum],
  ['-', POWER.sum],
  ['*', POWER.product],
  ['/', POWER.product],
  ['%', POWER.product],
  ['div', POWER.product],
  ['^', POWER.bitXor],
]);

function powerOf(tree: Expression): number {
  switch (tree.kind) {
    case 'chain':
      return POWER[tree.operator];
    case 'binary':
      return BINARY_POWER.get(tree.operator) ?? POWER.or;
    case 'prefix':
      return tree.operator === 'not' ? POWER.not : POWER.sign;
    // `is true` is a level of its own, of which no comparison is made without parentheses (sql_yacc.yy: expr, bool_pri).
    case 'is':
      return tree.what === 'null' ? POWER.comparison : POWER.truth;
    case 'between':
    case 'in':
    case 'like':
      return POWER.predicate;
    case 'collate':
      return POWER.collate;
    // `interval 1 day` is an operand of + and - only, and a sign of a negative number binds as any sign.
    case 'interval':
      return POWER.product;
    case 'literal':
      return tree.text.startsWith('-') ? POWER.sign : POWER.atom;
    default:
      return POWER.atom;
  }
}

/** A string constant in the one canonical spelling: quote and backslash doubled, everything else as it is. */
export function quoteString(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** A name in backticks. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A child in parentheses unless it binds tighter than `above`. */
function under(tree: Expression, above: number): string {
  const text = printExpression(tree);
  return powerOf(tree) > above ? text : `(${text})`;
}

/** The left operand of a left-associative operator may bind as tightly as the operator. */
function leftUnder(tree: Expression, power: number): string {
  return under(tree, power - 1);
}

function list(items: readonly Expression[]): string {
  return items.map(printExpression).join(', ');
}

function printCall(tree: Extract<Expression, { kind: 'call' }>): string {
  const name = tree.name.length === 1 ? tree.name[0] : tree.name.map(quoteName).join('.');
  const [first, ...rest] = tree.arguments;
  if (name === 'current_timestamp' && first === undefined) return name;
  if (tree.infix === null || first === undefined) return `${name}(${list(tree.arguments)})`;
  if (tree.infix === 'distinct') return `${name}(distinct ${list(tree.arguments)})`;
  // `extract(year from x)`, `trim(leading 'a' from x)`: the words stand before the operand.
  if (name === 'extract' || name === 'trim') {
    const what = rest.length === 0 ? '' : ` ${list(rest)}`;
    return `${name}(${tree.infix}${what} from ${printExpression(first)})`;
  }
  return `${name}(${printExpression(first)} ${tree.infix})`;
}

/**
 * The one text of a tree: single spaces, lower-case words, backticked names, and parentheses only where the tree needs them. It is SQL that
 * every server of the family takes, and reads back as the same tree.
 */
export function printExpression(tree: Expression): string {
  switch (tree.kind) {
    case 'literal':
      return tree.text;
    case 'name':
      return tree.parts.map(quoteName).join('.');
    case 'chain':
      return tree.items.map((item) => under(item, POWER[tree.operator])).join(` ${tree.operator} `);
    case 'prefix':
      return tree.operator === 'not'
        ? `not ${under(tree.operand, POWER.not - 1)}`
        : `${tree.operator}${under(tree.operand, POWER.sign)}`;
    case 'binary': {
      const power = BINARY_POWER.get(tree.operator) ?? POWER.or;
      // A predicate is no operand of a predicate: `a between b and (c regexp d)` reads otherwise without them.
      const left = power === POWER.predicate ? under(tree.left, power) : leftUnder(tree.left, power);
      return `${left} ${tree.operator} ${under(tree.right, power)}`;
    }
    case 'between': {
      const not = tree.negated ? 'not ' : '';
      return `${under(tree.value, POWER.predicate)} ${not}between ${under(tree.low, POWER.predicate)} and ${under(tree.high, POWER.predicate)}`;
    }
    case 'in':
      return `${under(tree.value, POWER.predicate)} ${tree.negated ? 'not ' : ''}in (${list(tree.items)})`;
    case 'like': {
      const suffix = tree.escape === null ? '' : ` escape ${under(tree.escape, POWER.collate)}`;
      // MySQL takes no operator in a pattern without parentheses (sql_yacc.yy: `bit_expr LIKE simple_expr`).
      return `${under(tree.value, POWER.predicate)} ${tree.negated ? 'not ' : ''}like ${under(tree.pattern, POWER.bitXor)}${suffix}`;
    }
    case 'is':
      return `${leftUnder(tree.value, POWER.comparison)} is ${tree.negated ? 'not ' : ''}${tree.what}`;
    case 'collate':
      return `${leftUnder(tree.value, POWER.collate)} collate ${tree.collation}`;
    case 'interval':
      return `interval ${under(tree.value, POWER.product)} ${tree.unit}`;
    case 'row':
      return `(${list(tree.items)})`;
    case 'query':
      return `(${tree.text})`;
    case 'call':
      return printCall(tree);
    case 'case': {
      const operand = tree.operand === null ? '' : ` ${printExpression(tree.operand)}`;
      const branches = tree.branches
        .map((branch) => ` when ${printExpression(branch.when)} then ${printExpression(branch.result)}`)
        .join('');
      const otherwise = tree.otherwise === null ? '' : ` else ${printExpression(tree.otherwise)}`;
      return `case${operand}${branches}${otherwise} end`;
    }
  }
}
