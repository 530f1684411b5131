import { count, shorten, textWidth, visible } from './text.ts';

/*
 * Evidence is JSON: an element as a manifest writes it, or the attributes of one that differ. It is read here without trusting its shape,
 * because reports come from files and from other versions too: whatever is not recognised is shown as JSON.
 */

type Members = Readonly<Record<string, unknown>>;

/** The longest text of one piece of evidence; the whole is in the JSON report. */
const LONGEST = 240;
/** How much of what two long texts have in common is shown before they part. */
const CONTEXT = 24;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const oneLine = (text: string) => visible(text.replace(/\s+/g, ' ').trim());
/** Never `String(value)`, which an object with a member of the name `toString` makes fail. */
const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const words = (parts: readonly (string | false | undefined)[]) =>
  parts.filter((part) => typeof part === 'string' && part !== '').join(' ');
const list = (columns: readonly string[]) => `(${columns.join(', ')})`;
const spaced = (value: unknown) => text(value).replaceAll('-', ' ');

function json(value: unknown): string {
  return oneLine(JSON.stringify(value) ?? 'nothing');
}

/** Whether a literal of this type is written without quotes. */
function isBare(literal: string, type: unknown): boolean {
  return /^(-?\d+(\.\d+)?|true|false)$/.test(literal) && !/char|text/i.test(text(type ?? ''));
}

function describeDefault(value: unknown, type: unknown): string {
  if (!isMembers(value)) return json(value);
  if (typeof value.literal === 'string') {
    return isBare(value.literal, type) ? value.literal : `'${value.literal.replaceAll("'", "''")}'`;
  }
  if (typeof value.expression === 'string') return value.expression;
  return value.sequence === true ? 'from its sequence' : json(value);
}

function describeGenerated(value: unknown): string {
  return isMembers(value) && typeof value.expression === 'string'
    ? words([`generated as (${value.expression})`, text(value.kind ?? '')])
    : json(value);
}

function describeCollation(value: unknown): string {
  return isMembers(value) && typeof value.name === 'string' ? value.name : text(value);
}

function describeColumn(column: Members): string {
  return words([
    text(column.type),
    typeof column.nullable === 'boolean' && (column.nullable ? 'null' : 'not null'),
    column.default !== undefined && `default ${describeDefault(column.default, column.type)}`,
    column.identity !== undefined && spaced(column.identity).replace(/^(always|by default)$/, 'identity $1'),
    column.generated !== undefined && describeGenerated(column.generated),
    // That nobody chose one is the common case.
    column.collation !== undefined &&
      column.collation !== 'default' &&
      `collate ${describeCollation(column.collation)}`,
    typeof column.extra === 'string' && column.extra,
  ]);
}

function describeTarget(value: unknown): string {
  return isMembers(value) && typeof value.table === 'string' && isTexts(value.columns)
    ? `${value.table} ${list(value.columns)}`
    : json(value);
}

function describeForeignKey(key: Members & { columns: readonly string[] }): string {
  return words([
    `${list(key.columns)} → ${describeTarget(key.references)}`,
    key.onDelete !== undefined && `on delete ${spaced(key.onDelete)}`,
    key.onUpdate !== undefined && `on update ${spaced(key.onUpdate)}`,
    key.match !== undefined && `match ${spaced(key.match)}`,
    key.deferrable !== undefined && `deferrable ${spaced(key.deferrable)}`,
    key.validated === false && 'not validated',
  ]);
}

function describePart(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!isMembers(part)) return json(part);
  return words([
    typeof part.column === 'string' ? part.column : `(${text(part.expression ?? '')})`,
    part.length !== undefined && `(${text(part.length)})`,
    part.collation !== undefined && `collate ${text(part.collation)}`,
    part.operatorClass !== undefined && text(part.operatorClass),
    part.order !== undefined && text(part.order),
    part.nulls !== undefined && `nulls ${text(part.nulls)}`,
  ]);
}

function describeIndex(index: Members & { parts: readonly unknown[] }): string {
  return words([
    index.unique === true && 'unique',
    text(index.method ?? 'btree'),
    list(index.parts.map(describePart)),
    isTexts(index.include) && `include ${list(index.include)}`,
    index.nullsNotDistinct === true && 'nulls not distinct',
    typeof index.predicate === 'string' && `where ${index.predicate}`,
    index.valid === false && 'invalid',
  ]);
}

function describeKey(key: Members & { columns: readonly string[] }): string {
  return words([
    list(key.columns),
    key.deferrable !== undefined && `deferrable ${spaced(key.deferrable)}`,
    key.nullsNotDistinct === true && 'nulls not distinct',
  ]);
}

