import type { Family } from './test-database.ts';

/** What no server, shell, template, or program of ours may take for anything but a name. */
const ANYWHERE = [
  'quo"te',
  'back`tick',
  "apo'strophe",
  `all of them: "'\`\\`,
  'two  spaces',
  ' leading',
  'do.t',
  '.',
  'a."b".c',
  'combining e\u0301',
  'composed \u00e9',
  'שלום right to left',
  'over\u202eride',
  '\u5b57',
  '__proto__',
  'constructor',
  'toString',
  'select',
  'Select',
  'null',
  '0',
  '$1',
  '$$',
  '%s',
  '%',
  '?',
  'w\\?at',
  '??',
  ':name',
  '@name',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the name.
  '${x}',
  '{}',
  'new\nline',
  '\r\nlines',
  'tab\tbed',
  'back\\slash',
  '-- comment',
  '/* comment',
  '*/',
  '; drop table x',
  'a as b',
  'array[1]',
  '*',
  'function(integer)',
  'procedure x',
  'esc\u001b[31m',
] as const;

/** Names that a server takes: those above, the longest, and what only this one has no objection to. */
export const HOSTILE_NAMES: Readonly<Record<Family, readonly string[]>> = {
  // 63 bytes (manual, 4.1.1).
  postgres: [...ANYWHERE, 'x'.repeat(63), `y${'é'.repeat(31)}`, 'trailing ', '😀 emoji'],
  pglite: [...ANYWHERE, 'x'.repeat(63), `y${'é'.repeat(31)}`, 'trailing ', '😀 emoji'],
  // 64 characters, none of them above U+FFFF, no space at the end (manual, 11.2).
  mysql: [...ANYWHERE, 'x'.repeat(64), 'é'.repeat(64)],
};

/** Stems of migration files, in the order in which they are run. */
export const HOSTILE_STEMS = [
  '001 "quotes" `ticks` and \'apostrophes\'',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the name.
  '002.dots %s %20 $1 ${x} ? # & ; *',
  '003 new\nline combining e\u0301 שלום 😀',
  '__proto__',
  'constructor',
] as const;

/** Another name, as long or longer, which this one is the end of. */
export function marked(mark: string, name: string, longest = 60): string {
  const whole = `${mark} ${name}`;
  const fits = (text: string) => Buffer.byteLength(text) <= longest;
  return fits(whole)
    ? whole
    : `${mark} ${[...name].reduce((cut, character) => (fits(`${mark} ${cut}${character}`) ? cut + character : cut), '')}`;
}
