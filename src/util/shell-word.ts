/** What a terminal would act upon or would turn around, and what some commands would take for the end of a line. */
const CONTROLS = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

const octal = (byte: number) => `\\${byte.toString(8).padStart(3, '0')}`;

/**
 * A text as one word of a shell: what a person copies from a hint must not be something else there. Where it holds what cannot be shown, in the
 * form `$'…'` with escapes, which bash, zsh, ksh and POSIX since 2024 read (2.2.4, dollar-single-quotes).
 */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=-]+$/.test(text)) return text;
  if (!CONTROLS.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const characters = [...text].map((character) =>
    CONTROLS.test(character)
      ? [...Buffer.from(character)].map(octal).join('')
      : character.replace(/['\\]/, (one) => `\\${one}`),
  );
  return `$'${characters.join('')}'`;
}
