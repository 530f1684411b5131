/** A type as `format_type` prints it, taken apart: `numeric(10,2)[]`, `timestamp(3) with time zone`. */
interface SqlType {
  /** Without modifiers: `numeric`, `timestamp with time zone`. */
  readonly base: string;
  readonly modifiers: readonly number[];
  readonly array: boolean;
}

function parseType(text: string): SqlType {
  const [, head = text, modifiers, tail = '', array = ''] =
    /^(.*?)(?:\((-?\d+(?:,-?\d+)?)\))?( with(?:out)? time zone)?((?:\[\])*)$/s.exec(text) ?? [];
  return {
    base: head + tail,
    modifiers: modifiers === undefined ? [] : modifiers.split(',').map(Number),
    array: array !== '',
  };
}

/** The whole numbers, with how many decimal digits their values may have and how far they reach (manual, table 8.2). */
const WHOLE: Readonly<Record<string, { readonly digits: number; readonly most: string }>> = {
  smallint: { digits: 5, most: '32767' },
  integer: { digits: 10, most: '2147483647' },
  bigint: { digits: 19, most: '9223372036854775807' },
};
const WHOLE_ORDER = Object.keys(WHOLE);

/** Types whose one modifier is how much of a value is kept; without it all of it is (manual, 8.3, 8.5 and 8.10). */
const LIMITED = new Set([
  'character varying',
  'bit varying',
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
]);
const STRINGS = new Set(['text', 'character varying', 'character', 'bpchar']);
const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);
const MOMENTS = new Set(['date', 'timestamp without time zone', 'timestamp with time zone']);

/**
 * Whether every value of the one type is, unchanged, a value of the other. In doubt false.
 *
 * - the same type;
 * - `character varying(n)` to a larger n, to none, and to `text`, and `text` to `character varying`; `bit varying` likewise (manual, 8.3, 8.10);
 * - `smallint`, `integer`, `bigint` each to a later one, and to `numeric` with enough digits before the point (8.1);
 * - `numeric(p,s)` to one with no fewer digits before and after the point, and to `numeric` (8.1.2);
 * - times and timestamps to a finer precision, without one being the finest (8.5); never with to without time zone or back, which depends
 *   on the session's zone;
 * - arrays of these.
 */
export function widens(expected: string, actual: string): boolean {
  if (expected === actual) return true;
  const [to, from] = [parseType(expected), parseType(actual)];
  if (to.array !== from.array) return false;
  if (to.base === from.base) {
    if (to.base === 'numeric') return numericFits(to.modifiers, digitsOf(from));
    if (!LIMITED.has(to.base)) return false;
    const [limit = Number.POSITIVE_INFINITY] = to.modifiers;
    const [was = Number.POSITIVE_INFINITY] = from.modifiers;
    return was <= limit;
  }
  if (to.base === 'text') return from.base === 'character varying';
  if (to.base === 'character varying') return from.base === 'text' && to.modifiers.length === 0;
  if (to.base === 'numeric') return from.base in WHOLE && numericFits(to.modifiers, digitsOf(from));
  const [narrow, wide] = [WHOLE_ORDER.indexOf(from.base), WHOLE_ORDER.indexOf(to.base)];
  return narrow >= 0 && wide > narrow;
}

interface Digits {
  readonly before: number;
  readonly after: number;
}

/** How many digits a value may have before and after the point. */
function digitsOf({ base, modifiers }: SqlType): Digits {
  const whole = WHOLE[base];
  if (whole !== undefined) return { before: whole.digits, after: 0 };
  const [precision, scale = 0] = modifiers;
  if (precision === undefined) return { before: Number.POSITIVE_INFINITY, after: Number.POSITIVE_INFINITY };
  return { before: precision - scale, after: scale };
}

function numericFits([precision, scale = 0]: readonly number[], { before, after }: Digits): boolean {
  return precision === undefined || (before <= precision - scale && after <= scale);
}

