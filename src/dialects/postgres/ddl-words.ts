import type { Deferrable, ObjectKey } from '../../schema/snapshot.ts';
import type { KeyExtras } from './ddl-constraints.ts';
import { executable } from './ddl-expressions.ts';
import { sqlName } from './ddl-names.ts';
import { alterOwnedSequence } from './ddl-sequences.ts';
import { canonicalExpression } from './normalize.ts';
import { quoteIdentifier } from './quote.ts';
import { tokenize } from './tokens.ts';

/**
 * What words of a table (`unmodelled.ts`) say, as far as it can be written.
 *
 * - `key`, `check`: more about a constraint that has a place in the model, which can only be said where the constraint is made. `of` is
 *   `primary key ("a")`, `unique ("a", "b")`, or a check's canonical expression.
 * - `partitioned`: can only be said where the table is made.
 * - `not-null`: the column is NOT NULL for new rows only, which can be said of one that is not NOT NULL already.
 * - `statements`: how it is made and taken back; `drop` is null where its name is not known.
 */
export type Words =
  | { readonly kind: 'key'; readonly of: string; readonly extras: KeyExtras }
  | { readonly kind: 'check'; readonly of: string; readonly suffix: string }
  | { readonly kind: 'partitioned'; readonly by: string }
  | { readonly kind: 'not-null'; readonly column: string }
  | {
      readonly kind: 'statements';
      readonly create: readonly string[];
      readonly drop: readonly string[] | null;
      /** Of those that rows could break: what rows those are, in words, and how many may do so at least. */
      readonly rows: { readonly words: string; readonly harmless: number } | null;
    };

const NAME = '"(?:[^"]|"")*"';

function statements(create: readonly string[], drop: readonly string[] | null): Words {
  return { kind: 'statements', create, drop, rows: null };
}

/** `primary key ("a") includes ("b")` and its like. */
function keyWords(of: string, text: string): Words | null {
  const includes = new RegExp(`^includes \\((${NAME}(?:, ${NAME})*)\\)$`).exec(text)?.[1];
  const deferrables: Readonly<Record<string, Deferrable>> = {
    deferrable: 'initially-immediate',
    'deferrable, initially deferred': 'initially-deferred',
  };
  const deferrable = deferrables[text];
  const period = text === 'over a period';
  if (includes === undefined && deferrable === undefined && !period) return null;
  return { kind: 'key', of, extras: { includes, deferrable, period } };
}

const FIRING: Readonly<Record<string, string>> = {
  disabled: 'DISABLE',
  'on a replica only': 'ENABLE REPLICA',
  always: 'ENABLE ALWAYS',
};

/** A trigger or rule: its text as the server prints it, and when it fires. */
function firing(what: 'TRIGGER' | 'RULE', table: string, name: string, text: string): Words | null {
  const [, printed = '', when] =
    /^(.*?);?(?: \((disabled|on a replica only|always)\))?$/s.exec(text.trim()) ?? [];
  const create = executable(printed);
  if (create === null || !create.startsWith('CREATE ')) return null;
  const mode = when === undefined ? [] : [`ALTER TABLE ${table} ${FIRING[when]} ${what} ${name}`];
  return statements([create, ...mode], [`DROP ${what} ${name} ON ${table}`]);
}

/** `permissive update to public using (…) with check (…)`: roles are plain names, or it is not understood. */
function policy(table: string, name: string, text: string): Words | null {
  const [, mode = '', command = '', roles = '', rest = ''] =
    /^(permissive|restrictive) (select|insert|update|delete|all) to ([a-z_][a-z0-9_$]*(?:, [a-z_][a-z0-9_$]*)*)((?: using | with check ).*)?$/s.exec(
      text,
    ) ?? [];
  if (mode === '' || (rest !== '' && executable(rest) === null)) return null;
  const named = roles.split(', ').map((role) => (role === 'public' ? 'PUBLIC' : quoteIdentifier(role)));
  const clauses = policyClauses(rest);
  if (clauses === null) return null;
  const create = `CREATE POLICY ${name} ON ${table} AS ${mode.toUpperCase()} FOR ${command.toUpperCase()} TO ${named.join(', ')}`;
  return statements([`${create}${clauses}`], [`DROP POLICY ${name} ON ${table}`]);
}

