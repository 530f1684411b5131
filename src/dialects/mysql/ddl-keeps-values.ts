import { characterSetOf, sameCollation } from '../../schema/collation.ts';
import type { Column } from '../../schema/snapshot.ts';

/*
 * The alterations that keep every value, by type. MySQL 8.0 manual: 13.1.2 (integers), 13.1.3 (decimal), 13.1.5 (bit), 13.2.6 (fractional
 * seconds), 13.3.2 to 13.3.6 (strings, enum, set), 13.7 (sizes). What is not here is not certain.
 *
 *   integers          to one at least as wide of the same sign, and unsigned to a wider signed one
 *   decimal(p,s)      to one with as many digits on both sides of the point; unsigned to signed
 *   bit(n)            to more bits
 *   time types (n)    to the same type with more digits after the second
 *   char, varchar     to a varchar at least as long, char to a longer char, both to a text that takes as many bytes
 *   text, varbinary,  to a larger one of the same family
 *   blob
 *   enum, set         with labels added at the end
 */

interface Shape {
  readonly word: string;
  /** The numbers in parentheses. */
  readonly sizes: readonly number[];
  readonly unsigned: boolean;
}

/** A type in its parts; null for one that is spelled in another way. */
function shapeOf(type: string): Shape | null {
  const [, word, sizes = '', unsigned] = /^([a-z]+)(?:\((\d+(?:,\d+)?)\))?( unsigned)?$/.exec(type) ?? [];
  if (word === undefined) return null;
  const numbers = sizes === '' ? [] : sizes.split(',').map(Number);
  return { word, sizes: numbers, unsigned: unsigned !== undefined };
}

const INTEGERS = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
const TEXTS = ['tinytext', 'text', 'mediumtext', 'longtext'];
const BLOBS = ['tinyblob', 'blob', 'mediumblob', 'longblob'];
/** What the types of TEXTS and BLOBS hold, in bytes. */
const BYTES = [2 ** 8 - 1, 2 ** 16 - 1, 2 ** 24 - 1, 2 ** 32 - 1];
/** The most bytes that one character takes in any character set of the family. */
const CHARACTER_BYTES = 4;

function keepsIntegers(to: Shape, from: Shape): boolean {
  const [wide, narrow] = [INTEGERS.indexOf(to.word), INTEGERS.indexOf(from.word)];
  if (wide < 0 || narrow < 0) return false;
  if (to.unsigned === from.unsigned) return wide >= narrow;
  return from.unsigned && wide > narrow;
}

function keepsDecimals(to: Shape, from: Shape): boolean {
  if (to.word !== 'decimal' || from.word !== 'decimal') return false;
  const [digits = 10, scale = 0] = to.sizes;
  const [fromDigits = 10, fromScale = 0] = from.sizes;
  const wider = scale >= fromScale && digits - scale >= fromDigits - fromScale;
  return wider && (!to.unsigned || from.unsigned);
}

/** Families in which a type says in bytes, or in characters, how much it takes. */
function keepsText(to: Shape, from: Shape): boolean {
  const length = from.sizes[0] ?? 1;
  const longer = (to.sizes[0] ?? 1) >= length;
  if (from.word === 'char' && to.word === 'char') return longer;
  if (from.word === 'char' || from.word === 'varchar') {
    const bytes = BYTES[TEXTS.indexOf(to.word)] ?? 0;
    return to.word === 'varchar' ? longer : length * CHARACTER_BYTES <= bytes;
  }
  if (from.word === 'varbinary')
    return to.word === 'varbinary' ? longer : length <= (BYTES[BLOBS.indexOf(to.word)] ?? 0);
  const sameFamily = [TEXTS, BLOBS].some((family) => {
    const [wide, narrow] = [family.indexOf(to.word), family.indexOf(from.word)];
    return narrow >= 0 && wide >= narrow;
  });
  return sameFamily;
}

function keepsFraction(to: Shape, from: Shape): boolean {
  const temporal = ['datetime', 'timestamp', 'time', 'bit'];
  const least = from.word === 'bit' ? 1 : 0;
  return (
    to.word === from.word &&
    temporal.includes(from.word) &&
    (to.sizes[0] ?? least) >= (from.sizes[0] ?? least)
  );
}

/** The labels there are keep their places, and others follow them. */
function keepsLabels(to: string, from: string): boolean {
  return /^(?:enum|set)\(/.test(from) && to.startsWith(`${from.slice(0, -1)},`);
}

function keepsType(to: string, from: string): boolean {
  if (to === from || keepsLabels(to, from)) return true;
  const [wide, narrow] = [shapeOf(to), shapeOf(from)];
  if (wide === null || narrow === null) return false;
  return [keepsIntegers, keepsDecimals, keepsText, keepsFraction].some((keeps) => keeps(wide, narrow));
}

/** Character sets whose every character has a place in utf8mb4. */
const UNICODE = new Set(['ascii', 'utf8mb3', 'utf8mb4']);

/** Where the collation is the server's choice it is not known here, so that only one of the same standing is certain. */
function keepsCharacters(expected: Column, actual: Column): boolean {
  const [to, from] = [expected.collation, actual.collation];
  if (sameCollation(to, from)) return true;
  if (to === null || from === null || to.databaseDefault) return false;
  const [charset, before] = [characterSetOf(to), characterSetOf(from)];
  return charset === before || (charset === 'utf8mb4' && UNICODE.has(before));
}

/** Words of `Column.extra` that change what is stored: where a position lies, and whether history is kept. */
function storing(column: Column): string {
  return column.extra
    .split(', ')
    .filter((word) => word.startsWith('srid ') || word === 'without system versioning')
    .join();
}

/** See `Ddl.keepsValues`. */
export function keepsValues(expected: Column, actual: Column): boolean {
  const computed = (column: Column) =>
    column.generated === null ? '' : `${column.generated.kind} ${column.generated.expression.canonical}`;
  return (
    computed(expected) === computed(actual) &&
    storing(expected) === storing(actual) &&
    keepsType(expected.type.canonical, actual.type.canonical) &&
    keepsCharacters(expected, actual)
  );
}
