import type { TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { boundedMemo } from '../../util/bounded-memo.ts';

/** Reads the fields of a row in turn, so that a query and its reader stay in step. */
export interface RowReader {
  /** A field that may be NULL. */
  text(): string | null;
  /** A field that may not be NULL. @throws AdoptError `DETECT.UNSTABLE` */
  must(): string;
  number(): number;
  boolean(): boolean;
  /** Words separated by blanks. */
  words(): ReadonlySet<string>;
}

/** Most rows have no words and most lists no items: one of each serves them all, which is what keeps a large catalog cheap to hold. */
const NO_WORDS: ReadonlySet<string> = new Set();
const NO_ITEMS: readonly string[] = [];
const NO_NUMBERED: ReadonlyMap<string, string> = new Map();

/** How many different texts of one kind are remembered: catalogs say the same few things, and what they do not is no worse off. */
export const MOST_REMEMBERED = 1000;

const wordsOf = boundedMemo((text): ReadonlySet<string> => new Set(text.split(' ')), MOST_REMEMBERED);

/**
 * What `read` makes of each row. One reader serves all of them, since a reader each is most of the cost of a hundred thousand rows.
 *
 * A NULL where the catalog always has a value, or `pg_get_*` a text, means that the object was dropped while it was read (`hazards.md`
 * finding 7): `DETECT.UNSTABLE`.
 *
 * @param read takes the fields before it returns; the reader moves on after that.
 */
export function readRows<T>(rows: readonly TextRow[], read: (field: RowReader) => T): T[] {
  let row: TextRow = [];
  let at = 0;
  const text = (): string | null => row[at++] ?? null;
  const must = (): string => {
    const value = text();
    if (value === null) throw unstable();
    return value;
  };
  const field: RowReader = {
    text,
    must,
    number: () => Number(must()),
    boolean: () => {
      const value = must();
      return value === 'true' || value === 't';
    },
    words: () => {
      const value = text() ?? '';
      return value === '' ? NO_WORDS : wordsOf(value);
    },
  };
  return rows.map((one) => {
    row = one;
    at = 0;
    return read(field);
  });
}

/** The failure for a catalog that changed under the reader. */
export function unstable(): AdoptError {
  return new AdoptError('DETECT.UNSTABLE', 'The schema changed while it was read.', {
    hint: 'Let the other migration or DDL finish, then run the command again.',
  });
}

/** The elements of a one-dimensional array of numbers, as the server prints it: `{1,2}`. */
export function arrayItems(text: string): readonly string[] {
  return text === '{}' ? NO_ITEMS : text.slice(1, -1).split(',');
}

/** The elements of a one-dimensional array of names or numbers, as the server prints it: `{id,"two words",NULL}` (manual, array I/O). */
export function arrayTexts(text: string | null): readonly string[] {
  if (text === null || text === '{}') return NO_ITEMS;
  const inner = text.slice(1, -1);
  if (!inner.includes('"')) return inner.split(',');
  return [...inner.matchAll(/"((?:[^"\\]|\\[\s\S])*)"|[^,]+/g)].map(
    ([whole, quoted]) => quoted?.replace(/\\([\s\S])/g, '$1') ?? whole,
  );
}

/** The values of those columns that have one, by column number: `1:a,3:b`. */
export function numberedItems(text: string | null): ReadonlyMap<string, string> {
  if (text === null) return NO_NUMBERED;
  return new Map(
    text.split(',').map((item) => {
      const at = item.indexOf(':');
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

/** The elements of an `int2vector` or `oidvector`: `1 2 3`. */
export function vectorItems(text: string): readonly string[] {
  return text === '' ? NO_ITEMS : text.split(' ');
}

/** A list of oids or numbers as one bound value. */
export function arrayLiteral(items: Iterable<string | number>): string {
  return `{${[...items].join(',')}}`;
}

/** JSON that a query of ours made; its shape is the query's. */
export function parseJson<T>(text: string): T {
  return JSON.parse(text);
}
