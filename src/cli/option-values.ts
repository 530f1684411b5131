import { usageError } from './usage.ts';

/** What yargs knows of the options of the command that is asked for. */
export interface KnownOptions {
  /** Names of those that are true or false. */
  readonly boolean: readonly string[];
  /** Names of those that take text. */
  readonly string: readonly string[];
  /** Their other names. */
  readonly alias: Readonly<Record<string, readonly string[]>>;
  /** By the names of those that must have a value. */
  readonly narg: Readonly<Record<string, number>>;
}

/** yargs takes `--dryRun` for `--dry-run`. */
const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option and the value that stands in the same word: `--name=value`, and for one letter also `-y=value`, `-y1`. */
const WITH_VALUE = /^--([^=]+)=(.*)$|^-[a-z]*([a-z])(?:=(.*)|([^a-z=].*))$/is;

/**
 * yargs reads whatever is neither true nor false as false, and `--dry-run=1` would carry the plan out.
 *
 * @param words of the command line; what comes after `--` is not ours.
 * @throws AdoptError `USAGE.INVALID` for an option that is true or false, and is given anything else.
 */
export function requireTrueOrFalse(
  words: readonly string[],
  { boolean, alias }: Pick<KnownOptions, 'boolean' | 'alias'>,
): void {
  const names = new Set(boolean.flatMap((name) => [name, ...(alias[name] ?? [])]).map(dashed));
  const end = words.indexOf('--');
  for (const word of words.slice(0, end < 0 ? undefined : end)) {
    const [, long, longValue, letter, afterEquals, rest] = WITH_VALUE.exec(word) ?? [];
    const name = dashed(long ?? letter ?? '');
    const value = longValue ?? afterEquals ?? rest ?? '';
    if (!names.has(name) || value === 'true' || value === 'false') continue;
    const option = long === undefined ? `-${name}` : `--${name}`;
    throw usageError(
      `${option} does not take ${JSON.stringify(value)}.`,
      `Give ${option} alone, ${option}=true or ${option}=false.`,
    );
  }
}

/**
 * Nothing has an empty name; a variable that was not set has (`--schema "$SCHEMA"`).
 *
 * @param options as they were read.
 * @throws AdoptError `USAGE.INVALID` for an option that takes text and was given none.
 */
export function requireText(
  options: Readonly<Record<string, unknown>>,
  { string }: Pick<KnownOptions, 'string'>,
): void {
  const empty = string.find((name) => [options[name]].flat().includes(''));
  if (empty !== undefined)
    throw usageError(`--${dashed(empty)} takes a value.`, 'It was given an empty one.');
}