/** The expressions of a policy in brackets, which CREATE POLICY asks for. */
function policyClauses(text: string): string | null {
  let depth = 0;
  let at = 0;
  let split = -1;
  for (const token of tokenize(text)) {
    if (token.text === '(' || token.text === '[') depth += 1;
    else if (token.text === ')' || token.text === ']') depth -= 1;
    // Keywords of an expression are printed in capitals.
    else if (depth === 0 && token.text === 'with' && text.startsWith('with check ', at)) {
      if (split >= 0) return null;
      split = at;
    }
    at += token.text.length;
  }
  const using = (split < 0 ? text : text.slice(0, split)).trim();
  const check = split < 0 ? '' : text.slice(split + 'with check '.length).trim();
  const usingClause = using === '' ? '' : ` USING (${using.slice('using '.length)})`;
  return `${usingClause}${check === '' ? '' : ` WITH CHECK (${check})`}`;
}

/** `increment 2 minimum 10 cycle` */
interface SequenceWords {
  readonly increment: string | undefined;
  readonly minimum: string | undefined;
  readonly maximum: string | undefined;
  readonly cycle: string | undefined;
}

/**
 * Parameters of a sequence whose name only the server knows. Where its values leave out 1, at which it began, it must begin anew: that is right
 * for one that was just made, and for no other.
 */
function sequence(table: string, column: string, text: string, fresh: boolean): Words | null {
  const match =
    /^(?:increment (?<increment>-?\d+) ?)?(?:minimum (?<minimum>-?\d+) ?)?(?:maximum (?<maximum>-?\d+) ?)?(?<cycle>cycle)?$/.exec(
      text,
    );
  if (match === null) return null;
  const { increment, minimum, maximum, cycle } = match.groups as unknown as SequenceWords;
  const outside = BigInt(minimum ?? 1) > 1n || BigInt(maximum ?? 1) < 1n;
  if (outside && !fresh) return null;
  const start = increment?.startsWith('-') ? (maximum ?? '-1') : (minimum ?? '1');
  const options = [
    ...(increment === undefined ? [] : [`INCREMENT BY ${increment}`]),
    ...(minimum === undefined ? [] : [`MINVALUE ${minimum}`]),
    ...(maximum === undefined ? [] : [`MAXVALUE ${maximum}`]),
    ...(outside ? [`START WITH ${start} RESTART`] : []),
    ...(cycle === undefined ? [] : ['CYCLE']),
  ];
  const alter = (what: string) => alterOwnedSequence(table, column, what);
  // One that ends with the smallint has that type, mostly, and no larger maximum while it has.
  const type = maximum === '32767' ? 'AS bigint ' : '';
  const reset = alter(`${type}INCREMENT BY 1 NO MINVALUE NO MAXVALUE NO CYCLE`);
  return statements([alter(options.join(' '))], outside || increment?.startsWith('-') ? null : [reset]);
}

/** `partition of parent FOR VALUES …`: where the parent's name ends. */
function partition(table: string, text: string): Words | null {
  const [, parent, bound] =
    new RegExp(`^((?:(?:${NAME}|[^"\\s.]+)\\.)?(?:${NAME}|[^"\\s.]+)) (DEFAULT|FOR VALUES .*)$`, 's').exec(
      text,
    ) ?? [];
  if (parent === undefined || bound === undefined || executable(bound) === null) return null;
  return {
    kind: 'statements',
    create: [`ALTER TABLE ${parent} ATTACH PARTITION ${table} ${bound}`],
    drop: [`ALTER TABLE ${parent} DETACH PARTITION ${table}`],
    rows: { words: 'rows that might not belong into the partition', harmless: 0 },
  };
}

