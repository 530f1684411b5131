import type { ObjectKey } from '../../schema/snapshot.ts';
import { createAggregate } from './ddl-aggregates.ts';
import { allKnown, executable } from './ddl-expressions.ts';
import { dollarQuoted, sqlName } from './ddl-names.ts';
import { type Parameter, parseParameters } from './ddl-parameters.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { joinTokens, splitTopLevel, tokenize } from './tokens.ts';

/** The input types of a routine, as its key ends with them; null where the key has none. */
function identityTypes(key: ObjectKey): string | null {
  return (
    /^(?:procedure )?(?:(?:"(?:[^"]|"")*"|[^".()]+)\.)?(?:"(?:[^"]|"")*"|[^".()]+)\((.*)\)$/s.exec(
      key,
    )?.[1] ?? null
  );
}

type Form = 'function' | 'procedure' | 'aggregate' | 'window function';

/** A routine's definition (`objects.ts`) taken apart. */
interface Routine {
  readonly form: Form;
  readonly parameters: readonly Parameter[];
  readonly returns: string;
  readonly language: string;
  /** As they stand in the definition: `stable strict`. */
  readonly attributes: string;
  readonly settings: readonly string[];
  readonly library: string | null;
  /** What is left: the body, or an aggregate's parts. */
  readonly rest: string;
}

const HEAD = /^(function|procedure|aggregate|window function) \((.*)\) returns (.*)$/s;
const ATTRIBUTES =
  /^language (\S+) ((?:immutable|stable|volatile)(?: strict)?(?: security definer)?(?: leakproof)?(?: parallel (?:safe|restricted))?)$/;

/** Takes the first line off a text. */
function firstLine(text: string): readonly [line: string, rest: string] {
  const end = text.indexOf('\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

/** The line with the language, which comes after the defaults; these may be of several lines. */
function splitAtLanguage(
  text: string,
): { defaults: string; attributes: RegExpExecArray; rest: string } | null {
  let defaults = '';
  let rest = text;
  while (rest !== '') {
    const [line, after] = firstLine(rest);
    const attributes = ATTRIBUTES.exec(line);
    if (attributes !== null) return { defaults: defaults.trimEnd(), attributes, rest: after };
    defaults += `${line}\n`;
    rest = after;
  }
  return null;
}

function parseRoutine(key: ObjectKey, definition: string): Routine | null {
  const [head, body] = firstLine(definition);
  const [, form, list = '', returns = ''] = HEAD.exec(head) ?? [];
  const types = identityTypes(key);
  const split = splitAtLanguage(body);
  if (form === undefined || types === null || split === null) return null;
  const defaults = split.defaults === '' ? [] : defaultTexts(split.defaults);
  const parameters = defaults && parseParameters(list, types, defaults);
  if (parameters === null) return null;
  const settings: string[] = [];
  let rest = split.rest;
  for (;;) {
    const [line, after] = firstLine(rest);
    if (!/^set [A-Za-z_][\w.]*=/.test(line)) break;
    settings.push(line.slice('set '.length));
    rest = after;
  }
  const [, language = '', attributes = ''] = split.attributes;
  const library = language === 'c' ? /^library (.*)$/.exec(firstLine(rest)[0])?.[1] : undefined;
  if (library !== undefined) rest = firstLine(rest)[1];
  return {
    form: form as Form,
    parameters,
    returns,
    language,
    attributes,
    settings,
    library: library ?? null,
    rest,
  };
}

/** The expressions after `defaults`. */
function defaultTexts(text: string): readonly string[] | null {
  if (!text.startsWith('defaults ')) return null;
  const parts = splitTopLevel(tokenize(text.slice('defaults '.length)));
  return allKnown(parts.map((tokens) => executable(joinTokens(tokens))));
}

/** Settings whose value is a list of quoted names (`GUC_LIST_QUOTE` in `guc_tables.c`). */
const LISTS = new Set([
  ...['search_path', 'temp_tablespaces', 'session_preload_libraries', 'shared_preload_libraries'],
  ...['local_preload_libraries', 'unix_socket_directories'],
]);

/** `SET name TO 'value'`, from `name=value` as `pg_proc.proconfig` has it. */
function settingText(setting: string): string {
  const at = setting.indexOf('=');
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  const items = LISTS.has(name)
    ? [...value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,\s]+))\s*(?:,|$)/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
      )
    : [value];
  return `SET ${name.split('.').map(quoteIdentifier).join('.')} TO ${items.map(quoteLiteral).join(', ')}`;
}

