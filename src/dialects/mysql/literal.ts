/** A value that a server prints in several ways, in its one spelling. All arithmetic is on text: no value is rounded. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/**
 * The exact decimal value of a number: `0.00`, `-0` and `000` are `0`; `1.50` and `15e-1` are `1.5`. Null for what is no number.
 *
 * Written plainly up to 1,000 digits, with an exponent beyond.
 */
export function canonicalNumber(text: string): string | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return (sign === '-' ? '-' : '') + placePoint(significant, scale);
}

/** The digits times ten to the power of `scale`. */
function placePoint(digits: string, scale: number): string {
  if (Math.abs(scale) > 1000) return `${digits}e${scale}`;
  if (scale >= 0) return digits + '0'.repeat(scale);
  const padded = digits.padStart(1 - scale, '0');
  return `${padded.slice(0, scale)}.${padded.slice(scale)}`;
}

/** A value's bytes as `x'…'`, from the text of the value in UTF-8 or from an existing hexadecimal spelling. */
export function canonicalBytes(text: string): string {
  const hex = /^(?:0x([0-9a-f]*)|x'([0-9a-f]*)')$/i.exec(text);
  const digits = hex ? (hex[1] ?? hex[2] ?? '') : Buffer.from(text, 'utf8').toString('hex');
  return `x'${digits.toLowerCase()}'`;
}

/** `BINARY(n)` pads with zero bytes, and only some servers print them: they are no part of the value's spelling. */
export function withoutPadding(bytes: string): string {
  return bytes.replace(/(?:00)+'$/, "'");
}

/** A bit value's one spelling, `b'101'`; null for what is none. */
export function canonicalBits(text: string): string | null {
  const bits = /^b'([01]+)'$/i.exec(text)?.[1];
  return bits === undefined ? null : `b'${bits.replace(/^0+(?=.)/, '')}'`;
}