/** Whether a cast from the one type to the other is made by assignment (`\dC`, pg_cast.castcontext `a` or `i`; manual, CREATE CAST). */
function assigns(to: SqlType, from: SqlType): boolean {
  // Anything is assigned to a string by its output function (manual, CREATE CAST, automatic I/O conversion casts).
  if (!to.array && STRINGS.has(to.base)) return true;
  if (to.array !== from.array) return false;
  const both = (types: ReadonlySet<string>) => types.has(to.base) && types.has(from.base);
  if (both(STRINGS) || both(NUMBERS) || both(MOMENTS)) return true;
  if (to.base === from.base) return to.base in WHOLE || LIMITED.has(to.base) || to.base === 'interval';
  const pair = [to.base, from.base].sort().join(' ');
  return pair === 'json jsonb' || pair === 'bit bit varying' || pair === 'cidr inet';
}

/** What a text is read as by its input function, which refuses what it cannot read and cuts nothing off. */
const READ_FROM_TEXT = new Set([
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean', 'uuid', 'json'],
  ...['jsonb', 'date', 'timestamp without time zone', 'timestamp with time zone', 'inet', 'cidr', 'macaddr'],
]);

/**
 * How values of the one type become values of the other: `assigned` where ALTER COLUMN TYPE does it by itself, which refuses what does not fit;
 * `cast` where it takes USING; null where neither is known to be safe. An explicit cast is never used where one by assignment is there,
 * because it cuts strings off without a word (manual, 8.3). Types of the user's own are converted only to strings: a cast to a domain may cut.
 */
export function conversion(expected: string, actual: string): 'assigned' | 'cast' | null {
  const [to, from] = [parseType(expected), parseType(actual)];
  if (assigns(to, from)) return 'assigned';
  if (to.array || from.array || to.modifiers.length > 0) return null;
  if (STRINGS.has(from.base) && READ_FROM_TEXT.has(to.base)) return 'cast';
  const pair = `${from.base} ${to.base}`;
  return pair === 'boolean integer' || pair === 'integer boolean' ? 'cast' : null;
}

/**
 * The condition of values that cannot become the other type as they are, or would be changed by it; null where there are none. Where it is not
 * known which, all that are not null.
 */
export function misfits(column: string, expected: string, actual: string): string | null {
  const [to, from] = [parseType(expected), parseType(actual)];
  if (widens(expected, actual)) return null;
  const present = `${column} IS NOT NULL`;
  if (to.array || from.array) return !to.array && to.base === 'text' ? null : present;
  if (STRINGS.has(to.base)) {
    const [limit] = to.modifiers;
    return limit === undefined ? null : `char_length(${column}::text) > ${limit}`;
  }
  const exact = from.base in WHOLE || from.base === 'numeric';
  const whole = WHOLE[to.base];
  if (whole !== undefined && exact) {
    const inRange = `${column}::numeric BETWEEN -${whole.most} AND ${whole.most}`;
    return `NOT (${inRange} AND ${column}::numeric = trunc(${column}::numeric))`;
  }
  if (to.base === 'numeric' && exact) {
    const [precision = 0, scale = 0] = to.modifiers;
    const rounded = `round(${column}::numeric, ${scale})`;
    return `NOT (${column}::numeric = ${rounded} AND abs(${rounded}) < 1e${precision - scale}::numeric)`;
  }
  if (to.base === from.base && LIMITED.has(to.base) && to.base.startsWith('time')) {
    return `${column} <> ${column}::${expected}`;
  }
  if (from.base === 'boolean' && to.base === 'integer') return null;
  if (from.base === 'integer' && to.base === 'boolean') return `${column} NOT IN (0, 1)`;
  return from.base === 'jsonb' && to.base === 'json' ? null : present;
}

/** The largest value of a whole number's type; null for any other type. */
export function mostOf(type: string): string | null {
  return WHOLE[type]?.most ?? null;
}

/** The form of a column that owns its sequence and whose type has one; null where it has none. */
export function serialType(type: string): string | null {
  return { smallint: 'smallserial', integer: 'serial', bigint: 'bigserial' }[type] ?? null;
}