function describeCheck(check: Members): string {
  return words([`check (${text(check.expression)})`, check.validated === false && 'not validated']);
}

function describeTable(table: Members & { columns: readonly unknown[] }): string {
  const names = table.columns.map((column) => (isMembers(column) ? text(column.name) : json(column)));
  const number = (value: unknown) => (Array.isArray(value) ? value.length : 0);
  const indexes = number(table.indexes);
  const keys = number(table.foreignKeys);
  return [
    `table with ${count(names.length, 'column')}: ${names.join(', ')}`,
    ...(keys > 0 ? [count(keys, 'foreign key')] : []),
    ...(indexes > 0 ? [count(indexes, 'index', 'indexes')] : []),
  ].join('; ');
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value;
  if (!isMembers(value)) return json(value);
  if (Array.isArray(value.columns) && (value.columns.length === 0 || !isTexts(value.columns))) {
    return describeTable({ ...value, columns: value.columns });
  }
  if (typeof value.type === 'string') return describeColumn(value);
  if (Array.isArray(value.parts)) return describeIndex({ ...value, parts: value.parts });
  if (isTexts(value.columns)) {
    const key = { ...value, columns: value.columns };
    return value.references === undefined ? describeKey(key) : describeForeignKey(key);
  }
  return typeof value.expression === 'string' ? describeCheck(value) : json(value);
}

/** An element in one line, in words close to SQL: `integer not null default 0`. Safe to print, whatever JSON is given. */
export function describeEvidence(value: unknown): string {
  return shorten(oneLine(describe(value)), LONGEST);
}

/** What a manifest leaves out because it is the common case. */
const COMMON_CASES: Members = {
  onDelete: 'no action',
  onUpdate: 'no action',
  match: 'simple',
  deferrable: 'no',
  validated: 'yes',
  unique: 'no',
  method: 'btree',
  nullsNotDistinct: 'no',
  valid: 'yes',
};

function describeAttribute(name: string, value: unknown, type: unknown): string {
  if (value === null || value === undefined) {
    return Object.hasOwn(COMMON_CASES, name) ? text(COMMON_CASES[name]) : 'none';
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return Object.hasOwn(COMMON_CASES, name) ? spaced(value) : value;
  switch (name) {
    case 'default':
      return describeDefault(value, type);
    case 'generated':
      return describeGenerated(value);
    case 'collation':
      return describeCollation(value);
    case 'references':
      return describeTarget(value);
    case 'parts':
      return Array.isArray(value) ? list(value.map(describePart)) : json(value);
    default:
      return isTexts(value) ? list(value) : json(value);
  }
}

/** Two texts that part somewhere, each cut so that the place where they part can be seen. */
function cutBoth(expected: string, actual: string): readonly [string, string] {
  if (Math.max(textWidth(expected), textWidth(actual)) <= LONGEST) return [expected, actual];
  let same = 0;
  while (same < expected.length && expected[same] === actual[same]) same += 1;
  const from = same - CONTEXT;
  const cut = (whole: string) => shorten(from > CONTEXT ? `…${whole.slice(from)}` : whole, LONGEST);
  return [cut(expected), cut(actual)];
}

/** Both in short; as the JSON that they are where that would be the same text, such as two texts that differ in white space. */
function inShort(
  [expected, actual]: readonly [unknown, unknown],
  describeOne: (value: unknown) => string,
): readonly [string, string] {
  const short = [oneLine(describeOne(expected)), oneLine(describeOne(actual))] as const;
  if (short[0] !== short[1]) return cutBoth(...short);
  const whole = (value: unknown) => visible(JSON.stringify(value) ?? 'nothing');
  return cutBoth(whole(expected), whole(actual));
}

/**
 * What two pieces of evidence differ in, one line each: `type: integer → bigint` where they are attributes, otherwise both in full.
 *
 * @returns for each line what it is about (empty for the whole), expected and actual. Safe to print, whatever JSON is given.
 */
export function describeChanges(
  expected: unknown,
  actual: unknown,
): readonly { readonly about: string; readonly expected: string; readonly actual: string }[] {
  if (!isMembers(expected) || !isMembers(actual)) {
    const [left, right] = inShort([expected, actual], describe);
    return [{ about: '', expected: left, actual: right }];
  }
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names.map((name) => {
    const type = (value: unknown) => (value === expected[name] ? expected.type : actual.type);
    const [left, right] = inShort([expected[name], actual[name]], (value) =>
      describeAttribute(name, value, type(value)),
    );
    const about = visible(name).replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
    return { about, expected: left, actual: right };
  });
}
