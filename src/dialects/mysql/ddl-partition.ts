import { readQuoted } from './expression-lexer.ts';
import { quoteName } from './expression-tree.ts';

/** A table's partitioning, read from its words (`partitionNotes`). */
export interface Partitioning {
  /** The clause of CREATE TABLE and ALTER TABLE. */
  readonly sql: string;
  /** Whether every row has a partition to go to. */
  readonly takesAll: boolean;
}

/** The index after the quoted text, or after the one character, at `index`. */
function pass(text: string, index: number): number {
  const quote = text[index];
  if (quote !== "'" && quote !== '`' && quote !== '"') return index + 1;
  return readQuoted(text, index, quote === "'")?.end ?? text.length;
}

/** What stands in the parentheses that open at `start`, and the index after them; null where they are never closed. */
function parenthesized(text: string, start: number): { readonly inner: string; readonly end: number } | null {
  if (text[start] !== '(') return null;
  let depth = 0;
  for (let index = start; index < text.length; index = pass(text, index)) {
    if (text[index] === '(') depth++;
    if (text[index] === ')' && --depth === 0) return { inner: text.slice(start + 1, index), end: index + 1 };
  }
  return null;
}

/** Splits at `; ` outside of quotes. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (let index = 0; index < text.length; index = pass(text, index)) {
    if (!text.startsWith('; ', index)) continue;
    found.push(text.slice(from, index));
    from = index + 2;
  }
  return [...found, text.slice(from)];
}

interface Part {
  readonly name: string;
  readonly sub: string | null;
  readonly description: string;
}

/** Names stand bare in the words, so that only plain ones are told from what follows. */
function readPart(text: string, hasSub: boolean): Part | null {
  const shape = hasSub
    ? /^([\p{L}\p{N}_$]+)\.([\p{L}\p{N}_$]+)(?: (.*))?$/su
    : /^([\p{L}\p{N}_$]+)()(?: (.*))?$/su;
  const [, name, sub = '', description = ''] = shape.exec(text) ?? [];
  return name === undefined ? null : { name, sub: hasSub ? sub : null, description };
}

const METHODS = /^(?:range|list)(?: columns)?$|^(?:linear )?(?:hash|key)$/;

function valuesClause(method: string, description: string): string | null {
  if (method.endsWith('hash') || method.endsWith('key')) return description === '' ? '' : null;
  if (description === '' || /^default$/i.test(description)) return null;
  if (method.startsWith('list')) return ` values in (${description})`;
  return ` values less than ${description === 'MAXVALUE' ? 'maxvalue' : `(${description})`}`;
}

/** Null where the words do not say enough: SYSTEM_TIME, a DEFAULT partition, a name that is not a plain word. */
export function readPartitioning(words: string): Partitioning | null {
  const [head = '', writtenMethod = ''] = /^partitioned by ([A-Z_ ]+) (?=\()/.exec(words) ?? [];
  const method = writtenMethod.toLowerCase();
  const by = parenthesized(words, head.length);
  if (!METHODS.test(method) || by === null) return null;
  let at = by.end;
  let subMethod: string | null = null;
  const [subHead, writtenSub = ''] = /^, subpartitioned by ([A-Z ]+) (?=\()/.exec(words.slice(at)) ?? [];
  if (subHead !== undefined) {
    const sub = parenthesized(words, at + subHead.length);
    if (sub === null) return null;
    subMethod = `${writtenSub.toLowerCase()} (${sub.inner})`;
    at = sub.end;
  }
  if (!words.startsWith(': ', at)) return null;
  const groups = new Map<string, { readonly description: string; readonly subs: string[] }>();
  for (const piece of pieces(words.slice(at + 2))) {
    const part = readPart(piece, subMethod !== null);
    if (part === null) return null;
    const group = groups.get(part.name) ?? { description: part.description, subs: [] };
    if (part.sub !== null) group.subs.push(`subpartition ${quoteName(part.sub)}`);
    groups.set(part.name, group);
  }
  const parts: string[] = [];
  for (const [name, { description, subs }] of groups) {
    const values = valuesClause(method, description);
    if (values === null) return null;
    parts.push(`partition ${quoteName(name)}${values}${subs.length === 0 ? '' : ` (${subs.join(', ')})`}`);
  }
  const sub = subMethod === null ? '' : ` subpartition by ${subMethod}`;
  const last = [...groups.values()].at(-1)?.description;
  return {
    sql: `partition by ${method} (${by.inner})${sub} (${parts.join(', ')})`,
    takesAll:
      /(?:hash|key)$/.test(method) || (method.startsWith('range') && /^MAXVALUE(?:,|$)/.test(last ?? '')),
  };
}
