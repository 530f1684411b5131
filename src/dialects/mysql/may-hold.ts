/*
 * Which texts a column of a type takes as they are. MySQL 8.0 manual: 13.1.2 (integers), 13.1.3 (decimal), 13.2 (times), 13.3 (strings).
 */

/** Bits of each type of integers. */
const BITS: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
};

const DATE = '\\d{4}-\\d{2}-\\d{2}';
const TIME = '\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,6})?)?';

const TIMES: Readonly<Record<string, RegExp>> = {
  date: new RegExp(`^${DATE}$`),
  time: new RegExp(`^-?${TIME}$`),
  datetime: new RegExp(`^${DATE}(?:[ T]${TIME})?$`),
  timestamp: new RegExp(`^${DATE}(?:[ T]${TIME})?$`),
  year: /^\d{4}$/,
};

function fitsInteger(bits: bigint, unsigned: boolean, value: string): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  const [least, end] = unsigned ? [0n, 1n << bits] : [-(1n << (bits - 1n)), 1n << (bits - 1n)];
  return number >= least && number < end;
}

function fitsDecimal(digits: number, scale: number, unsigned: boolean, value: string): boolean {
  const [, sign, whole = '', fraction = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(value) ?? [];
  if (sign === undefined || whole + fraction === '' || (unsigned && sign === '-')) return false;
  return whole.replace(/^0+/, '').length <= digits - scale && fraction.replace(/0+$/, '').length <= scale;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether a column of this type (canonical) may take a text as a value; false only where it certainly does not, or would hold another one. */
export function mayHold(type: string, value: string): boolean {
  const [, word = '', sizes = '', rest = ''] = /^([a-z]+)(?:\(([\d,]+)\))?(.*)$/s.exec(type) ?? [];
  const [size, scale] = sizes === '' ? [] : sizes.split(',').map(Number);
  const unsigned = rest.includes('unsigned');
  const bits = BITS[word];
  if (bits !== undefined) return fitsInteger(bits, unsigned, value);
  if (word === 'decimal') return fitsDecimal(size ?? 10, scale ?? 0, unsigned, value);
  if (word === 'float' || word === 'double') return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value);
  if (word === 'char' || word === 'varchar') return [...value].length <= (size ?? 1);
  if (word === 'json') return isJson(value);
  if (word === 'enum') return type.toLowerCase().includes(`'${value.replaceAll("'", "''").toLowerCase()}'`);
  return TIMES[word]?.test(value) ?? true;
}