const MODES: Readonly<Record<Parameter['mode'], string>> = {
  i: '',
  o: 'OUT ',
  b: 'INOUT ',
  v: 'VARIADIC ',
  t: '',
};

function parameterText({ mode, name, type, defaultValue }: Parameter): string {
  const value = defaultValue === null ? '' : ` DEFAULT ${defaultValue}`;
  return `${MODES[mode]}${name === null ? '' : `${quoteIdentifier(name)} `}${type}${value}`;
}

/** The body as CREATE FUNCTION takes it: one written as SQL stands for itself (from release 14 on), any other is a text. */
function bodyText({ language, library, rest }: Routine): string {
  if (library !== null) return `AS ${quoteLiteral(library)}, ${quoteLiteral(rest)}`;
  return language === 'sql' && /^(?:BEGIN ATOMIC|RETURN )/.test(rest) ? rest : `AS ${dollarQuoted(rest)}`;
}

/**
 * Whether CREATE OR REPLACE takes one definition for the other: parameters and what is returned have to be the same, and no default may be
 * missing (manual, CREATE FUNCTION, Notes).
 */
export function isReplaceable(key: ObjectKey, expected: string, actual: string): boolean {
  const [to, from] = [parseRoutine(key, expected), parseRoutine(key, actual)];
  if (to === null || from === null || to.form === 'aggregate') return false;
  return (
    firstLine(expected)[0] === firstLine(actual)[0] &&
    from.parameters.every(
      ({ defaultValue }, at) => defaultValue === null || to.parameters[at]?.defaultValue !== null,
    )
  );
}

/**
 * The statement that makes a function, procedure or aggregate; null where its definition was not understood.
 *
 * @param replacing one that is there, see {@link isReplaceable}.
 */
export function createRoutine(key: ObjectKey, definition: string, replacing = false): string | null {
  const routine = parseRoutine(key, definition);
  if (routine === null) return null;
  const { form, parameters, returns, language, attributes, settings } = routine;
  if (form === 'aggregate')
    return createAggregate(sqlName(key), parameters, attributes, firstLine(routine.rest)[0]);
  const table = parameters.filter(({ mode }) => mode === 't');
  const listed = parameters.filter(({ mode }) => mode !== 't');
  const columns = table.map(parameterText).join(', ');
  const procedure = form === 'procedure';
  return [
    `CREATE ${replacing ? 'OR REPLACE ' : ''}${procedure ? 'PROCEDURE' : 'FUNCTION'} ${sqlName(key)}(${listed.map(parameterText).join(', ')})`,
    ...(procedure ? [] : [`RETURNS ${table.length > 0 ? `TABLE (${columns})` : returns}`]),
    `LANGUAGE ${quoteIdentifier(language)}`,
    ...(form === 'window function' ? ['WINDOW'] : []),
    // A procedure has no volatility of its own (manual, CREATE PROCEDURE).
    procedure ? attributes.replace('volatile', '').trim().toUpperCase() : attributes.toUpperCase(),
    ...settings.map(settingText),
    bodyText(routine),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const DROPPED: Readonly<Record<string, string>> = {
  function: 'FUNCTION',
  window: 'FUNCTION',
  procedure: 'PROCEDURE',
};

/** The statement that drops a routine; an aggregate by the word that needs no signature of its own (manual, DROP ROUTINE). */
export function dropRoutine(key: ObjectKey, definition: string): string | null {
  const types = identityTypes(key);
  const word = /^\w+/.exec(definition)?.[0] ?? '';
  return types === null ? null : `DROP ${DROPPED[word] ?? 'ROUTINE'} ${sqlName(key)}(${types})`;
}
