import type { PieceNames } from '../database/dialect.ts';
import type { ElementKind } from '../schema/elements.ts';
import { codeOnly } from '../util/code-only.ts';
import type { SqlSyntax } from '../util/one-statement.ts';

/** A constraint or index that a statement drops, renames or alters by its name. */
export interface NameUse {
  /** What it may be. */
  readonly kinds: readonly ElementKind[];
  /** The table that the statement names; null where it names none. A schema that it leaves out is null. */
  readonly table: { readonly schema: string | null; readonly name: string } | null;
  /** As the server takes it. */
  readonly name: string;
}

/** How a family reads SQL and the names in it. */
export interface NameReading extends PieceNames {
  readonly syntax: SqlSyntax;
}

const NAME = '(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[\\p{L}_][\\p{L}\\p{N}_$]*)';
const QUALIFIED = `${NAME}(?:\\s*\\.\\s*${NAME})*`;
const IF_EXISTS = '(?:if\\s+exists\\s+)?';

const ALTER_TABLE = new RegExp(
  `^\\s*alter\\s+(?:ignore\\s+)?table\\s+${IF_EXISTS}(?:only\\s+)?(${QUALIFIED})`,
  'iu',
);
const PIECE = new RegExp(
  `\\b(?:drop|rename|alter|validate)\\s+(constraint|foreign\\s+key|index|key|check)\\s+${IF_EXISTS}(${NAME})`,
  'giu',
);
const DROP_INDEX = new RegExp(
  `^\\s*drop\\s+index\\s+(?:concurrently\\s+)?${IF_EXISTS}(${QUALIFIED}(?:\\s*,\\s*${QUALIFIED})*)(?:\\s+on\\s+(${QUALIFIED}))?`,
  'iu',
);
const ALTER_INDEX = new RegExp(`^\\s*alter\\s+index\\s+${IF_EXISTS}(${QUALIFIED})`, 'iu');

const CONSTRAINTS: readonly ElementKind[] = ['primary-key', 'unique', 'foreign-key', 'check', 'unmodelled'];

function partsOf(qualified: string, { nameOf }: NameReading): readonly string[] {
  return [...qualified.matchAll(new RegExp(NAME, 'gu'))].map(([text]) => {
    const quote = text[0] ?? '';
    if (quote !== '"' && quote !== '`') return nameOf(text, false);
    return nameOf(text.slice(1, -1).replaceAll(quote + quote, quote), true);
  });
}

function placeOf(qualified: string, reading: NameReading): { schema: string | null; name: string } {
  const parts = partsOf(qualified, reading);
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}

function kindsOf(words: string, { indexKinds }: NameReading): readonly ElementKind[] {
  const word = words.toLowerCase();
  if (word === 'constraint') return CONSTRAINTS;
  if (word === 'check') return ['check'];
  return word === 'index' || word === 'key' ? indexKinds : ['foreign-key'];
}

function usesIn(statement: string, reading: NameReading): readonly NameUse[] {
  const altered = ALTER_TABLE.exec(statement);
  if (altered !== null) {
    const table = placeOf(altered[1] ?? '', reading);
    return [...statement.slice(altered[0].length).matchAll(PIECE)].map(([, words = '', name = '']) => ({
      kinds: kindsOf(words, reading),
      table,
      name: placeOf(name, reading).name,
    }));
  }
  const [, list, on] = DROP_INDEX.exec(statement) ?? ALTER_INDEX.exec(statement) ?? [];
  if (list === undefined) return [];
  const table = on === undefined ? null : placeOf(on, reading);
  return [...list.matchAll(new RegExp(QUALIFIED, 'gu'))].map(([name]) => ({
    kinds: reading.indexKinds,
    table,
    name: placeOf(name, reading).name,
  }));
}

/**
 * The names of constraints and indexes that a text of SQL cannot do without: those that it drops, renames or alters. What stands in strings and
 * in the bodies of functions and blocks is not read.
 */
export function namesUsed(sql: string, reading: NameReading): readonly NameUse[] {
  return codeOnly(sql, reading.syntax)
    .split(';')
    .flatMap((statement) => usesIn(statement, reading));
}
