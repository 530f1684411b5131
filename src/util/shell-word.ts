/** A text as one word of a POSIX shell: what a person copies from a hint must not be something else there. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
