import { UNSAFE_CHARACTERS } from '../../util/unsafe-characters.ts';

/** Columns that text for people keeps to, where names and SQL let it. */
export const PAGE_WIDTH = 100;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return (
    SHORT_ESCAPES[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
  );
}

/**
 * A text from outside, on one line and harmless: control characters, line ends and marks that change the direction of writing are shown as
 * escapes. For every name, value and message that a renderer prints.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE_CHARACTERS, escapeCharacter);
}

/** The lines of a text from outside that may have several, each {@link visible}; tabs become two spaces. */
export function visibleLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map((line) => visible(line.replaceAll('\t', '  ')));
}

/** East Asian wide and full-width characters (Unicode's EastAsianWidth, W and F), and what terminals draw as pictures. */
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\ufe0f/u;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const ASCII = /^[ -~]*$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns a terminal takes to show a text without escape sequences: none for combining characters, two for wide ones. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += INVISIBLE.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/** Breaks a line between words, so that no line is wider than `width` unless one word is. Never empty. */
export function wrapWords(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && textWidth(longer) > width) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

/** Cuts a text that is wider than `width`, with an ellipsis in place of the rest. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let short = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += textWidth(segment);
    if (used > width - 1) break;
    short += segment;
  }
  return `${short}…`;
}

/** `1 table`, `3 tables`; irregular plurals are given. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** The first items, and how many more there are: `a, b, c and 9 more`. */
export function someOf(items: readonly string[], most: number): string {
  const rest = items.length - most;
  return rest > 0 ? `${items.slice(0, most).join(', ')} and ${rest} more` : items.join(', ');
}

/** Lines as a renderer's answer: nothing but spaces at no line's end, one line end after each. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Parts as a renderer's answer, with an empty line between them; empty parts are left out. */
export function joinParts(parts: readonly (readonly string[])[]): string {
  const filled = parts.filter((part) => part.length > 0);
  return joinLines(filled.flatMap((part, index) => (index === 0 ? part : ['', ...part])));
}
