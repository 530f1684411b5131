import { tokenize } from './tokens.ts';

/**
 * A definition taken apart at the line ends after which one of the labels stands, outside brackets, constants and quoted names: labels are in
 * lower case or quoted, and what a server prints at the beginning of a line is neither.
 *
 * @returns at least one text, without the line ends between them.
 */
export function sections(definition: string, labels: readonly string[]): readonly string[] {
  const cuts: number[] = [];
  let depth = 0;
  let at = 0;
  for (const { kind, text } of tokenize(definition)) {
    if (text === '(' || text === '[') depth += 1;
    else if (text === ')' || text === ']') depth -= 1;
    const next = at + text.length;
    if (depth === 0 && kind === 'space' && text.endsWith('\n')) {
      if (labels.some((label) => definition.startsWith(label, next))) cuts.push(next);
    }
    at = next;
  }
  const ends = [...cuts.map((cut) => cut - 1), definition.length];
  return [0, ...cuts].map((start, index) => definition.slice(start, ends[index]));
}
