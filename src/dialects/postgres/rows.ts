import type { TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';

/** Reads the fields of one row in turn, so that a query and its reader stay in step. */
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

/**
 * A reader over one row.
 *
 * A NULL where the catalog always has a value, or `pg_get_*` a text, means that the object was dropped while it was read (`hazards.md`
 * finding 7): `DETECT.UNSTABLE`.
 */
export function rowReader(row: TextRow): RowReader {
  let at = 0;
  const text = (): string | null => row[at++] ?? null;
  const must = (): string => {
    const value = text();
    if (value === null) throw unstable();
    return value;
  };
  return {
    text,
    must,
    number: () => Number(must()),
    boolean: () => ['true', 't'].includes(must()),
    words: () => {
      const value = text() ?? '';
      return value === '' ? NO_WORDS : new Set(value.split(' '));
    },
  };
}

/** The failure for a catalog that changed under the reader. */
export function unstable(): AdoptError {
  return new AdoptError('DETECT.UNSTABLE', 'The schema changed while it was read.', {
    hint: 'Let the other migration or DDL finish, then run the command again.',
  });
}

/** The elements of a one-dimensional array of numbers or booleans, as the server prints it: `{1,2}`, `{t,f}`. */
export function arrayItems(text: string | null): readonly string[] {
  return text === null || text === '{}' ? NO_ITEMS : text.slice(1, -1).split(',');
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
