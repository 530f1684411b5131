import { joinTokens, splitTopLevel, tokenize } from './tokens.ts';

/** One parameter of a routine. */
export interface Parameter {
  /** `pg_proc.proargmodes`: in, out, both, variadic, a column of the table returned. */
  readonly mode: 'i' | 'o' | 'b' | 'v' | 't';
  readonly name: string | null;
  readonly type: string;
  readonly defaultValue: string | null;
}

/** Types whose names are more than one word, as `format_type` prints them without modifiers. */
const LONG_TYPES = [
  'double precision',
  'character varying',
  'bit varying',
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
].flatMap((type) => [type, `${type}[]`]);

const SHORT_TYPE = /^(?:(?:"(?:[^"]|"")*"|[^"\s.]+)\.)?(?:"(?:[^"]|"")*"|[^"\s.]+)(?:\[\])?$/;

function isType(text: string): boolean {
  return LONG_TYPES.includes(text) || SHORT_TYPE.test(text);
}

/** Name and type of a parameter whose type is known only from the text itself: null where it can be read in two ways. */
function nameAndType(text: string): { name: string | null; type: string } | null {
  if (isType(text)) return { name: null, type: text };
  const at = text.indexOf(' ');
  const [name, type] = [text.slice(0, at), text.slice(at + 1)];
  return at > 0 && isType(type) ? { name, type } : null;
}

/** Name of a parameter whose type is known. */
function withType(text: string, type: string): { name: string | null; type: string } | null {
  if (text === type) return { name: null, type };
  return text.endsWith(` ${type}`) ? { name: text.slice(0, -type.length - 1), type } : null;
}

/**
 * The parameters in a routine's definition, `i a integer, o text`, where names are not quoted. What they are is told by the input types, which
 * are known apart from them; null where something can be read in two ways.
 *
 * @param list between the brackets.
 * @param types the input types, between commas.
 * @param defaults of the last input parameters.
 */
export function parseParameters(
  list: string,
  types: string,
  defaults: readonly string[],
): readonly Parameter[] | null {
  const split = (text: string) =>
    text === '' ? [] : splitTopLevel(tokenize(text)).map((tokens) => joinTokens(tokens).trim());
  const inputs = split(types);
  const items = split(list);
  const parameters: Parameter[] = [];
  let input = 0;
  for (const item of items) {
    const [, mode, text = ''] = /^([iobvt]) (.*)$/s.exec(item) ?? [];
    if (mode === undefined) return null;
    const isInput = mode === 'i' || mode === 'b' || mode === 'v';
    const known = isInput ? withType(text, inputs[input] ?? '') : nameAndType(text);
    if (known === null) return null;
    const value = isInput ? defaults[input - inputs.length + defaults.length] : undefined;
    parameters.push({ mode: mode as Parameter['mode'], ...known, defaultValue: value ?? null });
    if (isInput) input += 1;
  }
  return input === inputs.length ? parameters : null;
}