/** Words without a name in them. */
const FLAGS: Readonly<Record<string, readonly [create: string, drop: string]>> = {
  'row-level security enabled': ['ENABLE ROW LEVEL SECURITY', 'DISABLE ROW LEVEL SECURITY'],
  'row-level security forced': ['FORCE ROW LEVEL SECURITY', 'NO FORCE ROW LEVEL SECURITY'],
  unlogged: ['SET UNLOGGED', 'SET LOGGED'],
};

const PATTERNS: readonly (readonly [
  RegExp,
  (table: string, parts: readonly string[], fresh: boolean, called: string | undefined) => Words | null,
])[] = [
  [
    new RegExp(`^trigger (${NAME}) (.*)$`, 's'),
    (table, [name = '', text = '']) => firing('TRIGGER', table, name, text),
  ],
  [
    new RegExp(`^rule (${NAME}) (.*)$`, 's'),
    (table, [name = '', text = '']) => firing('RULE', table, name, text),
  ],
  [new RegExp(`^policy (${NAME}) (.*)$`, 's'), (table, [name = '', text = '']) => policy(table, name, text)],
  [
    new RegExp(`^sequence of column (${NAME}): (.*)$`, 's'),
    (table, [name = '', text = ''], fresh) =>
      sequence(table, name.slice(1, -1).replaceAll('""', '"'), text, fresh),
  ],
  [/^partition of (.*)$/s, (table, [text = '']) => partition(table, text)],
  [
    new RegExp(`^not null of (${NAME}) not validated$`),
    (_table, [column = '']) => ({ kind: 'not-null', column }),
  ],
  [/^partitioned by (.*)$/s, (_table, [by = '']) => ({ kind: 'partitioned', by })],
  [
    /^inherits (.*)$/s,
    (table, [parent]) =>
      statements([`ALTER TABLE ${table} INHERIT ${parent}`], [`ALTER TABLE ${table} NO INHERIT ${parent}`]),
  ],
  [
    /^table of type (.*)$/s,
    (table, [type]) => statements([`ALTER TABLE ${table} OF ${type}`], [`ALTER TABLE ${table} NOT OF`]),
  ],
  [
    new RegExp(`^((?:primary key|unique) \\(${NAME}(?:, ${NAME})*\\)) (.*)$`, 's'),
    (_table, [of = '', text = '']) => keyWords(of, text),
  ],
  [
    /^check (.*) (no inherit|not enforced)$/s,
    (_table, [text = '', suffix = '']) => ({
      kind: 'check',
      of: canonicalExpression(text, new Set()).canonical,
      suffix: ` ${suffix.toUpperCase()}`,
    }),
  ],
  [
    /^exclusion constraint (EXCLUDE .*)$/s,
    (table, [text = ''], _fresh, name) => exclusion(table, text, name),
  ],
];

function exclusion(table: string, text: string, name: string | undefined): Words | null {
  if (executable(text) === null) return null;
  const constraint = name === undefined ? null : `CONSTRAINT ${quoteIdentifier(name)}`;
  return {
    kind: 'statements',
    create: [`ALTER TABLE ${table} ADD ${constraint === null ? '' : `${constraint} `}${text}`],
    drop: constraint === null ? null : [`ALTER TABLE ${table} DROP ${constraint}`],
    rows: { words: 'rows that might exclude each other', harmless: 1 },
  };
}

/**
 * Words of a table, or of a view's triggers and rules, understood; null where they do not say enough.
 *
 * @param fresh whether the table is made by the same change.
 * @param called the name of what they are of, where they do not say it themselves.
 */
export function readWords(table: ObjectKey, words: string, fresh: boolean, called?: string): Words | null {
  const name = sqlName(table);
  const flag = FLAGS[words];
  if (flag !== undefined) {
    return statements([`ALTER TABLE ${name} ${flag[0]}`], [`ALTER TABLE ${name} ${flag[1]}`]);
  }
  for (const [pattern, read] of PATTERNS) {
    const match = pattern.exec(words);
    if (match !== null) return read(name, match.slice(1), fresh, called);
  }
  return null;
}
