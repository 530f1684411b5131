/**
 * - `word`: an unquoted name or keyword. `name`: a quoted identifier. `string`: a quoted constant of any kind, with its prefix.
 * - `symbol`: one of `( ) [ ] , ; . ::` or an operator. `space`: blanks and line ends, kept so that an untouched text stays itself.
 */
export type TokenKind = 'word' | 'name' | 'string' | 'number' | 'symbol' | 'space';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/**
 * One alternative per token, in the order of the scanner's own preference (manual, lexical structure). A quoted constant without `E` has no
 * escapes but the doubled quote, because a server prints backslashes as `E'…'`.
 */
const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<string>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'|\$(?<tag>[A-Za-z_\u0080-\uffff]*)\$[\s\S]*?\$\k<tag>\$)`,
    '(?<name>(?:[uU]&)?"(?:[^"]|"")*")',
    String.raw`(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)`,
    String.raw`(?<word>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)`,
    String.raw`(?<symbol>::|[()[\],;.]|[-+*/<>=~!@#%^&|\x60?:]+|[\s\S])`,
  ].join('|'),
  'gy',
);

const KINDS: readonly TokenKind[] = ['space', 'string', 'name', 'number', 'word', 'symbol'];

/**
 * The tokens of an expression or query as a PostgreSQL server prints it. Total: joined again, their texts are the text given; what is none
 * of the known kinds is a `symbol` of one character.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const kind = KINDS.find((one) => match.groups?.[one] !== undefined) ?? 'symbol';
    tokens.push({ kind, text: match[0] });
  }
  return tokens;
}

/** Characters that a server prints nowhere outside a constant or a quoted name: where one stands alone, the text was not understood. */
const STRAY = new Set(["'", '"', '\\', '{', '}']);
const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** Whether these are the tokens of a whole text: every quote is closed, every bracket has its partner, and nothing else is left over. */
export function isWhole(tokens: readonly Token[]): boolean {
  const open: string[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== 'symbol') continue;
    if (STRAY.has(text)) return false;
    if (text === '(' || text === '[') open.push(text);
    const partner = BRACKETS[text];
    if (partner !== undefined && open.pop() !== partner) return false;
  }
  return open.length === 0;
}

export function joinTokens(tokens: readonly Token[]): string {
  return tokens.map((token) => token.text).join('');
}

/** The tokens without the blanks between them. */
export function solid(tokens: readonly Token[]): Token[] {
  return tokens.filter((token) => token.kind !== 'space');
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind === 'symbol' && token.text === text;
}

/** Whether this is that keyword, whatever its case. A quoted identifier never is. */
export function isWord(token: Token | undefined, upper: string): boolean {
  return token !== undefined && token.kind === 'word' && token.text.toUpperCase() === upper;
}

/** The index of the bracket that closes the one at `open`, or -1. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth += 1;
    else if (isSymbol(token, ')') || isSymbol(token, ']')) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/** The parts between commas outside brackets. */
export function splitTopLevel(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth += 1;
    else if (isSymbol(token, ')') || isSymbol(token, ']')) depth -= 1;
    if (depth === 0 && isSymbol(token, ',')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/**
 * The text that a quoted constant stands for, or null for the forms whose meaning is more than text (`B''`, `X''`, `U&''`).
 *
 * @param token of kind `string`
 */
export function stringValue(token: Token): string | null {
  const { text } = token;
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (/^[eE]'/.test(text)) return unescaped(text.slice(2, -1));
  return null;
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** C-style escapes of `E'…'` (manual, string constants with C-style escapes). */
function unescaped(body: string): string {
  return body.replace(
    /\\([0-7]{1,3})|\\x([0-9a-fA-F]{1,2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([\s\S])|''/g,
    (_all, octal?: string, hex?: string, short?: string, long?: string, one?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return one === undefined ? "'" : (ESCAPES[one] ?? one);
    },
  );
}
